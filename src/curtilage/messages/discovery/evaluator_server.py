"""The evaluator's process: ``python -m curtilage.messages.discovery.evaluator_server``, a socket as its standard input.

The server starts it (evaluator_process.py); it reads its keys itself, so the server never holds them, and ends when the
socket does. It writes no memory image when it crashes, and no process but root's may look into it. Against a server
that runs under the same name and reads the key files itself it is no wall: docs/spec/discovery.md says what it is.
"""

import contextlib
import ctypes
import os
import resource
import secrets
import socket
import sys
from pathlib import Path

from curtilage.clock import SystemClock
from curtilage.errors import CurtilageError
from curtilage.messages.discovery import exchange
from curtilage.messages.discovery.epoch_key import KeyFolder
from curtilage.messages.discovery.evaluator import Evaluator
from curtilage.messages.discovery.exchange import (
    ASKED_BYTES_MAX,
    LENGTH,
    EvaluatorSettings,
    Kind,
    Status,
    encode_frame,
)
from curtilage.messages.discovery.spent_file import SpentFile

_PR_SET_DUMPABLE = 4
"""prctl(2): nobody but root may attach, and no core is written."""


def serve(channel: socket.socket) -> None:
    """Answers until the other side closes, or says what is no request."""
    first = read_frame(channel)
    settings = EvaluatorSettings.decode(first[1:]) if first[:1] == bytes((Kind.OPEN,)) else None
    if settings is None:
        return
    try:
        evaluator = _open(settings)
    except CurtilageError as error:
        channel.sendall(encode_frame(Status.FAILED, exchange.encode_words(str(error))))
        return
    channel.sendall(evaluator.states())
    while frame := read_frame(channel):
        channel.sendall(evaluator.answer(frame[0], frame[1:]))


def read_frame(channel: socket.socket) -> bytes:
    """Kind and body; empty when the other side closed or says too much."""
    length = int.from_bytes(_read(channel, LENGTH.size))
    return _read(channel, length) if 0 < length <= ASKED_BYTES_MAX else b""


def _read(channel: socket.socket, length: int) -> bytes:
    """Exactly so many, or none."""
    octets = bytearray()
    while len(octets) < length:
        if not (some := channel.recv(length - len(octets))):
            return b""
        octets += some
    return bytes(octets)


def _open(settings: EvaluatorSettings) -> Evaluator:
    folder = KeyFolder(Path(settings.key_folder), secrets.token_bytes)
    spent = SpentFile(Path(settings.spent_file), folder.spent_key(), settings.accounts_count_max)
    return Evaluator(folder, spent, settings, SystemClock(spent.highest_ms()))


def _keep_to_itself() -> None:
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):  # Linux alone has it
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


if __name__ == "__main__":
    _keep_to_itself()
    with socket.socket(fileno=sys.stdin.fileno()) as inherited, contextlib.suppress(ConnectionError):
        serve(inherited)
