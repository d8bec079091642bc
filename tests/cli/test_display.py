"""Displays from the command line, beside a running server: the display waits at its page meanwhile."""

import re
import time
from pathlib import Path

import httpx
import pytest

from curtilage.cli.exit_code import ExitCode
from tests.cli.process import Place, free_port
from tests.cli.test_commands import NOBODY_LISTENS, good

pytestmark = pytest.mark.slow
AWAY_S = 5.5
"""A display that asked nothing for this long is not here (web/display_news.py)."""


def test_a_display_is_paired_listed_woken_and_removed(tmp_path: Path) -> None:
    place, port = Place(tmp_path), free_port()
    with place.running("serve", "--port", str(port)) as running:
        running.read_until("Ctrl-C stops it")
        for camera in ("porch", "yard"):
            place.run("camera", "add", camera, NOBODY_LISTENS)
        origin = f"http://localhost:{port}"
        with httpx.Client(base_url=origin, headers={"Origin": origin}, trust_env=False) as display:
            code = display.post("/api/v1/display/pairing").json()["code"]
            assert re.fullmatch(r"[B-Z]{4}-[B-Z]{4}", code)
            pair = ("display", "pair", code.lower(), "--name", "Kitchen", "--camera", "PORCH")
            said = good(place.run(*pair, "--camera", "yard", "--until", "12h"))
            assert said.startswith("Kitchen is paired. It may show porch, yard until 2")
            again = place.run(*pair)
            assert (again.code, again.out) == (ExitCode.USAGE, "")
            assert "A display of this home has this name." in again.err
            used = place.run(*pair[:3], "--name", "Hall", *pair[5:])
            assert (used.code, used.out) == (ExitCode.REFUSED, "")
            assert "No display waits with this code." in used.err
            state = display.get("/api/v1/display").json()
            assert (state["state"], len(state["cameras"])) == ("paired", 2)
            assert "porch until 2" in good(place.run("display", "list"))
            (listed,) = place.run("display", "list", "--json").json()
            assert [grant["camera_name"] for grant in listed["grants"]] == ["porch", "yard"]
            time.sleep(AWAY_S)
            assert "Kitchen is not here" in good(place.run("display", "wake", "kitchen"))
            assert place.run("display", "wake", "kitchen", "--json").json() == {"here": False}
            assert good(place.run("display", "remove", "Kitchen")) == "Kitchen is unpaired; its grants ended.\n"
            assert display.get("/api/v1/display").json()["state"] == "unpaired"
        assert good(place.run("display", "list")) == "No displays yet.\n"
        assert "The operator unpaired the display Kitchen." in good(place.run("activity"))
        running.stop()


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("home", "create", "Elm")
    for words, code, said in (
        (("display", "remove", "Hall"), ExitCode.REFUSED, "There is no display 'Hall'."),
        (
            ("display", "pair", "x", "--name", "Hall", "--camera", "shed"),
            ExitCode.REFUSED,
            "There is no camera 'shed'.",
        ),
        (("display", "pair", "x", "--name", "Hall", "--camera", "y", "--until", "soon"), ExitCode.USAGE, "no time"),
        (("display", "pair", "x", "--name", "Hall"), ExitCode.USAGE, "--camera"),
    ):
        ended = place.run(*words)
        assert (ended.code, ended.out) == (code, "")
        assert said in ended.err
