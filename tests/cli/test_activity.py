"""The activity at the command line: words, evidence, and an exit code when somebody changed it."""

from pathlib import Path

import apsw
import pytest

from curtilage.cli.exit_code import ExitCode
from tests.cli.process import Place
from tests.consent.evidence_reader import checkpoint

pytestmark = pytest.mark.slow


def place_with_a_home(folder: Path) -> Place:
    place = Place(folder)
    assert place.run("home", "create", "Rose house").code == ExitCode.OK
    assert place.run("person", "add", "Ada").code == ExitCode.OK
    return place


def changed(folder: Path, sql: str) -> None:
    connection = apsw.Connection(str(folder / "data" / "curtilage.sqlite"))
    connection.execute(sql)
    assert connection.changes() > 0
    connection.close()


def test_checkpoint_and_key_are_printed_to_be_kept_and_verify(tmp_path: Path) -> None:
    place = place_with_a_home(tmp_path)
    key, note = place.run("activity", "--key"), place.run("activity", "--checkpoint")
    assert (key.code, note.code, key.err, note.err) == (0, 0, "", "")
    newest = place.run("activity", "--count", "1", "--json").json()[0]["position"]
    assert checkpoint(note.out, key.out.strip()).size == newest + 1
    state = place.run("activity", "--checkpoint", "--json").json()
    assert state == {"verifier_key": key.out.strip(), "checkpoint": note.out, "alarm": ""}
    assert place.run("activity", "--checkpoint", "--key").code == ExitCode.USAGE


def test_a_shortened_ledger_shows_what_is_left_under_an_alarm_and_ends_with_its_own_code(tmp_path: Path) -> None:
    place = place_with_a_home(tmp_path)
    newest = "position = (SELECT max(position) FROM inside_ledger_entries)"
    changed(tmp_path, f"DELETE FROM inside_ledger_entries WHERE {newest}")  # noqa: S608  a constant
    ended = place.run("activity")
    assert ended.code == ExitCode.ALARM
    assert ended.out.splitlines()[1].startswith("ALARM")
    assert "created this home" in ended.out
    assert "changed from outside" in ended.err
    in_json = place.run("activity", "--json")
    assert in_json.code == ExitCode.ALARM
    first, *left = in_json.json()
    assert (first["position"], first["kind"]) == (None, "alarm")
    assert [entry["position"] for entry in left] == list(range(len(left) - 1, -1, -1))
    kept = place.run("activity", "--checkpoint", "--json")
    assert (kept.code, kept.json()["checkpoint"]) == (ExitCode.ALARM, None)
    assert "no checkpoint that fits" in place.run("activity", "--checkpoint").out


def test_erased_entries_are_an_alarm_too(tmp_path: Path) -> None:
    place = place_with_a_home(tmp_path)
    changed(tmp_path, "UPDATE inside_ledger_entries SET salt = NULL, payload = NULL WHERE position = 0")
    ended = place.run("activity")
    assert ended.code == ExitCode.ALARM
    assert "changed or erased from outside" in ended.out
    assert place.run("activity", "--checkpoint").out.startswith("curtilage/")
