"""The FFmpeg process from within: what its errors are called, and what its records hold."""

import io
from collections.abc import Callable

import av
import pytest

from curtilage.cameras.ffmpeg.ffmpeg_reader import problem_of, serve
from curtilage.cameras.input.source import SourceProblem
from curtilage.cameras.input.source_process import HEAD, RecordKind

ERRORS: list[tuple[Callable[[], Exception], SourceProblem]] = [
    (lambda: av.HTTPUnauthorizedError(1, "http://secret"), SourceProblem.REFUSED_PASSWORD),
    (lambda: av.HTTPNotFoundError(1, "http://secret"), SourceProblem.NO_SUCH_STREAM),
    (lambda: av.InvalidDataError(1, "http://secret"), SourceProblem.NOT_A_CAMERA),
    (lambda: ConnectionRefusedError(111, "http://secret"), SourceProblem.UNREACHABLE),
    (lambda: OSError(5, "http://secret"), SourceProblem.UNREACHABLE),
    (lambda: ValueError("http://secret"), SourceProblem.NOT_A_CAMERA),
]


def problem_in(record: bytes) -> tuple[SourceProblem, str]:
    kind, length, _ = HEAD.unpack_from(record)
    assert kind == RecordKind.PROBLEM
    value, _, detail = record[HEAD.size : HEAD.size + length].decode().partition("\n")
    return SourceProblem(value), detail


@pytest.mark.parametrize(("make", "problem"), ERRORS)
def test_errors_are_named_without_the_address(make: Callable[[], Exception], problem: SourceProblem) -> None:
    named, detail = problem_in(problem_of(make()))
    assert named is problem
    assert "secret" not in detail


def test_no_file_is_opened_whatever_the_url() -> None:
    out = io.BytesIO()
    serve("1000000 1 1 file:///etc/hostname\n", out)
    assert problem_in(out.getvalue())[0] in {SourceProblem.UNREACHABLE, SourceProblem.NOT_A_CAMERA}
