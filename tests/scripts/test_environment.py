"""scripts/environment.sh says exactly what is missing, and does nothing when nothing changed.

The interpreters that miss something are real shell scripts in a folder of their own; nothing is installed here.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_VENV = """#!/bin/sh
case "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac
"""
TOO_OLD = """#!/bin/sh
[ "$1" = --version ] && echo "Python 3.9.2"
exit 1
"""
PRETENDS = """#!/bin/sh
[ "$1" = --version ] && echo "Python 3.13.1"
echo "$@" >>"{calls}"
exit 0
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the script looks at, and nothing else."""
    for name in ("scripts/environment.sh", "lock/base.txt", "lock/demo.txt", "lock/test.txt", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _script(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)
    return file


def _run(checkout: Path, python: Path, chosen: str = "demo") -> subprocess.CompletedProcess[str]:
    # No other interpreter within reach: the tools of the shell alone.
    tools = checkout / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("sh", "dirname", "basename", "cat", "rm", "id", "sha256sum", "cut", "true"):
        found = shutil.which(tool)
        if found is not None and not (tools / tool).exists():
            (tools / tool).symlink_to(found)
    return subprocess.run(
        ["sh", "scripts/environment.sh", chosen],
        cwd=checkout,
        env={"PATH": f"{tools}:{python.parent}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_an_old_python_is_named_with_what_to_install(checkout: Path) -> None:
    done = _run(checkout, _script(checkout / "old/python3", TOO_OLD))
    assert done.returncode == 1
    assert "needs Python 3.11 or later; found: Python 3.9.2" in done.stderr
    assert "apt install python3 python3-venv" in done.stderr


def test_a_missing_venv_names_the_package_to_install(checkout: Path) -> None:
    done = _run(checkout, _script(checkout / "bare/python3", NO_VENV))
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_numbered_python_has_a_numbered_package(checkout: Path) -> None:
    done = _run(checkout, _script(checkout / "bare/python3.12", NO_VENV))
    assert "apt install python3.12-venv" in done.stderr


def test_an_unchanged_lock_installs_nothing(checkout: Path) -> None:
    calls = checkout / "calls"
    python = _script(checkout / ".venv/bin/python", PRETENDS.format(calls=calls))
    _script(checkout / "system/python3", "#!/bin/sh\nexit 0\n")
    assert _run(checkout, checkout / "system/python3").returncode == 0
    assert "--require-hashes --requirement lock/demo.txt" in calls.read_text(encoding="utf-8")
    calls.unlink()
    assert _run(checkout, python).returncode == 0
    assert "install" not in calls.read_text(encoding="utf-8")


def test_a_changed_lock_installs_again(checkout: Path) -> None:
    calls = checkout / "calls"
    python = _script(checkout / ".venv/bin/python", PRETENDS.format(calls=calls))
    _script(checkout / "system/python3", "#!/bin/sh\nexit 0\n")
    _run(checkout, checkout / "system/python3")
    calls.unlink()
    with (checkout / "lock/demo.txt").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    assert _run(checkout, checkout / "system/python3").returncode == 0
    assert "--requirement lock/demo.txt" in calls.read_text(encoding="utf-8")
    assert python.exists()


@pytest.mark.parametrize(("made", "asked"), [("test", "demo"), ("test", "base"), ("demo", "base")])
def test_a_larger_set_is_enough_for_a_smaller_one(checkout: Path, made: str, asked: str) -> None:
    calls = checkout / "calls"
    _script(checkout / ".venv/bin/python", PRETENDS.format(calls=calls))
    system = _script(checkout / "system/python3", "#!/bin/sh\nexit 0\n")
    assert _run(checkout, system, made).returncode == 0
    calls.unlink()
    assert _run(checkout, system, asked).returncode == 0
    assert "install" not in calls.read_text(encoding="utf-8")


def test_a_smaller_set_is_not_enough_for_a_larger_one(checkout: Path) -> None:
    calls = checkout / "calls"
    _script(checkout / ".venv/bin/python", PRETENDS.format(calls=calls))
    system = _script(checkout / "system/python3", "#!/bin/sh\nexit 0\n")
    assert _run(checkout, system, "base").returncode == 0
    assert _run(checkout, system, "demo").returncode == 0
    assert "--requirement lock/demo.txt" in calls.read_text(encoding="utf-8")


def test_an_unknown_set_is_refused(checkout: Path) -> None:
    done = _run(checkout, _script(checkout / "system/python3", "#!/bin/sh\nexit 0\n"), "everything")
    assert (done.returncode, "base|demo|test" in done.stderr) == (1, True)
