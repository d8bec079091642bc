"""The vectors of docs/spec/discovery.md: still what the code makes, and read as a phone reads them."""

import json
from typing import Any

import pytest
from docs.spec.make_discovery_vectors import FILE, vectors

from curtilage.wire.discovery.batch import Batch, decode_reply
from curtilage.wire.discovery.filter import Filter, read_filter
from curtilage.wire.discovery.oprf import Blinded, Evaluated, Mode, blind, finalize_verified
from curtilage.wire.discovery.ristretto255 import decode_element, decode_scalar
from curtilage.wire.discovery.shard import Place, place_of, prefix_of
from curtilage.wire.number import PhoneNumber, read_number

VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
BATCH, FILTER = VECTORS["batch"], VECTORS["filter"]


def test_the_file_is_what_the_code_makes() -> None:
    assert vectors() == VECTORS


@pytest.mark.parametrize("case", VECTORS["numbers"], ids=lambda case: case["text"])
def test_every_text_has_its_outcome(case: dict[str, str | None]) -> None:
    number = read_number(case["text"] or "", case["region"])
    assert (number.e164 if isinstance(number, PhoneNumber) else number.name.lower()) == case["outcome"]


def test_the_batch_is_answered_and_finalized() -> None:
    batch = Batch.decode(bytes.fromhex(BATCH["batch"]))
    public_key = decode_element(bytes.fromhex(BATCH["public_key"]))
    reply = decode_reply(bytes.fromhex(BATCH["reply"]), 4)
    assert isinstance(batch, Batch)
    assert isinstance(reply, Evaluated)
    assert public_key is not None
    blinded = []
    for number, octets in zip(BATCH["numbers"], BATCH["blinds"], strict=True):
        blind_by = decode_scalar(bytes.fromhex(octets))
        assert blind_by is not None
        item = blind(Mode.VOPRF, number.encode(), blind_by)
        assert isinstance(item, Blinded)
        blinded.append(item)
    assert tuple(item.element for item in blinded) == batch.elements[:3]
    outputs = finalize_verified(blinded, batch.elements[3:], reply, public_key)
    assert outputs == tuple(map(bytes.fromhex, BATCH["outputs"]))


def test_the_filter_is_read_and_asked() -> None:
    found = read_filter(bytes.fromhex(FILTER["filter"]), bytes.fromhex(FILTER["signer"]))
    outputs = [bytes.fromhex(output) for output in BATCH["outputs"]]
    assert isinstance(found, Filter)
    assert [found.holds(output) for output in outputs] == FILTER["holds"] == [True, True, False]
    assert all(found.holds(bytes.fromhex(output)) for output in FILTER["accounts"])
    assert (found.manifest.metadata, found.manifest.made_ms) == (FILTER["metadata"], FILTER["made_ms"])
    places = [place_of(prefix_of(output), 992) for output in outputs]
    assert places == [Place(*place) for place in FILTER["places_in_992_shards"]]
