"""``curtilage certificate`` and the arguments of ``serve`` that open doors."""

import ssl
from pathlib import Path

import httpx
import pytest

from curtilage.cli.exit_code import ExitCode
from tests.cli.process import Place, free_port

pytestmark = pytest.mark.slow
NAME = "rose.home.arpa"


def test_doors_that_must_not_open_are_refused_as_usage(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for arguments in (("--listen", "0.0.0.0"), ("--plain-lan",), ("--listen", "the porch")):
        ended = place.run("serve", "--port", str(free_port()), *arguments)
        assert ended.code == ExitCode.USAGE
        assert "Traceback" not in ended.err
    assert not (tmp_path / "data").exists(), "nothing was begun"


def test_without_a_public_name_there_is_no_certificate(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.run("home", "create", "Rose house").code == ExitCode.OK
    ended = place.run("certificate", "show")
    assert ended.code == ExitCode.REFUSED
    assert "Set public_name" in ended.err


def test_it_is_shown_and_renewed_beside_a_server(tmp_path: Path) -> None:
    place, port = Place(tmp_path), free_port()
    settings = tmp_path / "curtilage.toml"
    https_port, install_port = free_port(), free_port()
    settings.write_text(
        f'public_name = "{NAME}"\nlisten_address = "127.0.0.1"\n'
        f"https_port = {https_port}\ninstall_port = {install_port}\n"
        f'authority_file = "{tmp_path / "keys" / "authority.pem"}"\n'
    )
    with place.running("serve", "--port", str(port), "--config", str(settings)) as server:
        said = server.read_until("shows how")
        assert f"Other machines: https://{NAME}:{https_port}" in said
        shown = place.run("certificate", "show", "--config", str(settings), "--json").json()
        words = place.run("certificate", "show", "--config", str(settings)).out
        assert shown["root_fingerprint"] in words
        assert f"http://{NAME}:{install_port}/" in words
        renewed = place.run("certificate", "renew", "--config", str(settings))
        assert renewed.out.startswith("Renewed.")
        assert shown["fingerprint"] not in renewed.out
        assert shown["root_fingerprint"] in renewed.out
        root = httpx.get(f"http://127.0.0.1:{install_port}/household-root.pem", trust_env=False).text
        trusting = ssl.create_default_context(cadata=root)
        with httpx.Client(verify=trusting, trust_env=False) as client:
            answer = client.get(
                f"https://127.0.0.1:{https_port}/sign-in",
                headers={"Host": f"{NAME}:{https_port}"},
                extensions={"sni_hostname": NAME},
            )
            assert answer.status_code == 200
        assert server.stop().code == ExitCode.OK
    assert (tmp_path / "keys" / "authority.pem").stat().st_mode & 0o777 == 0o600
