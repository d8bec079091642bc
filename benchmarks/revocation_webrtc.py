"""The viewers by WebRTC of revocation.py, in one process: each notes when its last packet of media came.

They are those of whep_viewers.py: aiortc shakes hands, and media is counted before it is decrypted. Reads one line of
JSON (port, cookie, csrf, handle) from standard input, says ``connected``, and when its input closes, one line of JSON:
how many packets came to each, and when the last one did, by the machine's monotonic clock.
"""

import asyncio
import json
import sys
import time
from typing import Any

from benchmarks.whep_viewers import CountingViewer, connect


class TimingViewer(CountingViewer):
    """One view."""

    def __init__(self) -> None:
        super().__init__()
        self.last_s = 0.0

    def _count_at(self, protocol: Any) -> None:
        super()._count_at(protocol)
        counted = protocol.datagram_received

        def datagram_received(data: bytes, address: Any) -> None:
            before = self.packets_count
            counted(data, address)
            if self.packets_count > before:
                self.last_s = time.monotonic()

        protocol.datagram_received = datagram_received


async def main(count: int) -> None:
    """See the module's text."""
    viewers = [TimingViewer() for _ in range(count)]
    await connect(viewers)
    await asyncio.to_thread(sys.stdin.read)
    said = {
        "packets": [viewer.packets_count for viewer in viewers],
        "last_s": [viewer.last_s for viewer in viewers],
    }
    print(json.dumps(said), flush=True)
    await asyncio.gather(*(viewer.connection.close() for viewer in viewers))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
