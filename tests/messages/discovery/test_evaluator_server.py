"""The evaluator's process as whoever opens its socket sees it."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from curtilage.messages.discovery import exchange
from curtilage.messages.discovery.evaluator_process import EVALUATOR_MODULE, settings_of
from curtilage.messages.discovery.evaluator_server import read_frame, serve
from curtilage.messages.discovery.exchange import ASKED_BYTES_MAX, Kind, Status, encode_frame
from tests.messages.discovery.evaluators import config_in


@contextmanager
def served() -> Iterator[socket.socket]:
    """Its loop in a thread of this process."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)

    def run() -> None:
        with theirs:
            serve(theirs)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ours
    finally:
        ours.close()
        thread.join(20)
    assert not thread.is_alive()


def opened(folder: Path) -> bytes:
    return encode_frame(Kind.OPEN, settings_of(config_in(folder)).encode())


def test_it_answers_one_request_after_another(tmp_path: Path) -> None:
    with served() as channel:
        channel.sendall(opened(tmp_path))
        assert read_frame(channel) == bytes((Status.DONE,))
        channel.sendall(encode_frame(Kind.BEGIN, exchange.encode_begin(1, "9.0.42")) + encode_frame(Kind.OPEN))
        begun = read_frame(channel)
        states = exchange.decode_states(begun[1:])
        assert states is not None
        assert states[0].epoch == 1
        assert read_frame(channel) == bytes((Status.BAD,)), "it is opened once"


@pytest.mark.parametrize(
    "first",
    [b"", b"GET / HTTP/1.1\r\n\r\n", encode_frame(Kind.OPEN), encode_frame(Kind.END, bytes(4)), bytes(4), b"\xff" * 8],
)
def test_it_ends_when_it_is_not_opened(first: bytes) -> None:
    with served() as channel:
        channel.sendall(first)
        channel.shutdown(socket.SHUT_WR)
        assert _is_closed(channel)


@pytest.mark.parametrize("length", [0, ASKED_BYTES_MAX + 1, 2**32 - 1])
def test_it_ends_when_a_request_is_too_long_or_none(tmp_path: Path, length: int) -> None:
    with served() as channel:
        channel.sendall(opened(tmp_path))
        assert read_frame(channel)
        channel.sendall(length.to_bytes(4))
        assert _is_closed(channel)


def test_it_says_why_it_cannot_work(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "epoch-1.key").write_bytes(b"k" * 40)
    (tmp_path / "keys" / "epoch-1.key").chmod(0o644)
    with served() as channel:
        channel.sendall(opened(tmp_path))
        frame = read_frame(channel)
    assert frame[0] == Status.FAILED
    assert "chmod 600" in exchange.decode_words(frame[1:])


@pytest.mark.slow
def test_nobody_but_root_may_look_into_the_process() -> None:
    program = (
        "import ctypes, os; from curtilage.messages.discovery import evaluator_server\n"
        "evaluator_server._keep_to_itself(); print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), oct(os.umask(0)))"
    )
    shown = subprocess.run((sys.executable, "-c", program), check=True, capture_output=True, text=True).stdout
    assert shown.split() == ["0", "0o77"], "PR_GET_DUMPABLE (prctl(2)), and the mode of new files"


@pytest.mark.slow
def test_the_process_shows_nothing_and_ends_with_its_socket(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen((sys.executable, "-m", EVALUATOR_MODULE), stdin=theirs.fileno())
        ours.sendall(opened(tmp_path))
        assert read_frame(ours)[0] == Status.DONE
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        assert "Max core file size        0                    0" in limits
        command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert os.fsencode(tmp_path) not in command
    assert process.wait(20) == 0


def _is_closed(channel: socket.socket) -> bool:
    """Reset is closed too: what was said after the last request was not read."""
    try:
        return channel.recv(1) == b""
    except ConnectionResetError:
        return True
