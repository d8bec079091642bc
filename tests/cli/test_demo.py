"""``curtilage demo`` as a process: two homes, codes that let people in, and nothing left."""

import re
from pathlib import Path

import httpx
import pytest

from curtilage.cli.demo import SignIn, welcome
from curtilage.cli.exit_code import ExitCode
from tests.cli.process import Place, free_port

_CODE = re.compile(r"^    ([A-Z]{4}-[A-Z]{4}-[A-Z]{4})   (\w+) +(\w+) of (.+)$", re.MULTILINE)


@pytest.mark.slow
def test_the_demo_runs_two_homes_and_leaves_nothing(tmp_path: Path) -> None:
    place, port = Place(tmp_path), free_port()
    (tmp_path / "tmp").mkdir()
    with place.running("demo", "--port", str(port)) as running:
        said = running.read_until("nothing is kept")
        assert f"http://localhost:{port}" in said
        people = {name: (code, role, home) for code, name, role, home in _CODE.findall(said)}
        assert {name: (role, home) for name, (_, role, home) in people.items()} == {
            "Alma": ("owner", "Rose house"),
            "Ada": ("member", "Rose house"),
            "Bo": ("owner", "Birch flat"),
        }
        base = f"http://localhost:{port}"
        homes = {}
        for name, (code, _, _) in people.items():
            for _ in range(2):  # a code works several times here
                with httpx.Client(base_url=base, headers={"origin": base}, trust_env=False) as client:
                    assert client.post("/api/v1/sessions", json={"code": code}).status_code == 201
                    (home,) = client.get("/api/v1/homes").json()
                    homes[name] = home["id"]
                    (camera,) = client.get(f"/api/v1/homes/{home['id']}/cameras").json()
                    assert camera["state"] in ("connecting", "live"), camera["words"]
                    grants = client.get(f"/api/v1/homes/{home['id']}/grants").json()
                    assert [grant for grant in grants if grant["handle"]]
                    other = client.get(f"/api/v1/homes/{homes['Alma']}/cameras") if name == "Bo" else None
                    assert other is None or other.status_code == 404
        assert homes["Alma"] == homes["Ada"] != homes["Bo"]
        ended = running.stop()
        assert ended.code == ExitCode.OK, ended.err
        assert "The demo's folder is gone." in ended.out
        assert ended.err == ""
    assert not (tmp_path / "data").exists(), "the household's own folder is not touched"
    assert not (tmp_path / "keys").exists()


def test_the_welcome_is_short_and_names_everybody() -> None:
    said = welcome(8480, [SignIn("Ada", "Rose house", "member", "BCDF-GHJK-LMNP")])
    assert "http://localhost:8480" in said
    assert "BCDF-GHJK-LMNP   Ada   member of Rose house" in said
    assert len(said.splitlines()) < 20


def test_a_code_is_not_shown_by_repr() -> None:
    assert "BCDF" not in repr(SignIn("Ada", "Rose house", "member", "BCDF-GHJK-LMNP"))
