"""Keeps keys at the server: one-time keys before they run out, a new fallback key every week.

Rules it guards:
* keys are committed here before anybody sees them, together with the bundle that will carry them; after a crash the
  same bundle is published again, with its number, and adds nothing if it had arrived;
* a server that knows a bundle of ours with a number that we never gave out says that this database went back in time
  (a backup was put back): then nothing more is published.
"""

from curtilage.errors import OurError
from curtilage.phone.olm import OlmAccount
from curtilage.phone.own_phone import OwnPhone
from curtilage.phone.phone_store import PhoneStore, Place
from curtilage.phone.server_port import MessageServer
from curtilage.wire.messages.key_bundle import KeyBundle, SignedKey, signed_text
from curtilage.wire.messages.key_rules import KeyRules, fallback_due, to_make, week_of


class PhoneWentBack(OurError):
    """The database is older than what the server has seen of this device."""


class KeyUpkeep:
    """Called when the phone starts, once an hour, and when somebody began a session."""

    __slots__ = ("_own", "_rules", "_server", "_store")

    def __init__(self, store: PhoneStore, own: OwnPhone, server: MessageServer, rules: KeyRules) -> None:
        self._store = store
        self._own = own
        self._server = server
        self._rules = rules

    async def keep_up(self, now_ms: int) -> None:
        """Publish what waits, then what is due. Raises PhoneWentBack, and what the server raises."""
        await self._publish()
        stock = await self._server.key_stock()
        if stock.bundle_number > self._store.own_number("bundle_number"):
            raise PhoneWentBack(
                "This phone's database is older than what the server has seen of it.",
                do="Never put a copy of it back: reset the phone and link it anew.",
            )
        if self.make(stock.one_time_count, now_ms) is not None:
            await self._publish()

    def make(self, stock: int, now_ms: int) -> KeyBundle | None:
        """Commit the keys that are due and the bundle that will carry them; None: none are."""
        count = to_make(stock, self._rules)
        made_week = self._store.own("fallback_week")
        due = fallback_due(None if made_week is None else int.from_bytes(made_week, "big"), now_ms)
        if not count and not due:
            return None
        with self._store.transaction():
            olm = self._own.load()
            number = self._store.own_number("bundle_number") + 1
            fallback = self._fallback(olm, now_ms) if due else None
            one_time = tuple(self._signed(olm, key, None) for key in olm.make_one_time_keys(count)) if count else ()
            bundle = KeyBundle(self._own.account, self._own.public, number, one_time, fallback)
            self._own.save(olm)
            self._store.set_own_number("bundle_number", number)
            sealed = self._store.seal(_place(number), bundle.encode())
            self._store.rows("INSERT INTO bundles (number, sealed) VALUES (?, ?)", number, sealed)
        return bundle

    def _fallback(self, olm: OlmAccount, now_ms: int) -> SignedKey:
        before, week = self._store.own_number("fallback_week"), week_of(now_ms)
        # vodozemac keeps this key and the one before: sessions begun by still older ones cannot be begun again, and
        # need not be remembered (session_shelf.py).
        self._store.rows("DELETE FROM begun_sessions WHERE week < ?", before)
        self._store.set_own_number("fallback_week", week)
        return self._signed(olm, olm.make_fallback_key(), week)

    def _signed(self, olm: OlmAccount, one_public: bytes, week: int | None) -> SignedKey:
        text = signed_text(self._own.account, self._own.public, one_public, week)
        return SignedKey(one_public, olm.sign(text), week)

    async def _publish(self) -> None:
        for number, sealed in self._store.rows("SELECT number, sealed FROM bundles ORDER BY number"):
            await self._server.publish_bundle(KeyBundle.decode(self._store.open_sealed(_place(number), sealed)))
            with self._store.transaction():
                self._store.rows("DELETE FROM bundles WHERE number = ?", number)


def _place(number: int) -> Place:
    return Place("bundles", "sealed", number.to_bytes(8, "big"))
