"""scripts/debian-packages.sh never goes on without what the tests need: installs it as root, else says what to run."""

import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "debian-packages.sh"
NOTHING_INSTALLED = "#!/bin/sh\nexit 1\n"
EVERYTHING_INSTALLED = "#!/bin/sh\nprintf installed\n"


def _run(tmp_path: Path, dpkg_query: str, number: int, *programs: str) -> subprocess.CompletedProcess[str]:
    """In a system of which only what is named here exists."""
    scripts = {"dpkg-query": dpkg_query, "id": f"#!/bin/sh\necho {number}\n"}
    scripts |= {"apt-get": f'#!/bin/sh\necho "$@" >>"{tmp_path}/apt"\n'}
    scripts |= dict.fromkeys(programs, "#!/bin/sh\nexit 0\n")
    for name, text in scripts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    shell = shutil.which("sh")
    assert shell is not None
    return subprocess.run(
        [shell, str(SCRIPT)], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=30
    )


def test_who_is_not_root_is_told_the_command(tmp_path: Path) -> None:
    done = _run(tmp_path, NOTHING_INSTALLED, 1000)
    assert done.returncode == 1
    assert "sudo apt-get install --yes python3-gi gir1.2-gst-rtsp-server-1.0" in done.stderr
    assert "chromium" in done.stderr
    assert not (tmp_path / "apt").exists()


def test_only_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    done = _run(tmp_path, EVERYTHING_INSTALLED, 1000, "npm", "ffmpeg", "vlc", "turnserver")
    assert done.returncode == 1
    assert "sudo apt-get install --yes chromium\n" in done.stderr


def test_root_gets_it_installed(tmp_path: Path) -> None:
    done = _run(tmp_path, NOTHING_INSTALLED, 0)
    assert done.returncode == 0
    update, install = (tmp_path / "apt").read_text(encoding="utf-8").splitlines()
    assert update.startswith("update")
    assert "python3-gi" in install
    assert "chromium" in install


def test_nothing_is_done_when_all_is_there(tmp_path: Path) -> None:
    done = _run(tmp_path, EVERYTHING_INSTALLED, 0, "chromium", "npm", "ffmpeg", "vlc", "turnserver")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "apt").exists()
