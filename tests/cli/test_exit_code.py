"""How commands end."""

import pytest

from curtilage.cli.choose import NoSuch, Unclear
from curtilage.cli.curtilage import code_of
from curtilage.cli.exit_code import Alarmed, Answered, ExitCode, Unreachable, of_status, table
from curtilage.errors import CurtilageError, OurError, PeerError, PersonError
from curtilage.settings import ConfigError
from curtilage.store.store import StoreBroken, StoreInUse
from curtilage.web.server import PortTaken

CASES: list[tuple[CurtilageError, ExitCode]] = [
    (Alarmed("x", "y"), ExitCode.ALARM),
    (NoSuch("x"), ExitCode.REFUSED),
    (Answered(404, "x", ""), ExitCode.REFUSED),
    (Answered(403, "x", ""), ExitCode.REFUSED),
    (Answered(409, "x", ""), ExitCode.REFUSED),
    (Answered(423, "x", ""), ExitCode.REFUSED),
    (Answered(429, "x", ""), ExitCode.REFUSED),
    (Answered(400, "x", ""), ExitCode.USAGE),
    (Answered(422, "x", ""), ExitCode.USAGE),
    (Unclear("x"), ExitCode.USAGE),
    (ConfigError("x"), ExitCode.USAGE),
    (PersonError("x"), ExitCode.USAGE),
    (Unreachable("x"), ExitCode.UNREACHABLE),
    (PortTaken(8480), ExitCode.UNREACHABLE),
    (StoreInUse("x"), ExitCode.UNREACHABLE),
    (Answered(503, "x", ""), ExitCode.FAILED),
    (StoreBroken("x"), ExitCode.FAILED),
    (OurError("x"), ExitCode.FAILED),
    (PeerError("x"), ExitCode.FAILED),
]


@pytest.mark.parametrize(("error", "code"), CASES, ids=lambda item: type(item).__name__)
def test_every_error_has_its_code(error: CurtilageError, code: ExitCode) -> None:
    assert code_of(error) is code


def test_every_code_says_what_it_means() -> None:
    for code in ExitCode:
        assert f"{code.value:>3}  {code.meaning}" in table()
    assert [code.value for code in ExitCode] == [0, 1, 2, 3, 4, 5, 130]


def test_every_status_of_a_problem_has_a_code() -> None:
    assert {of_status(status) for status in range(400, 600)} == {ExitCode.REFUSED, ExitCode.USAGE, ExitCode.FAILED}
