"""RFC 6184: what was packetised comes out of the depacketiser again, in packets that fit."""

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.fragment_reader import ParameterSets, Sample
from curtilage.cameras.webrtc.packetiser import PAYLOAD_BYTES_MAX, packetise, payloads_of

SETS = ParameterSets(b"\x67\x42\xc0\x1fsps", (b"\x68pps", b"\x68other"))


def joined(payloads: list[bytes]) -> list[bytes]:
    """NAL units of single NAL unit packets and FU-A, put together by the words of RFC 6184 §5.8."""
    units: list[bytes] = []
    for payload in payloads:
        if payload[0] & 0x1F != 28:
            units.append(payload)
        elif payload[1] & 0x80:
            units.append(bytes((payload[0] & 0xE0 | payload[1] & 0x1F,)) + payload[2:])
        else:
            units[-1] += payload[2:]
    return units


@given(st.integers(1, 5 * PAYLOAD_BYTES_MAX), st.sampled_from([0x65, 0x41, 0x06]))
def test_a_unit_of_any_length_comes_back_whole_and_fits(length: int, head: int) -> None:
    unit = bytes((head,)) + bytes(index % 251 for index in range(length - 1))
    payloads = list(payloads_of(unit))
    assert joined(payloads) == [unit]
    assert max(map(len, payloads)) <= PAYLOAD_BYTES_MAX
    fragments = [payload for payload in payloads if payload[0] & 0x1F == 28]
    assert len(fragments) != 1, "§5.8: a fragmented unit has at least two fragments"
    assert [bool(piece[1] & 0x80) for piece in fragments] == [place == 0 for place in range(len(fragments))]
    assert [bool(piece[1] & 0x40) for piece in fragments] == [
        place == len(fragments) - 1 for place in range(len(fragments))
    ]


def test_parameter_sets_stand_before_every_keyframe_and_nowhere_else() -> None:
    sample = Sample(3600, (b"\x65idr",))
    key = packetise(sample, SETS, 7, keyframe=True)
    assert key.payloads == (SETS.sps, *SETS.pps, b"\x65idr")
    assert (key.timestamp, key.time_ms, key.bytes) == (3600, 7, sum(map(len, key.payloads)))
    assert packetise(sample, SETS, 7, keyframe=False).payloads == (b"\x65idr",)
