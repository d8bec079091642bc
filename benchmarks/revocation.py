"""Grant revoked → last byte to any of 200 viewers, a fifth of them slow readers.

One person, one grant, 200 streaming connections with a view each; 40 of them read far slower than the camera sends, so
that their data waits in every buffer there is. The clock starts when the order to revoke is sent over HTTP and stops
when the last connection is reset; bytes that come later would stop it later.
"""

import socket
import tempfile
import threading
import time
from pathlib import Path

from tests.household import Household, SignedIn, running_household
from tests.origin.clip import BENCHMARK, clip_file
from tests.origin.running import running_origin

from benchmarks.figures import Figure, median
from benchmarks.first_frame import CLIPS, warm_camera
from benchmarks.viewer import Session, Viewer, watch

VIEWERS_COUNT = 200
SLOW_EVERY = 5
ROUNDS_COUNT = 3
_SETTLE_S = 4.0
_WAIT_S = 5.0


def measure() -> list[Figure]:
    """The worst of all viewers in each round; the figure is the worst round's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = {"streams_per_account_count_max": VIEWERS_COUNT + 10}
        with (
            running_origin(folder, clip_file(CLIPS, BENCHMARK)) as origin,
            running_household(folder, **many) as household,
        ):
            owner = household.home("Rose house", "Alma")
            camera = warm_camera(owner, origin)
            rounds = [_round(household, owner, camera) for _ in range(ROUNDS_COUNT)]
    worst = [max(times) for times in rounds]
    return [
        Figure(
            f"revoked → last byte to any of {VIEWERS_COUNT} viewers",
            200,
            max(worst),
            "ms",
            detail={"median viewer": median(rounds[0]), "worst in each round": " / ".join(f"{ms:.0f}" for ms in worst)},
        )
    ]


def _round(household: Household, owner: SignedIn, camera: str) -> list[float]:
    """ms from the order to each viewer's last byte, or to its reset where that came later."""
    granted = owner.ask("POST", f"/homes/{owner.home}/grants", {"camera": camera, "person": owner.person})
    handle, grant = str(granted.json()["handle"]), str(granted.json()["id"])
    session = Session(household.port, owner.cookie, owner.csrf)
    viewers = [Viewer(session, slow=number % SLOW_EVERY == 0) for number in range(VIEWERS_COUNT)]
    for viewer in viewers:
        viewer.open_view(handle)
    watch(viewers, _SETTLE_S)
    assert all(viewer.received and viewer.ended_s is None for viewer in viewers), "a viewer got nothing"
    ordered: list[float] = []

    def revoke() -> None:
        # The connection stands before the clock starts, as a browser's does when a person presses the button.
        with socket.create_connection(("127.0.0.1", household.port)) as asking:
            time.sleep(0.5)
            ordered.append(time.monotonic())
            asking.sendall(session.head("DELETE", f"/api/v1/homes/{owner.home}/grants/{grant}", 0))
            answers.append(asking.recv(65536))

    answers: list[bytes] = []
    order = threading.Thread(target=revoke)
    order.start()
    watch(viewers, _WAIT_S)
    order.join()
    assert answers[0].startswith(b"HTTP/1.1 200"), answers[0][:200]
    assert all(viewer.ended_s is not None for viewer in viewers), "a viewer was not cut"
    for viewer in viewers:
        viewer.socket.close()
    return [(viewer.last_s - ordered[0]) * 1000 for viewer in viewers]
