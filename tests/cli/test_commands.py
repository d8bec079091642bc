"""Every command, as a person types it, in both ways: beside a server and on its own."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from curtilage.cli.exit_code import ExitCode
from tests.cli.process import Ended, Place, free_port
from tests.origin.onvif_device import searching_alone

pytestmark = pytest.mark.slow

NOBODY_LISTENS = "rtsp://viewer:camera-secret@127.0.0.1:9/stream1"


@contextlib.contextmanager
def place_with(folder: Path, *, server: bool) -> Iterator[Place]:
    """A place, with a server that runs in it or without."""
    place = Place(folder)
    if not server:
        yield place
        return
    with place.running("serve", "--port", str(free_port())) as running:
        running.read_until("Ctrl-C stops it")
        yield place
        running.stop()


def good(ended: Ended) -> str:
    """What a command that worked said."""
    assert ended.code == ExitCode.OK, ended.err
    assert ended.err == ""
    return ended.out


@pytest.mark.parametrize("server", [True, False], ids=["beside a server", "on its own"])
def test_a_household_is_run_from_the_command_line(tmp_path: Path, server: bool) -> None:
    with place_with(tmp_path, server=server) as place:
        assert "Set-up code" in good(place.run("home", "create", "Elm Street 4"))
        home = ("--home", "Elm Street 4")
        assert "one more owner of Elm Street 4" in good(place.run("home", "code", "elm street 4"))
        assert "Elm Street 4" in good(place.run("home", "list"))
        assert "Joining code" in good(place.run("person", "add", "Ada", *home))
        assert "not yet" in good(place.run("person", "list", *home))
        added = good(place.run("camera", "add", "porch", NOBODY_LISTENS, "--sub", NOBODY_LISTENS + "b", *home))
        assert "porch does not answer. Check its power and Wi-Fi." in added
        (listed,) = json.loads(good(place.run(*home, "camera", "list", "--json")))
        # On its own the command has only just begun to look.
        assert listed["state"] in ({"reconnecting"} if server else {"connecting", "reconnecting"})
        assert "porch does not answer" in good(place.run("camera", "status", "PORCH", *home))
        assert "porch does not answer" in good(place.run("camera", "status", *home))
        assert "Ada may see porch until 20" in good(place.run("grant", "make", "Ada", "porch", "--until", "7d", *home))
        (grant,) = place.run("grant", "list", "--json", *home).json()
        assert grant["handle"] is None
        assert "Ada" in good(place.run("grant", "list", *home))
        assert "Revoked. The picture stopped after 0.0" in good(place.run("grant", "revoke", "Ada", "porch", *home))
        assert "Nobody may see" in good(place.run("grant", "list", *home))
        activity = good(place.run("activity", *home))
        assert "The operator revoked the grant of Ada for porch." in activity
        assert len(place.run("activity", "--count", "2", "--json", *home).json()) == 2
        assert "porch is removed" in good(place.run("camera", "remove", "porch", *home))
        assert "Ada is no longer" in good(place.run("person", "remove", "ada", *home))
    leaks = [file for file in tmp_path.rglob("*") if file.is_file() and b"camera-secret" in file.read_bytes()]
    assert leaks == []


REFUSED = [
    (("camera", "status", "shed"), ExitCode.REFUSED, "There is no camera 'shed'."),
    (("person", "remove", "Eve"), ExitCode.REFUSED, "There is no person 'Eve'."),
    (("grant", "revoke", "Eve", "shed"), ExitCode.REFUSED, "There is no such grant."),
    (("--home", "Oak", "camera", "list"), ExitCode.REFUSED, "There is no home 'Oak'."),
    (("grant", "make", "Ada", "porch", "--until", "soon"), ExitCode.USAGE, "'soon' is no time."),
    (("home", "create", ""), ExitCode.USAGE, ""),
    (("camera", "add", "x", "ftp://viewer:camera-secret@h/"), ExitCode.USAGE, ""),
    (("camera", "add", "x", "rtsp://viewer:camera-secret@:y/"), ExitCode.USAGE, ""),
    (("activity", "--count", "0"), ExitCode.USAGE, "count"),
    (("person", "add", "x" * 1000), ExitCode.USAGE, ""),
]


def test_what_cannot_be_done_is_said_in_a_sentence_with_its_code(tmp_path: Path) -> None:
    with place_with(tmp_path, server=True) as place:  # whose first run made one home
        for words, code, said in REFUSED:
            ended = place.run(*words)
            assert ended.code == code, (words, ended)
            assert ended.err.startswith("curtilage: ")
            assert said in ended.err
            assert ended.out == ""
            assert "camera-secret" not in ended.err
            assert "Traceback" not in ended.err


def test_an_account_is_closed_from_the_command_line(tmp_path: Path) -> None:
    with place_with(tmp_path, server=False) as place:
        good(place.run("home", "create", "Rose house"))
        refused = place.run("account", "close", "Alma")
        assert refused.code == ExitCode.REFUSED
        assert "Traceback" not in refused.err


def test_without_a_home_it_says_how_to_make_one(tmp_path: Path) -> None:
    ended = Place(tmp_path).run("camera", "list")
    assert ended.code == ExitCode.REFUSED
    assert "curtilage home create" in ended.err


def test_several_homes_need_a_name(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("home", "create", "Rose house")
    place.run("home", "create", "Birch flat")
    ended = place.run("camera", "list")
    assert ended.code == ExitCode.USAGE
    assert "Say which: --home NAME" in ended.err
    assert place.run("camera", "list", "--home", "rose HOUSE").out == "No cameras yet.\n"


def test_json_is_all_that_is_printed_when_asked_for(tmp_path: Path) -> None:
    place = Place(tmp_path)
    made = place.run("--json", "home", "create", "Rose house")
    assert set(json.loads(made.out)) == {"id", "name", "code"}
    assert place.run("camera", "list", "--json").json() == []
    assert place.run("grant", "list", "--json").json() == []
    assert place.run("camera", "status", "--json").json() == []


def test_an_address_on_standard_input_is_in_no_list_of_processes(tmp_path: Path) -> None:
    with place_with(tmp_path, server=False) as place:
        good(place.run("home", "create", "Rose house"))
        assert "porch is added" in good(place.run("camera", "add", "porch", "-", said=f"{NOBODY_LISTENS}\n"))
        assert place.run("camera", "add", "gate", "-", said="").code == ExitCode.USAGE


def test_a_key_is_chosen_and_cameras_are_searched_from_the_command_line(tmp_path: Path) -> None:
    with place_with(tmp_path, server=False) as place:
        good(place.run("home", "create", "Rose house"))
        good(place.run("camera", "add", "porch", "rtsps://viewer:camera-secret@127.0.0.1:9/s"))
        key = "sha256:" + "0a" * 32
        assert "porch is known by this key from now on" in good(place.run("camera", "trust", "porch", key))
        assert f"known by {key}" in good(place.run("camera", "status", "porch"))
        refused = place.run("camera", "trust", "porch", "any")
        assert refused.code == ExitCode.USAGE
        assert "64 hexadecimal digits" in refused.err
        with searching_alone():
            assert place.run("camera", "find", "--json").json() == []
            assert good(place.run("camera", "find")) == "No camera answered.\n"


def test_sound_is_off_until_it_is_switched_on(tmp_path: Path) -> None:
    with place_with(tmp_path, server=False) as place:
        good(place.run("home", "create", "Rose house"))
        good(place.run("camera", "add", "porch", NOBODY_LISTENS))
        assert "sound off" in good(place.run("camera", "status", "porch"))
        assert "The sound of porch is on." in good(place.run("camera", "sound", "porch", "on"))
        assert "none that can be played" in good(place.run("camera", "status", "porch"))
        assert "switched the sound of porch on" in good(place.run("activity"))
        assert "The sound of porch is off." in good(place.run("camera", "sound", "porch", "off"))
        assert place.run("camera", "sound", "porch", "loud").code == ExitCode.USAGE
