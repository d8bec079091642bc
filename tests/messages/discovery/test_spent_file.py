"""What was spent survives restarts, names nobody and stays bounded."""

import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from curtilage.messages.discovery.allowance import Allowance, Later
from curtilage.messages.discovery.spent_file import FULL_WAIT_MS, Charge, SpentFile, SpentNotKept

KEY = b"k" * 32
ALLOWANCE = Allowance(100, 10)
HOUR_MS = 3_600_000


def opened(folder: Path, count_max: int = 100, key: bytes = KEY) -> SpentFile:
    return SpentFile(folder / "spent.db", key, count_max)


def charge(count: int, who: bytes = b"ada") -> list[Charge]:
    return [Charge(who, count, ALLOWANCE)]


def test_what_was_spent_is_spent_after_a_restart(tmp_path: Path) -> None:
    spent = opened(tmp_path)
    assert spent.take(charge(100), 1_000) is None
    assert spent.take(charge(1, b"bo"), 2_000) is None
    spent.close()
    again = opened(tmp_path)
    assert again.take(charge(1), 1_000) == Later(HOUR_MS // 10)
    assert again.take(charge(99, b"bo"), 2_000) is None
    assert again.highest_ms() == 2_000


def test_what_was_spent_survives_being_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from tests.messages.discovery.test_spent_file import charge, opened\n"
        "spent = opened(Path(sys.argv[1])); print(spent.take(charge(100), 1_000), flush=True); time.sleep(60)"
    )
    process = subprocess.Popen((sys.executable, "-c", program, str(tmp_path)), stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "None\n"
        process.send_signal(signal.SIGKILL)
    assert opened(tmp_path).take(charge(1), 1_000) == Later(HOUR_MS // 10)


def test_all_charges_are_taken_or_none(tmp_path: Path) -> None:
    spent = opened(tmp_path)
    assert isinstance(spent.take([*charge(100), *charge(101, b"bo")], 1_000), Later)
    assert spent.take(charge(100), 1_000) is None


def test_the_file_names_nobody(tmp_path: Path) -> None:
    spent = opened(tmp_path)
    spent.take(charge(1, b"mfrggzdfmztwq2lknnwg23tpoa"), 1_000)
    spent.close()
    assert b"mfrggzdfmztwq2lk" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    other = opened(tmp_path, key=b"o" * 32)
    assert other.take(charge(100, b"mfrggzdfmztwq2lknnwg23tpoa"), 1_000) is None, "another key knows nobody"


def test_when_it_is_full_new_ones_wait_and_old_ones_go_on(tmp_path: Path) -> None:
    spent = opened(tmp_path, count_max=3)
    for who in (b"a", b"b", b"c"):
        assert spent.take(charge(10, who), 1_000) is None
    assert spent.take(charge(10, b"d"), 1_000) == Later(FULL_WAIT_MS)
    assert spent.take(charge(10, b"a"), 1_000) is None
    spent.close()
    again = opened(tmp_path, count_max=3)
    assert again.take(charge(10, b"d"), 1_000) == Later(FULL_WAIT_MS)
    assert again.take(charge(10, b"d"), 1_000 + HOUR_MS) is None, "b and c have everything back"


def test_who_has_everything_back_is_forgotten(tmp_path: Path) -> None:
    spent = opened(tmp_path, count_max=10_000)
    for number in range(200):
        spent.take(charge(1, b"%d" % number), 1_000)
    for number in range(4):
        spent.take(charge(1, b"late %d" % number), 10 * HOUR_MS)
    spent.close()
    rows = apsw.Connection(str(tmp_path / "spent.db")).execute("SELECT count(*) FROM spent").get
    assert rows <= 4 + 1


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "spent.db").write_bytes(b"no database, but long enough to be looked at as one" * 100)
    with pytest.raises(SpentNotKept, match=r"spent\.db"):
        opened(tmp_path).take(charge(1), 1_000)


def test_nothing_is_given_when_it_cannot_be_kept(tmp_path: Path) -> None:
    spent = opened(tmp_path)
    spent.take(charge(1), 1_000)
    locker = apsw.Connection(str(tmp_path / "spent.db"))
    locker.execute("BEGIN IMMEDIATE")
    with pytest.raises(SpentNotKept):
        spent.take(charge(1), 1_000)
    locker.execute("ROLLBACK")
    assert spent.take(charge(99), 1_000) is None
