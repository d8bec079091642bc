"""Private discovery: what the evaluator does in a second of its core, what a contact and an account cost, how long a
phone takes for 500 new contacts with the real evaluator in its process.

Run: ``python -m benchmarks.discovery``. Rates are of processor time (a busy machine shares its cores), the phone's time
is the wall clock's.
"""

import asyncio
import hashlib
import importlib.util
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.messages.discovery.evaluators import ADA, config_in

from benchmarks.figures import Figure, median, table, write
from curtilage.messages.discovery.batch_engine import BatchEngine, OwnEngine, engine_of
from curtilage.messages.discovery.discovery import Discovery
from curtilage.messages.discovery.evaluator_process import EvaluatorProcess
from curtilage.messages.discovery.filters import Filters
from curtilage.phone.discovery_client import EpochContacts, fetch_filter, look_up
from curtilage.wire.discovery.batch import Batch, encode_reply
from curtilage.wire.discovery.filter import Filter, FilterBuilder, read_filter
from curtilage.wire.discovery.oprf import Evaluated, Mode, blind_evaluate_verifiably, derive_key_pair, evaluate
from curtilage.wire.discovery.ristretto255 import multiply, random_element, random_scalar
from curtilage.wire.number import PhoneNumber, read_number

ACCOUNTS_COUNT = 1_000_000
CONTACTS_COUNT = 500
BATCH_SIZE = 1_024
ROUNDS_COUNT = 7
RESULTS = Path(__file__).with_name("results") / "discovery.json"
_KEYS = derive_key_pair(Mode.VOPRF, b"s" * 32, b"benchmark")


def measure() -> list[Figure]:
    """All figures; about a minute."""
    return [_evaluations(), *_bytes_per_contact(), *_filter(), asyncio.run(_client())]


def _evaluations() -> Figure:
    """Whole batches, as they come from the socket and as they go back: decoded, evaluated, proven, encoded."""
    batch = Batch(1, tuple(random_element(secrets.token_bytes) for _ in range(BATCH_SIZE))).encode()
    own = OwnEngine(_KEYS, secrets.token_bytes)
    engine = engine_of(_KEYS, b"s" * 32, b"benchmark", secrets.token_bytes)
    number = b"+4915123456789"
    plain = [_rate(lambda: [evaluate(Mode.VOPRF, _KEYS.secret, number) for _ in range(200)], 200) for _ in range(3)]
    one, other = random_scalar(secrets.token_bytes), random_element(secrets.token_bytes)
    multiplied = [_rate(lambda: [multiply(one, other) for _ in range(200)], 200) for _ in range(ROUNDS_COUNT)]
    rates = [(_batch_rate(engine, batch), _batch_rate(own, batch)) for _ in range(ROUNDS_COUNT)]
    return Figure(
        f"server evaluations a second per core, batches of {BATCH_SIZE:,}, with proof",
        14_000,
        median([rate for rate, _ in rates]),
        "1/s",
        at_least=True,
        detail={
            "engine": "voprf" if importlib.util.find_spec("voprf") else "own",
            "best": max(rate for rate, _ in rates),
            "own engine": median([rate for _, rate in rates]),
            "own engine, best": max(rate for _, rate in rates),
            "registrations": median(plain),
            "one multiplication by libsodium in µs, best": 1e6 / max(multiplied),
        },
    )


def _batch_rate(engine: BatchEngine, batch: bytes) -> float:
    return _rate(lambda: engine.reply(batch), BATCH_SIZE)


def _rate(work: Callable[[], object], count: int) -> float:
    begun = time.process_time()
    work()
    return count / (time.process_time() - begun)


def _bytes_per_contact() -> Iterable[Figure]:
    elements = tuple(random_element(secrets.token_bytes) for _ in range(BATCH_SIZE))
    reply = blind_evaluate_verifiably(_KEYS, elements, random_scalar(secrets.token_bytes))
    assert isinstance(reply, Evaluated)
    sent, received = len(Batch(1, elements).encode()), len(encode_reply(reply))
    detail: dict[str, float | str] = {"sent": float(sent), "received": float(received)}
    yield Figure(f"bytes per new contact at {BATCH_SIZE:,}", 80, (sent + received) / BATCH_SIZE, "B", detail=detail)


def _filter() -> Iterable[Figure]:
    outputs = [hashlib.sha512(b"%d" % number).digest() for number in range(ACCOUNTS_COUNT)]
    begun = time.process_time()
    builder = FilterBuilder(outputs)
    built = builder.build(1, 1, _KEYS.public, "9.0.42")
    build_s = time.process_time() - begun
    key = Ed25519PrivateKey.generate()
    signed = built.manifest.sign(key)
    whole = built.encode(signed)
    yield Figure(
        f"filter bytes per account at {ACCOUNTS_COUNT:,}, all in",
        2.8,
        len(whole) / ACCOUNTS_COUNT,
        "B",
        detail={
            "built in s": build_s,
            "manifest": float(len(signed)),
            "shards": float(len(built.shards)),
            "one account more, to fetch": float(len(signed) + max(len(shard.octets) for shard in built.shards)),
        },
    )
    begun = time.process_time()
    read = read_filter(whole, key.public_key().public_bytes_raw())
    read_s = time.process_time() - begun
    assert isinstance(read, Filter)
    asked = [*outputs[:250], *(hashlib.sha512(b"stranger %d" % number).digest() for number in range(250))]
    times = [1 / _rate(lambda: [read.holds(output) for output in asked], 1) for _ in range(ROUNDS_COUNT)]
    yield Figure(
        "500 look-ups in the filter", 50, median(times) * 1_000, "ms", detail={"read and checked in s": read_s}
    )


class _Server:
    """The phone's server, in this process, in front of the real evaluator in its own."""

    def __init__(self, discovery: Discovery, filters: Filters) -> None:
        self._discovery, self._filters = discovery, filters

    async def evaluate(self, batch: bytes) -> bytes:
        """See DiscoveryServer."""
        reply = await self._discovery.evaluate(ADA, batch)
        assert isinstance(reply, bytes)
        return reply

    async def manifest(self, epoch: int) -> bytes:
        """See DiscoveryServer."""
        return self._filters.manifest(epoch) or b""

    async def shard(self, digest: bytes) -> bytes:
        """See DiscoveryServer."""
        return self._filters.shard(digest) or b""

    async def whole(self, epoch: int) -> bytes:
        """See DiscoveryServer."""
        return self._filters.whole(epoch) or b""


async def _client() -> Figure:
    """From the texts of an address book to who can be reached by ip; the filter is there already."""
    texts = [f"+49 151 {number:08}" for number in range(23_000_000, 23_000_000 + CONTACTS_COUNT)]
    numbers = [number for text in texts if isinstance(number := read_number(text), PhoneNumber)]
    assert len(numbers) == CONTACTS_COUNT
    times, busy = [], []
    for _ in range(ROUNDS_COUNT):
        with tempfile.TemporaryDirectory() as folder:
            config = config_in(Path(folder))
            process = EvaluatorProcess(config)
            try:
                wall_s, busy_s = await _looked_up(Discovery(process, config), texts, numbers[::2])
                times.append(wall_s)
                busy.append(busy_s)
            finally:
                await process.close()
    return Figure(
        f"client: {CONTACTS_COUNT} new contacts looked up, all in",
        0.5,
        median(times),
        "s",
        detail={"least": min(times), "most": max(times), "processor time of the phone in s": median(busy)},
    )


async def _looked_up(discovery: Discovery, texts: list[str], members: list[PhoneNumber]) -> tuple[float, float]:
    await discovery.load(())
    (state,) = discovery.epochs()
    key = Ed25519PrivateKey.generate()
    filters = Filters(key, 2)
    joined = [await discovery.output_of(member, 1) for member in members]
    strangers = [hashlib.sha512(b"%d" % number).digest() for number in range(100_000)]
    filters.begin(state, [*strangers, *(output for output in joined if isinstance(output, bytes))])
    filters.publish(1)
    server = _Server(discovery, filters)
    current = await fetch_filter(server, 1, key.public_key().public_bytes_raw(), None, {})
    assert isinstance(current, Filter)
    contacts = EpochContacts(current)
    begun, busy = time.perf_counter(), time.process_time()
    numbers = [number for text in texts if isinstance(number := read_number(text), PhoneNumber)]
    async for _ in look_up(server, contacts, numbers, secrets.token_bytes):
        pass
    found = contacts.by_ip(numbers)
    seconds = time.perf_counter() - begun, time.process_time() - busy
    assert found == members
    return seconds


if __name__ == "__main__":
    measured = measure()
    write(measured, RESULTS)
    print(table(measured))
