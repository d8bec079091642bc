"""``curtilage serve`` as a process: first run, taken port, commands beside it, stopping."""

import re
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from curtilage.cli.exit_code import ExitCode
from tests.cli.process import Place, Running, free_port

pytestmark = pytest.mark.slow


def _started(server: Running) -> str:
    return server.read_until("Ctrl-C stops it")


def test_the_first_run_prints_a_code_that_sets_the_home_up(tmp_path: Path) -> None:
    place, port = Place(tmp_path), free_port()
    with place.running("serve", "--port", str(port)) as server:
        said = server.read_until("good once")
        assert f"http://localhost:{port}" in said
        found = re.search(r"type ([A-Z]{4}-[A-Z]{4}-[A-Z]{4})", said)
        assert found is not None
        base = f"http://localhost:{port}"
        given = {"code": found[1], "account": "Alma", "password": "four plain words", "home": "Rose house"}
        with httpx.Client(base_url=base, headers={"origin": base}, trust_env=False) as client:
            assert client.get("/").status_code == 303
            assert client.post("/api/v1/setup", json=given).status_code == 201
            assert client.get("/api/v1/homes").json()[0]["name"] == "Rose house"
        assert place.run("home", "list", "--json").json()[0]["name"] == "Rose house"
        ended = server.stop()
        assert ended.code == ExitCode.OK
        assert "Stopped." in ended.out
        assert ended.err == ""
    with place.running("serve", "--port", str(port)) as server:
        assert "Nobody lives here" not in _started(server), "the second run needs no code"
        assert server.stop(signal.SIGTERM).code == ExitCode.OK
    assert not (tmp_path / "data" / "control.sock").exists()


def test_a_taken_port_is_said_at_once_and_nothing_is_touched(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = Place(tmp_path).run("serve", "--port", str(port))
    assert ended.code == ExitCode.UNREACHABLE
    assert f"Port {port} is taken. Try --port " in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "data").exists()


def test_a_second_server_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.running("serve", "--port", str(free_port())) as server:
        _started(server)
        ended = place.run("serve", "--port", str(free_port()))
        assert ended.code == ExitCode.UNREACHABLE
        assert "Another Curtilage server uses" in ended.err
        server.stop()


def test_a_stream_that_is_open_does_not_delay_the_end(tmp_path: Path) -> None:
    place, port = Place(tmp_path), free_port()
    with place.running("serve", "--port", str(port)) as server:
        said = server.read_until("good once")
        code = re.search(r"type (\S+)", said)
        assert code is not None
        base = f"http://localhost:{port}"
        given = {"code": code[1], "account": "Alma", "password": "four plain words"}
        with httpx.Client(base_url=base, headers={"origin": base}, trust_env=False) as client:
            csrf = client.post("/api/v1/setup", json=given).json()["csrf"]
            with client.stream("POST", "/api/v1/streams", headers={"x-csrf-token": csrf}) as stream:
                assert stream.status_code == 200
                received = stream.iter_raw()
                assert next(received)
                begun = time.monotonic()
                server.process.send_signal(signal.SIGINT)
                with pytest.raises(httpx.TransportError):  # a reset: a stream never ends politely
                    for _ in received:
                        pass
                assert server.process.wait(10) == ExitCode.OK
                assert time.monotonic() - begun < 2


def test_a_server_that_was_killed_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.running("serve", "--port", str(free_port())) as server:
        server.read_until("good once")
        server.stop(signal.SIGKILL)
    assert (tmp_path / "data" / "control.sock").exists()
    assert place.run("home", "list", "--json").json()[0]["name"] == "Home"
    with place.running("serve", "--port", str(free_port())) as server:
        again = server.read_until("good once")
        assert "Nobody lives here yet" in again, "the first code was lost with the terminal"
        assert server.stop().code == ExitCode.OK
    assert len(place.run("home", "list", "--json").json()) == 1
