"""What a WebRTC viewer's reports and requests say of its network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.views.quality import Seen
from curtilage.cameras.webrtc.peer import Report
from curtilage.cameras.webrtc.send_watch import SendWatch
from curtilage.config import Config

CONFIG = Config()
PACKET = 1_000.0


def report(highest: int, lost: int = 0, middle: int = 0, since: int = 0) -> Report:
    return Report(lost, highest, middle, since)


def test_the_round_trip_is_what_passed_less_what_the_viewer_waited() -> None:
    watch = SendWatch(CONFIG, 0.0)
    watch.reported(77, 1.0)
    watch.hear(report(100, middle=77, since=65_536 // 2), PACKET, 1.7)
    assert watch.look(100, 0.0, 1.7, on_main=True).round_trip_ms == 200


@pytest.mark.parametrize(
    ("expected", "lost", "share"), [(100, 0, 0.0), (100, 25, 0.25), (10, 5, 0.0), (100, -3, 0.0), (100, 900, 1.0)]
)
def test_loss_is_counted_over_enough_packets(expected: int, lost: int, share: float) -> None:
    watch = SendWatch(CONFIG, 0.0)
    watch.hear(report(1_000), PACKET, 1.0)
    watch.hear(report(1_000 + expected, lost), PACKET, 2.0)
    assert watch.look(expected, 0.0, 2.0, on_main=True).loss == share


def test_a_path_that_carries_less_than_is_sent_slows_the_pace_and_it_grows_again() -> None:
    watch = SendWatch(CONFIG, 0.0)
    watch.hear(report(0), PACKET, 1.0)
    watch.hear(report(200, lost=80), PACKET, 2.0)
    assert watch.pace_bytes_per_s == 120 * PACKET
    watch.hear(report(400, lost=160), PACKET, 3.0)
    assert watch.pace_bytes_per_s == 120 * PACKET, "the same queue's losses do not count twice"
    watch.hear(report(600, lost=160), PACKET, 4.0)
    assert watch.pace_bytes_per_s > 120 * PACKET


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(-(2**23), 2**23), st.floats(0, 5)), max_size=40))
def test_whatever_is_reported_pace_and_loss_keep_their_bounds(said: list[tuple[int, int, float]]) -> None:
    watch, now_s = SendWatch(CONFIG, 0.0), 0.0
    for highest, lost, passed_s in said:
        now_s += passed_s
        watch.hear(Report(lost, highest, highest, lost & 0xFFFF_FFFF), PACKET, now_s)
        seen = watch.look(10, 0.0, now_s, on_main=True)
        assert 0 <= seen.loss <= 1
        assert CONFIG.webrtc_pace_bytes_per_s_min <= watch.pace_bytes_per_s <= CONFIG.webrtc_pace_bytes_per_s


def test_a_packet_asked_for_twice_is_one_that_was_lost() -> None:
    watch = SendWatch(CONFIG, 0.0)
    assert [watch.lost(5), watch.lost(5), watch.lost(6)] == [True, False, True]
    assert watch.look(20, 0.0, 0.2, on_main=True).repair_share == 0.1


def test_a_viewer_that_loses_packets_had_better_wait_for_two_repairs_and_not_for_ever() -> None:
    watch = SendWatch(CONFIG, 0.0)
    waits = [watch.delay_ms]
    watch.reported(1, 0.0)
    watch.hear(report(10, middle=1), PACKET, 0.08)
    watch.lost(5)
    for sent, now_s in ((20, 0.2), (30, 40.0), (40, 42.0)):
        watch.look(sent, 0.0, now_s, on_main=True)
        waits.append(watch.delay_ms)
    assert waits == [None, 240, 0, 0]


@pytest.mark.parametrize(("on_main", "most"), [(True, 20_000), (False, CONFIG.quality_silence_ms)])
def test_silence_is_strain_on_the_main_stream_alone(on_main: bool, most: int) -> None:
    watch = SendWatch(CONFIG, 0.0)
    seen = watch.look(10, 0.0, 20.0, on_main=on_main)
    assert seen.unanswered_ms <= most
    assert (seen.unanswered_ms > CONFIG.quality_silence_ms) == on_main
    assert watch.silent_s(20.0) == 20.0
    watch.answered(20.0)
    assert watch.silent_s(20.0) == 0.0


@pytest.mark.parametrize(
    ("met", "fits"),
    [(Seen(), True), (Seen(repair_share=0.3), False), (Seen(wait_ms=400), False), (Seen(loss=0.3), False)],
)
def test_a_probe_fits_when_nothing_strained_until_it_was_reported(met: Seen, fits: bool) -> None:
    watch = SendWatch(CONFIG, 0.0)
    assert watch.probe_fits(Seen(), 0.0) is None
    watch.probe(1.0)
    found = [(watch.probe_fits(seen, now_s), watch.probing) for seen, now_s in ((met, 1.5), (Seen(), 3.5), (Seen(), 4))]
    assert found == [(None, True), (fits, False), (None, False)]


def test_what_was_sent_before_a_turn_says_nothing_about_what_follows() -> None:
    watch = SendWatch(CONFIG, 0.0)
    watch.hear(report(0), PACKET, 1.0)
    watch.hear(report(200, lost=80), PACKET, 2.0)
    watch.lost(3)
    watch.look(200, 0.0, 2.0, on_main=True)
    watch.turned(2.0)
    watch.hear(report(400, lost=180), PACKET, 2.5)
    seen = watch.look(210, 0.0, 2.6, on_main=False)
    assert (seen.loss, seen.repair_share) == (0.0, 0.0)
