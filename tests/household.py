"""A real server as a person runs it: ``curtilage serve`` in a process of its own, spoken to over its doors.

For tests and benchmarks that cross rooms. The operator speaks through the control socket, people over loopback.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from curtilage.config import CONTROL_SOCKET_NAME
from curtilage.web.asked import SESSION_COOKIE, cookie_name

PASSWORD = "four plain words together"
_READY_S = 30


@dataclass(slots=True)
class SignedIn:
    """A person's browser, as far as a program needs one."""

    port: int
    cookie: str = field(repr=False)
    csrf: str = field(repr=False)
    home: str = ""
    person: str = ""

    def ask(self, method: str, path: str, value: Any = None) -> httpx.Response:
        """One request to the API, with what a page of ours sends along."""
        origin = f"http://localhost:{self.port}"
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": self.csrf}
        headers["Cookie"] = f"{SESSION_COOKIE}={self.cookie}"
        with httpx.Client(base_url=origin, timeout=30) as client:
            return client.request(method, f"/api/v1{path}", json=value, headers=headers)

    def handle(self, camera: str) -> str:
        """The person's own handle for a camera."""
        grants = self.ask("GET", f"/homes/{self.home}/grants").json()
        return next(str(grant["handle"]) for grant in grants if grant["camera"] == camera and grant["handle"])

    def grant_id(self, camera: str) -> str:
        """The person's own grant for a camera."""
        grants = self.ask("GET", f"/homes/{self.home}/grants").json()
        return next(str(grant["id"]) for grant in grants if grant["camera"] == camera and grant["handle"])


@dataclass(slots=True)
class Household:
    """A running server."""

    folder: Path
    port: int
    process: subprocess.Popen[str] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    def operator(self, method: str, path: str, value: Any = None) -> Any:
        """One request through the control socket; the reply's JSON."""
        socket = self.folder / "data" / CONTROL_SOCKET_NAME
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://curtilage", timeout=30) as c:
            reply = c.request(method, f"/api/v1{path}", json=value)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def cli(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """``curtilage …`` beside the running server."""
        command = [sys.executable, "-m", "curtilage", *arguments]
        return subprocess.run(
            command, env=dict(self.environment), capture_output=True, text=True, timeout=60, check=False
        )

    def home(self, name: str, owner: str) -> SignedIn:
        """A home with an owner who has signed in."""
        made = self.operator("POST", "/homes", {"name": name})
        return self._set_up(made["code"], owner)

    def member(self, home: str, name: str) -> SignedIn:
        """A member who has joined."""
        added = self.operator("POST", f"/homes/{home}/persons", {"name": name, "role": "member"})
        return self._set_up(added["code"], name)

    def sign_in_code(self, person: SignedIn) -> str:
        """A code to sign in with in a browser."""
        made = self.operator("POST", f"/homes/{person.home}/persons/{person.person}/codes", {"uses": 50})
        return str(made["code"])

    def _set_up(self, code: str, account: str) -> SignedIn:
        origin = f"http://localhost:{self.port}"
        given = {"code": code, "account": account, "password": PASSWORD}
        with httpx.Client(base_url=origin, timeout=30) as client:
            reply = client.post("/api/v1/setup", json=given, headers={"Origin": origin})
        assert reply.is_success, reply.text
        said = reply.json()
        home = said["homes"][0]
        return SignedIn(
            self.port,
            reply.cookies[cookie_name(SESSION_COOKIE, f"localhost:{self.port}")],
            said["csrf"],
            home["id"],
            home["person"],
        )


@contextmanager
def running_household(folder: Path, **settings: float) -> Iterator[Household]:
    """``curtilage serve`` on a free port with everything below ``folder``; passwords are cheap, tests make many."""
    given = {"port": 0, "argon2_memory_kib": 8192, "argon2_time_cost": 1, **settings}
    environment = {
        **os.environ,
        "CURTILAGE_DATA_FOLDER": str(folder / "data"),
        "CURTILAGE_ROOT_KEY_FILE": str(folder / "keys" / "root.key"),
        **{f"CURTILAGE_{name.upper()}": str(value) for name, value in given.items()},
    }
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "curtilage", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Household(folder, _port(process), process, environment)
    finally:
        process.terminate()
        process.wait(15)
        assert process.stdout is not None
        process.stdout.close()


def _port(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://localhost:(\d+)", line)
    assert found is not None, line
    return int(found[1])
