"""Grant revoked → last byte to any of 200 viewers: WebRTC, sealed stream and Motion JPEG together, slow readers too.

One person and one grant; 80 viewers by WebRTC in a process of their own, 104 streaming connections with a view each, 16
by Motion JPEG (as many as a server shows at once). A share of those over TCP reads far slower than the camera sends, so
that their data waits in every buffer there is. The clock starts when the order to revoke is sent over HTTP, and stops
for each viewer at its last byte: over TCP at the reset of its connection, where that came later; by WebRTC at its last
packet of media, the machine's one clock being read where that came.
"""

import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.household import Household, SignedIn

from benchmarks.figures import Figure, median
from benchmarks.viewer import Reader, Session, StillsViewer, Viewer, watch
from benchmarks.viewers_process import report_of, viewers_process
from benchmarks.warm_home import warm_home

WEBRTC_COUNT, SEALED_COUNT, STILLS_COUNT = 80, 104, 16
SEALED_SLOW_COUNT, STILLS_SLOW_COUNT = 40, 6
VIEWERS_COUNT = WEBRTC_COUNT + SEALED_COUNT + STILLS_COUNT
ROUNDS_COUNT = 3
_SETTLE_S = 4.0
_FIRST_BYTE_S = 60.0
_WAIT_S = 20.0
_SETTINGS = {
    "streams_per_account_count_max": SEALED_COUNT + STILLS_COUNT + 10,
    "webrtc_views_per_account_count_max": WEBRTC_COUNT + 10,
    "webrtc_offers_per_minute_max": 1000,
    "webrtc_connect_s": 120,
    "stills_at_once_per_home_count_max": STILLS_COUNT,
    "stills_per_minute_max": 1000,
}


@dataclass(frozen=True, slots=True)
class Round:
    """ms from the order to each viewer's last byte, by delivery."""

    by_delivery: Mapping[str, Sequence[float]]
    last_rtp_count: int
    """Viewers by WebRTC to whom media came after the order."""

    @property
    def worst_ms(self) -> float:
        """Of all."""
        return max(ms for times in self.by_delivery.values() for ms in times)


def measure() -> list[Figure]:
    """The worst of all viewers in each round; the figure is the worst round's."""
    with warm_home(**_SETTINGS) as home:
        rounds = [_round(home.household, home.owner, home.camera) for _ in range(ROUNDS_COUNT)]
    words = f"{WEBRTC_COUNT} WebRTC, {SEALED_COUNT} sealed stream, {STILLS_COUNT} MJPEG"
    return [
        Figure(
            f"revoked → last byte to any of {VIEWERS_COUNT} viewers ({words})",
            200,
            max(round_.worst_ms for round_ in rounds),
            "ms",
            detail=_detail(rounds),
        )
    ]


def _detail(rounds: Sequence[Round]) -> dict[str, float | str]:
    detail: dict[str, float | str] = {"worst in each round": _joined([round_.worst_ms for round_ in rounds])}
    for delivery in rounds[0].by_delivery:
        times = [round_.by_delivery[delivery] for round_ in rounds]
        detail[f"{delivery}: worst in each round"] = _joined([max(each) for each in times])
        detail[f"{delivery}: median viewer"] = median([ms for each in times for ms in each])
    late = " / ".join(str(round_.last_rtp_count) for round_ in rounds)
    return detail | {f"of the {WEBRTC_COUNT} by WebRTC, media after the order came to": late}


def _joined(times: Sequence[float]) -> str:
    return " / ".join(f"{ms:.0f}" for ms in times)


def _round(household: Household, owner: SignedIn, camera: str) -> Round:
    granted = owner.ask("POST", f"/homes/{owner.home}/grants", {"camera": camera, "person": owner.person})
    handle, grant = str(granted.json()["handle"]), str(granted.json()["id"])
    session = Session(household.port, owner.cookie, owner.csrf)
    with viewers_process("benchmarks.revocation_webrtc", WEBRTC_COUNT, owner, handle) as viewers_by_webrtc:
        sealed = [Viewer(session, slow=number < SEALED_SLOW_COUNT) for number in range(SEALED_COUNT)]
        for viewer in sealed:
            viewer.open_view(handle)
        stills = [StillsViewer(session, handle, slow=number < STILLS_SLOW_COUNT) for number in range(STILLS_COUNT)]
        readers: list[Reader] = [*sealed, *stills]
        _watch_until_all_see(readers)
        ordered_s = _revoked(session, owner.home, grant, readers)
        left = [f"{type(reader).__name__}, slow: {reader.slow}" for reader in readers if not reader.ended]
        assert not left, f"not cut: {left}"
        said = report_of(viewers_by_webrtc)
    for reader in readers:
        reader.socket.close()
    assert all(count > 0 for count in said["packets"]), "a viewer by WebRTC got nothing"
    assert all(before > ordered_s - 1 for before in said["last_s"]), "a viewer by WebRTC had lost its picture before"
    by_delivery = {
        "WebRTC": [max(0.0, last_s - ordered_s) * 1000 for last_s in said["last_s"]],
        "sealed stream": [(viewer.last_s - ordered_s) * 1000 for viewer in sealed],
        "MJPEG": [(viewer.last_s - ordered_s) * 1000 for viewer in stills],
    }
    return Round(by_delivery, sum(last_s > ordered_s for last_s in said["last_s"]))


def _watch_until_all_see(readers: Sequence[Reader]) -> None:
    """Decoders of Motion JPEG take their time to start."""
    end = time.monotonic() + _FIRST_BYTE_S
    while not all(reader.received for reader in readers) and time.monotonic() < end:
        watch(readers, 0.5)
    watch(readers, _SETTLE_S)
    assert all(reader.received and not reader.ended for reader in readers), "a viewer got nothing"


def _revoked(session: Session, home: str, grant: str, readers: Sequence[Reader]) -> float:
    """Revoke, and watch until all have ended; when it was ordered."""
    ordered: list[float] = []
    answers: list[bytes] = []

    def revoke() -> None:
        # The connection stands before the clock starts, as a browser's does when a person presses the button.
        with socket.create_connection(("127.0.0.1", session.port)) as asking:
            time.sleep(0.5)
            ordered.append(time.monotonic())
            asking.sendall(session.head("DELETE", f"/api/v1/homes/{home}/grants/{grant}", 0))
            answers.append(asking.recv(65536))

    order = threading.Thread(target=revoke)
    order.start()
    watch(readers, _WAIT_S)
    order.join()
    assert answers[0].startswith(b"HTTP/1.1 200"), answers[0][:200]
    time.sleep(1)  # what comes later by WebRTC would be seen
    return ordered[0]
