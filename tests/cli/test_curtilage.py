"""The command line's own part: settings, errors, ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from curtilage import __version__
from curtilage.cli.exit_code import ExitCode
from tests.cli.process import Place

pytestmark = pytest.mark.slow

BAD_SETTINGS = [
    ("prot = 8480\n", "Unknown setting: prot"),
    ("port = 99999\n", "port must lie between"),
    ('port = "x"\n', "port must be a number"),
    ("port = \n", "cannot be read as settings"),
]


@pytest.mark.parametrize(("text", "said"), BAD_SETTINGS)
def test_a_mistake_in_the_settings_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    ended = Place(tmp_path).run("--config", str(tmp_path / "settings.toml"), "home", "list")
    assert ended.code == ExitCode.USAGE
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_settings_that_are_not_there_are_said_to_be(tmp_path: Path) -> None:
    ended = Place(tmp_path).run("home", "list", "--config", str(tmp_path / "none.toml"))
    assert ended.code == ExitCode.USAGE
    assert "none.toml" in ended.err


def test_the_data_folder_can_be_typed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("home", "create", "Rose house", "--data", str(tmp_path / "other"))
    assert (tmp_path / "other" / "curtilage.sqlite").exists()
    assert not (tmp_path / "data").exists()


def test_a_mistyped_data_folder_is_not_made(tmp_path: Path) -> None:
    place, mistyped = Place(tmp_path), tmp_path / "mistyped"
    for words in (("home", "list"), ("person", "list"), ("activity",), ("home", "code", "Rose house")):
        ended = place.run("--data", str(mistyped), *words)
        assert ended.code == ExitCode.REFUSED
        assert f"There is no data in {mistyped}" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_said(tmp_path: Path) -> None:
    ended = Place(tmp_path).run("--version")
    assert (ended.code, ended.out) == (ExitCode.OK, f"curtilage {__version__}\n")


def test_another_root_key_is_said_to_be_one(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("home", "create", "Rose house")
    (tmp_path / "keys" / "root.key").write_bytes(b"o" * 32)
    ended = place.run("home", "list")
    assert ended.code == ExitCode.USAGE
    assert "is another one than this data was made with" in ended.err
    assert "Restore" not in ended.err


def test_a_root_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("home", "create", "Rose house")
    (tmp_path / "keys" / "root.key").chmod(0o644)
    ended = place.run("home", "list")
    assert ended.code == ExitCode.USAGE
    assert "chmod 600" in ended.err


def test_a_lost_root_key_is_not_quietly_replaced(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("home", "create", "Rose house")
    (tmp_path / "keys" / "root.key").unlink()
    ended = place.run("home", "list")
    assert ended.code != ExitCode.OK
    assert "root key" in ended.err.lower()
    assert not (tmp_path / "keys" / "root.key").exists()


def test_bytes_that_are_no_text_are_said_to_be_none(tmp_path: Path) -> None:
    ended = Place(tmp_path).run("home", "create", os.fsdecode(b"Rose \xff"))
    assert ended.code == ExitCode.USAGE
    assert "Traceback" not in ended.err


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("home", "create", "Rose house")
    command = [sys.executable, "-m", "curtilage", "activity", "--json"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, env=place.environment(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.returncode == ExitCode.OK
    assert done.stderr == b""
