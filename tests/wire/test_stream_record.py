"""Records on the streaming connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.identifier import ViewNumber
from curtilage.wire.stream_record import RecordType, StreamRecord, heartbeat_record, json_record

LENGTH_MAX = 10_000
records = st.builds(
    StreamRecord,
    type=st.sampled_from(RecordType),
    view=st.integers(0, 2**32 - 1).map(ViewNumber),
    payload=st.binary(max_size=100),
)


@given(st.lists(records, max_size=5))
def test_records_parse_back_in_order(said: list[StreamRecord]) -> None:
    rest = b"".join(record.encode() for record in said)
    heard = []
    while (parsed := StreamRecord.decode(rest, LENGTH_MAX)) is not None:
        record, rest = parsed
        heard.append(record)
    assert heard == said
    assert rest == b""


@given(records, st.data())
def test_a_record_cut_short_waits_for_the_rest(record: StreamRecord, data: st.DataObject) -> None:
    octets = record.encode()
    assert StreamRecord.decode(octets[: data.draw(st.integers(0, len(octets) - 1))], LENGTH_MAX) is None


@given(st.binary(max_size=64))
def test_garbage_is_refused_or_waits_and_never_anything_else(octets: bytes) -> None:
    try:
        parsed = StreamRecord.decode(octets, LENGTH_MAX)
    except ValueError:
        return
    assert parsed is None or parsed[0].encode() + parsed[1] == octets


@pytest.mark.parametrize("length", [0, 4, LENGTH_MAX + 1, 2**32 - 1])
def test_an_impossible_length_is_refused_before_it_is_waited_for(length: int) -> None:
    with pytest.raises(ValueError, match="impossible length"):
        StreamRecord.decode(length.to_bytes(4, "big") + bytes(5), LENGTH_MAX)


def test_a_heartbeat_says_the_servers_time() -> None:
    parsed = StreamRecord.decode(heartbeat_record(1_790_000_000_123), LENGTH_MAX)
    assert parsed is not None
    assert int.from_bytes(parsed[0].payload, "big") == 1_790_000_000_123


def test_json_is_compact_utf8() -> None:
    octets = json_record(RecordType.STATE, ViewNumber(3), {"words": "Küche", "since": 4})
    parsed = StreamRecord.decode(octets, LENGTH_MAX)
    assert parsed is not None
    assert parsed[0].payload == b'{"words":"K\\u00fcche","since":4}'
