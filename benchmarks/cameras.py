"""``make bench-cameras``: every figure the cameras are to reach. Prints a table, writes JSON.

    python benchmarks/cameras.py [--only first-frame,input-cost,…] [--network tun|proxy] [--json FILE]

Needs the real parts: Chromium, GStreamer's RTSP server, PyAV. Talks to loopback only and stops by itself. These are
benchmarks and not tests: the exit status says whether they ran, the table whether the figures were reached.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.origin.clip import BENCHMARK, clip_file
from tests.origin.running import running_origin

from benchmarks import (
    first_frame,
    grant_checks,
    hls,
    hls_revocation,
    hls_viewers,
    input_cost,
    player,
    poor_network,
    revocation,
    swaps,
    whep,
)
from benchmarks.figures import Figure, table, write
from benchmarks.warm_home import CLIPS

RESULTS = Path(__file__).parent / "results" / "cameras.json"


def _input_cost() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        mounts = ("--mounts", str(input_cost.CAMERAS_COUNT))
        with running_origin(Path(name), clip_file(CLIPS, BENCHMARK), *mounts) as origin:
            return input_cost.measure(origin.port)


MEASUREMENTS: Mapping[str, Callable[[], list[Figure]]] = {
    "first-frame": first_frame.measure,
    "input-cost": _input_cost,
    "revocation": revocation.measure,
    "swaps": swaps.measure,
    "grant-checks": grant_checks.measure,
    "hls": hls.measure,
    "hls-viewers": hls_viewers.measure,
    "hls-revocation": hls_revocation.measure,
    "whep": whep.measure,
    "player": player.measure,
    "poor-network": poor_network.measure,
}


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="some of: " + ", ".join(MEASUREMENTS))
    parser.add_argument("--network", choices=("tun", "proxy"), default="", help="the poor one; else: what may be had")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    arguments = parser.parse_args()
    figures = []
    for name in arguments.only.split(","):
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        found = poor_network.measure(arguments.network) if name == "poor-network" else MEASUREMENTS[name]()
        print(table(found), flush=True)
        figures += found
        # After each, so that a later one that breaks takes nothing with it.
        write(figures, arguments.json)
    print(table(figures))


if __name__ == "__main__":
    main()
