"""The pins of all contacts, and of the person's own account, in the phone's database.

The server is asked for device lists here; pin.py judges what it says.
"""

from curtilage.phone.phone_store import PhoneStore, Place
from curtilage.phone.pin import Pin, Verdict, judge
from curtilage.phone.server_port import MessageServer
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import MessageAccount

_PIN_BYTES_MAX = 4 * 1024
_KNOWN_COUNT_MAX = 256


class Contacts:
    """Pins by account."""

    __slots__ = ("_count_max", "_known", "_rollbacks", "_server", "_store")

    def __init__(self, store: PhoneStore, server: MessageServer, count_max: int) -> None:
        self._store = store
        self._server = server
        self._count_max = count_max
        self._known: dict[MessageAccount, Pin | None] = {}
        self._rollbacks = store.rollbacks

    def pin(self, account: MessageAccount) -> Pin | None:
        """What is known of this account, or None. Asked several times for each message: the last few stay in memory."""
        if self._rollbacks != self._store.rollbacks or len(self._known) > _KNOWN_COUNT_MAX:
            self._rollbacks = self._store.rollbacks
            self._known.clear()
        if account not in self._known:
            self._known[account] = self._read(account)
        return self._known[account]

    def _read(self, account: MessageAccount) -> Pin | None:
        lookup = self._lookup(account)
        found = self._store.rows("SELECT sealed FROM contacts WHERE lookup = ?", lookup)
        return decode_pin(self._store.open_sealed(_place(lookup), found[0][0])) if found else None

    def all(self) -> list[Pin]:
        """Every pin, in no order."""
        found = self._store.rows("SELECT lookup, sealed FROM contacts")
        return [decode_pin(self._store.open_sealed(_place(lookup), sealed)) for lookup, sealed in found]

    def count(self) -> int:
        """Accounts that are known here; strangers who wrote are among them."""
        return int(self._store.rows("SELECT count(*) FROM contacts")[0][0])

    def put(self, pin: Pin, fetched_ms: int) -> None:
        """Inside a transaction. ``fetched_ms``: when the server was last asked; 0: ask before anything is sent."""
        self._known.pop(pin.account, None)
        lookup = self._lookup(pin.account)
        sealed = self._store.seal(_place(lookup), encode_pin(pin))
        self._store.rows(
            "INSERT OR REPLACE INTO contacts (lookup, sealed, fetched_ms) VALUES (?, ?, ?)", lookup, sealed, fetched_ms
        )

    def claim(self, pin: Pin, number: int) -> None:
        """One of the account's shown devices speaks of a list of this number. Inside a transaction."""
        if number > max(pin.number_claimed, pin.number_max):
            self.put(pin.claim(number), 0)

    def show(self, account: MessageAccount, devices: DeviceList) -> Pin | None:
        """The person has been shown this pending list and goes on. Inside a transaction."""
        pin = self.pin(account)
        if pin is None or pin.pending != devices:
            return pin
        self.put(pin.show(devices), 0)
        return self.pin(account)

    def is_fresh(self, account: MessageAccount, now_ms: int, age_ms_max: int) -> bool:
        """Was the server asked lately? A time in the future is none (the clock was set back)."""
        found = self._store.rows("SELECT fetched_ms FROM contacts WHERE lookup = ?", self._lookup(account))
        return bool(found) and 0 <= now_ms - int(found[0][0]) < age_ms_max

    async def learn(self, account: MessageAccount, now_ms: int) -> Verdict | None:
        """Ask the server for the list and judge it; None: the server knows no such account, or there are too many."""
        devices = await self._server.fetch_devices(account)
        if devices is None:
            return None
        with self._store.transaction():
            known = self.pin(account)
            if known is None and self.count() >= self._count_max:
                return None
            pin, verdict = judge(known, devices, account)
            if pin is not None:
                # A refused list leaves the question open: the server is asked again before anything is sent.
                self.put(pin, 0 if verdict.is_refusal else now_ms)
        return verdict

    def _lookup(self, account: MessageAccount) -> bytes:
        return self._store.lookup("contact", account)


def encode_pin(pin: Pin) -> bytes:
    """For the database alone."""
    lists = (pin.shown,) if pin.pending is None else (pin.shown, pin.pending)
    encoded = b"".join(len(item.encode()).to_bytes(2, "big") + item.encode() for item in lists)
    return bytes((len(lists),)) + pin.number_max.to_bytes(8, "big") + pin.number_claimed.to_bytes(8, "big") + encoded


def decode_pin(octets: bytes) -> Pin:
    """Raises ValueError when this is none."""
    reader = OctetReader(octets, "a pin", _PIN_BYTES_MAX)
    count = reader.number_up_to(1, 2)
    number_max, claimed = reader.number(8), reader.number(8)
    lists = [DeviceList.decode(reader.take(reader.number(2))) for _ in range(count)]
    reader.finish()
    return Pin(lists[0], lists[1] if count == 2 else None, number_max, claimed)


def _place(lookup: bytes) -> Place:
    return Place("contacts", "sealed", lookup)
