"""Encrypts one viewer's packets (SRTP) and hands them to the kernel, many with one system call.

What a packet costs is mostly the call that sends it. Packets of one length that go to one place leave as a *run*: Linux
cuts it into datagrams itself (its generic segmentation, udp(7)), the last of which may be shorter. A picture is such a
run, because all its packets but the last are full. Where the kernel or the way out has no runs, each packet is sent by
itself. Over TCP (ice_tcp_link.py) the connection takes a run and writes its packets in frames.

The buffer is the viewer's own, never shared: what stands in it from before can only be this viewer's.

It uses the private parts of pylibsrtp that ``Session.protect`` uses, without its two copies; see webrtc.py for why that
may be.
"""

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from typing import Any

from pylibsrtp import SRTP_MAX_TRAILER_LEN
from pylibsrtp._binding import ffi, lib

BUFFER_BYTES = 24 * 1024
"""A run has no more: some twenty packets, a picture of most cameras."""
RUN_OPTION = 103
"""Of UDP in linux/udp.h: of what size a run's datagrams are. The socket module has no name for it."""
_SIZE = struct.Struct("H")
_HAS_RUNS = sys.platform == "linux"

Address = tuple[str, int]
SendTo = Callable[[bytes, Address], None]
SendRun = Callable[[memoryview, int], None]


class SrtpSocket:
    """One viewer's. ``session`` is pylibsrtp's; packets go out of ``transport`` to ``address``."""

    def __init__(self, session: Any, transport: Any, address: Address, run_option: int = RUN_OPTION) -> None:
        self._session = session  # else what is behind the pointer were freed
        self._srtp = session._srtp[0]
        self._sendto: SendTo = transport.sendto
        self._send_run: SendRun = getattr(transport, "send_run", self._each)
        self._address = address
        self._run_option = run_option
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._start: Any = ffi.from_buffer("char[]", self._buffer) + 0
        self._length: Any = ffi.new("int *")
        self._socket = _second(transport)
        self._has_runs = _HAS_RUNS and self._socket is not None
        self._closed = False
        self.calls_count = 0
        """System calls made, to tell what a packet costs."""

    def send(self, packets: Iterable[bytes]) -> None:
        """Encrypt and send them in this order. One too old for SRTP's window (RFC 3711 §3.3.2) is left out."""
        if self._closed:
            return
        view, start, length, srtp = self._view, self._start, self._length, self._srtp
        protect = lib.srtp_protect
        begin = end = size = 0
        for packet in packets:
            count = len(packet)
            if end + count + SRTP_MAX_TRAILER_LEN > BUFFER_BYTES:
                self._leave(begin, end, size)
                begin = end = size = 0
            view[end : end + count] = packet
            length[0] = count
            if protect(srtp, start + end, length) != 0:
                continue
            count = length[0]
            if size and count > size:
                self._leave(begin, end, size)
                begin, size = end, 0
            end += count
            size = size or count
            if count < size:
                self._leave(begin, end, size)
                begin, size = end, 0
        self._leave(begin, end, size)

    def close(self) -> None:
        """Idempotent. Nothing is sent after it."""
        self._closed = True
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _leave(self, begin: int, end: int, size: int) -> None:
        """Datagrams of ``size``, the last of what remains."""
        if begin == end:
            return
        run = self._view[begin:end]
        if self._socket is None:
            self._send_run(run, size)
            return
        self.calls_count += 1
        try:
            if end - begin <= size:
                self._socket.sendto(run, self._address)
            elif self._has_runs:
                cut = (socket.IPPROTO_UDP, self._run_option, _SIZE.pack(size))
                self._socket.sendmsg((run,), (cut,), 0, self._address)
            else:
                self._each(run, size)
        except BlockingIOError:
            self._each(run, size)
        except OSError:
            # Not this kernel, not this way out, or nowhere: the transport knows what to make of the latter.
            self._has_runs = False
            self._each(run, size)

    def _each(self, run: memoryview, size: int) -> None:
        """One by one, by the transport: it keeps what the kernel has no room for at the moment."""
        for place in range(0, len(run), size):
            self._sendto(bytes(run[place : place + size]), self._address)


def _second(transport: Any) -> socket.socket | None:
    """The transport's socket under a second descriptor: the first is closed, and its number given to another, whenever
    the transport pleases. None: it is no plain socket (a TURN server's relay).
    """
    first = transport.get_extra_info("socket")
    if first is None or getattr(first, "type", None) != socket.SOCK_DGRAM:
        return None
    number = os.dup(first.fileno())
    try:
        second = socket.socket(fileno=number)
    except OSError:
        with contextlib.suppress(OSError):
            os.close(number)
        return None
    second.setblocking(False)
    return second
