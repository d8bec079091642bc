"""The page's sealed part, wrapped key and records against the vectors, and against what Python writes."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from curtilage.wire.identifier import ViewNumber
from curtilage.wire.sealed_part import EpochKey, Kind, PartHeader, Track
from curtilage.wire.stream_record import RecordType, StreamRecord, heartbeat_record
from curtilage.wire.view_key import SealerIdentity, ViewPublicKey
from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/sealed-part.vectors.json").read_text(encoding="utf-8"))
_COUNT_MAX = 60

_FROM_HEX = "(text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))"
_OPEN = (
    """async ([key, part]) => {
  const { decodeHeader, importEpochKey, openPart, hex } = await import("/static/player/sealed_part.js");
  const octets = (FROM_HEX)(part);
  try { decodeHeader(octets); } catch { return "not a sealed part"; }
  const secret = await importEpochKey((FROM_HEX)(key));
  try { return "opens:" + hex(await openPart(secret, octets)); } catch { return "does not open"; }
}"""
).replace("FROM_HEX", _FROM_HEX)
_HEADER = (
    """async (part) => {
  const { decodeHeader } = await import("/static/player/sealed_part.js");
  const header = decodeHeader((FROM_HEX)(part));
  return { ...header, sequence: String(header.sequence) };
}"""
).replace("FROM_HEX", _FROM_HEX)
_MAKE_KEY = """async () => {
  const { makeViewKey } = await import("/static/player/view_key.js");
  const { hex } = await import("/static/player/sealed_part.js");
  window.viewKey = await makeViewKey();
  return hex(window.viewKey.point);
}"""
_UNWRAP = (
    """async ([wrapped, sealer, part]) => {
  const { decodeWrappedKey, importSealer, unwrap } = await import("/static/player/view_key.js");
  const { openPart, hex } = await import("/static/player/sealed_part.js");
  let decoded;
  try { decoded = decodeWrappedKey((FROM_HEX)(wrapped)); } catch { return "not a wrapped key"; }
  try {
    const key = await unwrap(decoded, window.viewKey, await importSealer((FROM_HEX)(sealer)));
    return "opens:" + hex(await openPart(key, (FROM_HEX)(part)));
  } catch { return "does not open"; }
}"""
).replace("FROM_HEX", _FROM_HEX)
_PARSE = (
    """async (pieces) => {
  const { RecordParser } = await import("/static/player/stream_record.js");
  const { hex } = await import("/static/player/sealed_part.js");
  const parser = new RecordParser();
  try {
    const records = pieces.flatMap((piece) => parser.push((FROM_HEX)(piece)));
    return records.map(({ type, view, payload }) => [type, view, hex(payload)]);
  } catch (error) { return error.message; }
}"""
).replace("FROM_HEX", _FROM_HEX)


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


@pytest.mark.parametrize("vector", VECTORS["parts"], ids=lambda vector: vector["name"])
def test_a_part_opens_as_the_vectors_say(page: Page, vector: dict[str, str]) -> None:
    outcome = page.evaluate(_OPEN, [VECTORS["epoch_key"], vector["part"]])
    expected = f"opens:{vector['clear']}" if vector["outcome"] == "opens" else vector["outcome"]
    assert outcome == expected


@settings(max_examples=_COUNT_MAX, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(Kind),
    track=st.sampled_from(Track),
    keyframe=st.booleans(),
    ids=st.tuples(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16)),
    sequence=st.integers(0, 2**64 - 1),
    time_ms=st.integers(0, 2**53),
)
def test_a_header_reads_as_it_was_written(
    page: Page, kind: Kind, track: Track, keyframe: bool, ids: tuple[bytes, bytes], sequence: int, time_ms: int
) -> None:
    header = PartHeader(kind, track, keyframe, *ids, sequence, time_ms)
    read = page.evaluate(_HEADER, (header.encode() + bytes(16)).hex())
    assert read == {
        "kind": kind.value,
        "track": track.name.lower(),
        "keyframe": keyframe,
        "streamId": ids[0].hex(),
        "epochId": ids[1].hex(),
        "sequence": str(sequence),
        "timeMs": time_ms,
    }


def _wrapped_case(page: Page) -> tuple[bytes, bytes, str]:
    """A wrapped key for the page's own key, the sealer's point, and a part under that key."""
    point = bytes.fromhex(page.evaluate(_MAKE_KEY))
    key = EpochKey(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 64)))
    identity = SealerIdentity()
    header = PartHeader(Kind.MEDIA, Track.MAIN, True, key.stream_id, key.epoch_id, 7, 1)
    part = key.seal(header, b"a picture")
    return (
        identity.wrap(key, Track.MAIN, bytes(16), ViewPublicKey(point)).encode(),
        identity.public_point(),
        part.octets.hex(),
    )


def test_a_key_wrapped_to_the_page_opens_there(page: Page) -> None:
    wrapped, sealer, part = _wrapped_case(page)
    assert page.evaluate(_UNWRAP, [wrapped.hex(), sealer.hex(), part]) == f"opens:{b'a picture'.hex()}"


def test_a_key_from_another_sealer_does_not_open(page: Page) -> None:
    wrapped, _, part = _wrapped_case(page)
    assert page.evaluate(_UNWRAP, [wrapped.hex(), SealerIdentity().public_point().hex(), part]) == "does not open"


@pytest.mark.parametrize("at", [22, 40, 60, 69, 80, 160, 190, 240], ids=lambda at: f"octet {at}")
def test_a_wrapped_key_that_was_touched_does_not_open(page: Page, at: int) -> None:
    wrapped, sealer, part = _wrapped_case(page)
    touched = bytearray(wrapped)
    touched[at] ^= 2
    assert page.evaluate(_UNWRAP, [bytes(touched).hex(), sealer.hex(), part]) == "does not open"


@pytest.mark.parametrize("octets", [b"", bytes(247), b"curtilage view key v1"], ids=["empty", "zeros", "label alone"])
def test_what_is_no_wrapped_key_is_refused(page: Page, octets: bytes) -> None:
    assert page.evaluate(_UNWRAP, [octets.hex(), "", ""]) == "not a wrapped key"


def test_a_key_wrapped_to_another_view_does_not_open(page: Page) -> None:
    wrapped, sealer, part = _wrapped_case(page)
    page.evaluate(_MAKE_KEY)
    assert page.evaluate(_UNWRAP, [wrapped.hex(), sealer.hex(), part]) == "does not open"


def test_a_foreign_key_is_no_wrapping_for_anybody(page: Page) -> None:
    _, sealer, part = _wrapped_case(page)
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    point = b"\4" + stranger.x.to_bytes(32, "big") + stranger.y.to_bytes(32, "big")
    key = EpochKey(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 64)))
    foreign = SealerIdentity().wrap(key, Track.MAIN, bytes(16), ViewPublicKey(point)).encode()
    assert page.evaluate(_UNWRAP, [foreign.hex(), sealer.hex(), part]) == "does not open"


_RECORDS = st.lists(
    st.tuples(st.sampled_from(RecordType), st.integers(0, 2**32 - 1), st.binary(max_size=200)), min_size=1, max_size=6
)


@settings(max_examples=_COUNT_MAX, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=_RECORDS, cuts=st.lists(st.integers(0, 1300), max_size=12))
def test_records_are_the_same_however_they_are_cut(
    page: Page, records: list[tuple[RecordType, int, bytes]], cuts: list[int]
) -> None:
    whole = b"".join(StreamRecord(kind, ViewNumber(view), payload).encode() for kind, view, payload in records)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[start:end].hex() for start, end in itertools.pairwise(edges)]
    assert page.evaluate(_PARSE, pieces) == [[kind.value, view, payload.hex()] for kind, view, payload in records]


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"\0\0\0\4" + bytes(5), "a record of an impossible length"),
        (b"\xff\xff\xff\xff" + bytes(5), "a record of an impossible length"),
        (b"\0\0\0\5\0" + bytes(4), "a record of an unknown type"),
        (b"\0\0\0\5\x08" + bytes(4), "a record of an unknown type"),
    ],
    ids=["too short", "too long", "type 0", "type 8"],
)
def test_what_is_no_record_ends_the_reading(page: Page, octets: bytes, said: str) -> None:
    assert page.evaluate(_PARSE, [(heartbeat_record(5) + octets).hex()]) == said


def test_time_and_json_are_read(page: Page) -> None:
    read: Any = page.evaluate(
        """async () => {
      const { decodeJson, decodeTime } = await import("/static/player/stream_record.js");
      const json = (text) => decodeJson(new TextEncoder().encode(text));
      const refused = (text) => { try { json(text); return false; } catch { return true; } };
      return [decodeTime(Uint8Array.of(9, 0, 0, 1, 154, 162, 3, 4, 5).subarray(1)), json('{"now": 3}').now,
              refused("null"), refused("3"), refused("{")];
    }"""
    )
    assert read == [int.from_bytes(bytes((0, 0, 1, 154, 162, 3, 4, 5))), 3, True, True, True]
