"""What may be typed."""

from pathlib import Path

import pytest

from curtilage.cli.arguments import make_parser
from curtilage.cli.commands import COMMANDS
from curtilage.cli.exit_code import ExitCode

TYPED = [
    ("home create Elm", ("home", "create")),
    ("home code Elm", ("home", "code")),
    ("home list", ("home", "list")),
    ("person add Ada --owner", ("person", "add")),
    ("person list", ("person", "list")),
    ("person remove Ada", ("person", "remove")),
    ("person code Ada", ("person", "code")),
    ("account close ada", ("account", "close")),
    ("camera add porch rtsp://192.0.2.10/s", ("camera", "add")),
    ("camera add porch onvif://192.0.2.10", ("camera", "add")),
    ("camera add porch rtsp://192.0.2.10/s --sub rtsp://192.0.2.10/t", ("camera", "add")),
    ("camera find", ("camera", "find")),
    ("camera trust porch sha256:00", ("camera", "trust")),
    ("camera sound porch on", ("camera", "sound")),
    ("camera list", ("camera", "list")),
    ("camera status", ("camera", "status")),
    ("camera status porch", ("camera", "status")),
    ("camera remove porch", ("camera", "remove")),
    ("camera unlock porch", ("camera", "unlock")),
    ("grant make Ada porch --until 12h", ("grant", "make")),
    ("grant list", ("grant", "list")),
    ("grant revoke Ada porch", ("grant", "revoke")),
    ("grant revoke abc", ("grant", "revoke")),
    ("display pair BCDF-GHJK --name Kitchen --camera porch --camera yard --until 12h", ("display", "pair")),
    ("display list", ("display", "list")),
    ("display wake Kitchen", ("display", "wake")),
    ("display remove Kitchen", ("display", "remove")),
    ("certificate show", ("certificate", "show")),
    ("certificate renew", ("certificate", "renew")),
    ("activity --count 3 --before 9", ("activity", None)),
]


@pytest.mark.parametrize(("line", "command"), TYPED)
def test_every_command_can_be_typed_and_run(line: str, command: tuple[str, str | None]) -> None:
    typed = make_parser().parse_args(line.split())
    assert (typed.noun, getattr(typed, "verb", None)) == command
    assert command in COMMANDS


def test_every_command_is_tried_above() -> None:
    assert set(COMMANDS) == {command for _, command in TYPED}


@pytest.mark.parametrize("line", ["--json --home Elm --data d home list", "home list --json --home Elm --data d"])
def test_what_goes_with_every_command_stands_before_or_after_it(line: str) -> None:
    typed = make_parser().parse_args(line.split())
    assert (typed.json, typed.home, typed.data, typed.config) == (True, "Elm", Path("d"), None)


def test_nothing_is_asked_for_that_was_not_typed() -> None:
    typed = make_parser().parse_args(["home", "list"])
    assert (typed.json, typed.home, typed.data, typed.config) == (False, None, None, None)


@pytest.mark.parametrize(
    "line", ["", "house", "home", "home create", "camera add porch", "serve --port x", "home list x"]
)
def test_a_wrong_line_ends_with_the_usage_code(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        make_parser().parse_args(line.split())
    assert ended.value.code == ExitCode.USAGE
    assert "usage: curtilage" in capsys.readouterr().err


def test_help_lists_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        make_parser().parse_args(["--help"])
    assert ended.value.code == ExitCode.OK
    said = capsys.readouterr().out
    for code in ExitCode:
        assert code.meaning in said
