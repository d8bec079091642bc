"""Speaking to the API: through the running server's control socket, or to the same application in this process.

One interface, one code path: a command cannot do what the API cannot. Nothing here prints.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from curtilage.cli.choose import NoSuch
from curtilage.cli.exit_code import Answered, Unreachable
from curtilage.config import CONTROL_SOCKET_NAME, Config

_BASE = "http://curtilage/api/v1"
_WAIT_S = 60.0
Body = Mapping[str, Any]


class Client:
    """The API as the operator sees it. Every call raises Answered (a problem) or Unreachable."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, **query: str | int | None) -> Any:
        """JSON."""
        asked = {name: value for name, value in query.items() if value is not None}
        return await self._ask("GET", path, params=asked)

    async def post(self, path: str, body: Body | None = None) -> Any:
        """JSON, or None."""
        return await self._ask("POST", path, json=dict(body or {}))

    async def put(self, path: str, body: Body) -> Any:
        """JSON, or None."""
        return await self._ask("PUT", path, json=dict(body))

    async def delete(self, path: str) -> Any:
        """JSON, or None."""
        return await self._ask("DELETE", path)

    async def _ask(self, method: str, path: str, **content: Any) -> Any:
        try:
            response = await self._http.request(method, _BASE + path, **content)
        except httpx.TransportError as error:
            definite = isinstance(error, httpx.ConnectError)
            raise Unreachable("The server went away.", do="Look whether it was done.", definite=definite) from error
        if response.is_success:
            return response.json() if response.content else None
        raise _answered(response)


def _answered(response: httpx.Response) -> Answered:
    try:
        problem = response.json()
        what = str(problem.get("detail") or problem["title"])
        fields = problem.get("fields")
        do = f"{problem['do']} ({', '.join(map(str, fields))})" if fields else str(problem["do"])
    except (ValueError, KeyError, TypeError, AttributeError):
        what, do = f"The server answered {response.status_code}.", ""
    return Answered(response.status_code, what, do)


@contextlib.asynccontextmanager
async def open_client(config: Config, *, may_begin: bool = True) -> AsyncIterator[Client]:
    """A server that runs in this data folder, else the application itself.

    ``may_begin`` False: not where there is no data yet (NoSuch). Raises what starting it raises.
    """
    if await server_answers(config):
        transport = _socket_transport(config)
        async with httpx.AsyncClient(transport=transport, timeout=_WAIT_S, trust_env=False) as http:
            yield Client(http)
        return
    from curtilage.main import has_data, operator_application  # noqa: PLC0415 -- only here: the whole server takes a second to import

    if not may_begin and not has_data(config):
        raise NoSuch(
            f"There is no data in {config.data_folder}.",
            do="Look at --data and the settings; or begin: curtilage serve, or curtilage home create NAME.",
        )
    async with operator_application(config) as application, inside(application) as client:
        yield client


@contextlib.asynccontextmanager
async def inside(application: Any) -> AsyncIterator[Client]:
    """An ASGI application of this process."""
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, timeout=_WAIT_S, trust_env=False) as http:
        yield Client(http)


async def server_answers(config: Config) -> bool:
    """Somebody accepts at the control socket."""
    async with httpx.AsyncClient(transport=_socket_transport(config), timeout=_WAIT_S, trust_env=False) as http:
        try:
            await http.get(f"{_BASE}/sessions/current")
        except httpx.ConnectError:
            return False  # no socket, or that of a server that was killed
        except httpx.TransportError as error:
            raise Unreachable("The server does not answer.", do="Restart it.") from error
    return True


def _socket_transport(config: Config) -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(uds=str(config.data_folder / CONTROL_SOCKET_NAME))
