"""What a camera's condition becomes, and what a person reads about it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from curtilage.cameras.input.camera_state import NEXT, CameraState, Condition, Ending, Event
from curtilage.cameras.input.source import SourceProblem

NOON = int(datetime(2026, 11, 21, 12, 3, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 24 * 3600 * 1000


def failed(problem: SourceProblem | None, last_picture_ms: int | None = NOON, detail: str = "") -> CameraState:
    ending = Ending(problem, detail)
    return CameraState(Condition.CONNECTING, NOON).after(Event.FAILED, NOON + 1, ending, last_picture_ms)


@pytest.mark.parametrize(
    ("problem", "words", "do"),
    [
        (SourceProblem.UNREACHABLE, "Porch does not answer.", "Check its power and Wi-Fi."),
        (SourceProblem.REFUSED_PASSWORD, "Porch refused the password.", "Enter it again."),
        (SourceProblem.NOT_A_CAMERA, "192.0.2.10 answers, but is no camera.", "Check the address."),
        (SourceProblem.NO_SUCH_STREAM, "Porch answers, but has no such stream.", "Check the path in its address."),
        (
            SourceProblem.NOT_TLS,
            "192.0.2.10 answers, but without TLS.",
            "Check the port, or use the camera's rtsp:// address.",
        ),
        (
            SourceProblem.CHANGED_KEY,
            "Porch shows another key than before: it was reset or replaced, or something else poses as it. Why.",
            "Only if you know why, trust that key: curtilage camera trust NAME KEY.",
        ),
        (
            SourceProblem.CERTIFICATE,
            "Porch is not trusted yet. Why.",
            "Set its clock and certificate right, or trust its key: curtilage camera trust NAME KEY.",
        ),
        (SourceProblem.NO_VIDEO, "Porch sends no H.264 or H.265 video.", "Choose H.264 in the camera's own settings."),
        (SourceProblem.FROZEN, "Porch is connected, but sends no picture.", "If it stays so, restart the camera."),
        (SourceProblem.ENDED, "Porch ended its stream.", "Nothing to do: it is asked again."),
        (
            SourceProblem.UNCERTIFIED,
            "Porch is not trusted. Why.",
            "Give it a certificate of an authority that this machine knows: by FFmpeg its key alone cannot be trusted.",
        ),
        (
            SourceProblem.TOO_MANY,
            "Porch waits for its turn. Why.",
            "Remove an ffmpeg: or sim: camera, or ask whoever runs this server to raise that setting.",
        ),
        (SourceProblem.UNSUPPORTED, "Porch cannot be shown. Why.", "Change its address or its settings."),
    ],
)
def test_each_problem_has_its_words(problem: SourceProblem, words: str, do: str) -> None:
    state = failed(problem, None, "Why.")
    assert state.words("Porch", host="192.0.2.10") == words
    assert (
        failed(problem, NOON, "Why.").words("Porch", host="192.0.2.10", zone=UTC) == f"No picture since 12:03. {words}"
    )
    assert state.do() == do


def test_every_problem_and_our_own_error_say_what_to_do() -> None:
    for problem in (*SourceProblem, None):
        state = failed(problem)
        assert "Porch" in state.words("Porch")
        assert state.do().endswith(".")
        assert "{" not in state.words("Porch") + state.do()


@pytest.mark.parametrize(
    ("condition", "words", "do"),
    [
        (Condition.CONNECTING, "Connecting to Porch.", ""),
        (Condition.LIVE, "Porch is live.", ""),
        (Condition.LOCKED, "Porch is locked: the disk is full.", "Free space, then unlock."),
        (Condition.STOPPED, "Porch is switched off here.", ""),
    ],
)
def test_each_condition_has_its_words(condition: Condition, words: str, do: str) -> None:
    state = CameraState(condition, NOON)
    assert (state.words("Porch"), state.do()) == (words, do)


def test_a_name_with_braces_stays_a_name() -> None:
    assert failed(SourceProblem.UNREACHABLE, None).words("{detail}") == "{detail} does not answer."


@pytest.mark.parametrize(
    ("now_ms", "hours_east", "expected"),
    [
        (NOON + 1000, 0, "No picture since 12:03."),
        (NOON + 1000, 2, "No picture since 14:03."),
        (NOON + DAY_MS, 0, "No picture since 21 Nov, 12:03."),
        (NOON + DAY_MS // 2, 0, "No picture since 21 Nov, 12:03."),
        (None, 0, "No picture since 12:03."),
    ],
)
def test_another_days_picture_is_dated(now_ms: int | None, hours_east: int, expected: str) -> None:
    zone = timezone(timedelta(hours=hours_east))
    assert failed(SourceProblem.UNREACHABLE).words("Porch", now_ms, zone).startswith(expected)


def test_a_repeated_failure_changes_nothing_and_a_new_one_keeps_the_time() -> None:
    state = failed(SourceProblem.UNREACHABLE)
    assert state.after(Event.FAILED, NOON + 5000, Ending(SourceProblem.UNREACHABLE), NOON) is state
    refused = state.after(Event.FAILED, NOON + 5000, Ending(SourceProblem.REFUSED_PASSWORD), NOON)
    assert (refused.problem, refused.since_ms) == (SourceProblem.REFUSED_PASSWORD, state.since_ms)


def test_a_picture_ends_every_trouble() -> None:
    live = failed(SourceProblem.UNREACHABLE).after(Event.PICTURE, NOON + 9, None, NOON)
    assert live == CameraState(Condition.LIVE, NOON + 9)


def test_the_table_has_a_move_for_all_that_can_happen() -> None:
    reachable = {Condition.CONNECTING, Condition.LIVE, Condition.RECONNECTING}
    for condition in reachable:
        assert (condition, Event.FAILED) in NEXT
        assert (condition, Event.STOPPED) in NEXT
    assert not any(condition is Condition.LOCKED for condition, _ in NEXT)


def test_nothing_a_camera_sent_is_in_its_words() -> None:
    state = failed(SourceProblem.GARBAGE, NOON, "rtsp://user:secret@192.0.2.10")
    assert "secret" not in state.words("Porch") + state.do()
