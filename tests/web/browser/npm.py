"""What the tests of the pages take from npm: fetched into an ignored folder when first needed, never shipped."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2]
_INSTALL_S = 120


def npm_script(path: str) -> str:
    """A script's source, by its path below node_modules. Fails, with words, where it cannot be had."""
    script = _FOLDER / "node_modules" / path
    if not script.exists():
        with (_FOLDER / "package-lock.json").open() as lock:  # tests of several processes may want something at once
            fcntl.flock(lock, fcntl.LOCK_EX)
            _install(path, script)
    return script.read_text(encoding="utf-8")


def _install(path: str, script: Path) -> None:
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail(f"{path} comes by npm: apt-get install npm")
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=_FOLDER, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
        if done.returncode != 0 or not script.exists():
            pytest.fail(f"npm ci in tests/ did not bring {path}:\n{done.stdout}\n{done.stderr}")
