"""Carries packets between two network namespaces over a pair of TUN devices, as poorly as it is told to.

    unshare --net -- …          the near side: whoever starts this, in a namespace of its own
    python -m tests.network.relay

The far side is a new namespace that this process makes and lives in; programs enter it by its process id. Both have the
device ``poor0``. The near side is 127.0.0.1 and 10.9.0.1, the far side 127.0.0.2 and 10.9.0.2: a browser on the far
side reaches ``localhost`` of the near one over the poor network, end to end, so that it is a secure context.

Standard input: one line of JSON for each change, the fields of ``Kind``. It prints ``ready`` first, answers each line
with ``done``, and ends when standard input closes. It needs root. Nothing is left behind: both namespaces and their
devices go with the processes inside.
"""

import ctypes
import fcntl
import heapq
import json
import os
import select
import struct
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from tests.network.link import Kind, Link

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x0001 | 0x1000
_PACKET_BYTES_MAX = 2048
_UDP = 17
_WAITING_COUNT_MAX = 20_000
NEAR, FAR = ("127.0.0.1", "10.9.0.1"), ("127.0.0.2", "10.9.0.2")
DEVICE = "poor0"


def _open_device() -> int:
    number = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(number, _TUNSETIFF, struct.pack("16sH22s", DEVICE.encode(), _IFF_TUN_NO_PI, b""))
    return number


def _configure(own: tuple[str, str], other: tuple[str, str]) -> None:
    """In the namespace this process is in. Loopback addresses are no martians on this device."""
    for name in ("all", DEVICE):
        for setting, value in (("route_localnet", "1"), ("rp_filter", "0")):
            Path(f"/proc/sys/net/ipv4/conf/{name}/{setting}").write_text(value, encoding="ascii")
    commands = ["link set lo up", "addr del 127.0.0.1/8 dev lo", f"addr add {own[0]}/32 dev lo"]
    commands += [f"link set {DEVICE} mtu 1400 up", f"addr add {own[1]}/32 dev {DEVICE}"]
    commands += [f"route add {address}/32 dev {DEVICE} src {mine}" for address, mine in zip(other, own, strict=True)]
    for command in commands:
        subprocess.run(["ip", *command.split()], check=True)


def _devices() -> tuple[int, int]:
    """Near and far; afterwards this process is in the far namespace."""
    near = _open_device()
    _configure(NEAR, FAR)
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "no namespace for the far side: this needs root")
    far = _open_device()
    _configure(FAR, NEAR)
    return near, far


def _is_udp(packet: bytes) -> bool:
    """Over IPv4 (RFC 791 §3.1), which is all that both sides have."""
    return packet[0] >> 4 == 4 and packet[9] == _UDP


def _carry(near: int, far: int) -> None:
    links = {near: (Link(Random(1)), far), far: (Link(Random(2)), near)}
    waiting: list[tuple[float, int, int, bytes]] = []
    count = 0
    while True:
        wait_s = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select([sys.stdin, near, far], [], [], wait_s)
        for number in (number for number in (near, far) if number in readable):
            link, other = links[number]
            packet = os.read(number, _PACKET_BYTES_MAX)
            leaves_s = link.leaves_s(time.monotonic(), len(packet)) if link.kind.udp or not _is_udp(packet) else None
            if leaves_s is not None and len(waiting) < _WAITING_COUNT_MAX:
                count += 1
                heapq.heappush(waiting, (leaves_s, count, other, packet))
        if sys.stdin in readable:
            line = sys.stdin.readline()
            if not line:
                return
            for link, _ in links.values():
                link.kind = Kind(**json.loads(line))
            print("done", flush=True)
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, other, packet = heapq.heappop(waiting)
            os.write(other, packet)


def main() -> None:
    """Until standard input closes."""
    near, far = _devices()
    print("ready", flush=True)
    _carry(near, far)


if __name__ == "__main__":
    main()
