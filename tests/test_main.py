"""The parts joined: starting, stopping, starting again; expiry in time; alarms on record."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.config import Config, this_machine_only
from curtilage.errors import PersonError
from curtilage.main import (
    listen,
    listen_outside,
    operator_application,
    running,
    server,
    taken,
)
from curtilage.store.store import Statement, StoreInUse
from curtilage.vault.certificate import CertificateUnusable
from curtilage.vault.root_key import RootKeyUnusable
from curtilage.web.parts import Parts
from curtilage.web.server import PortTaken
from tests.costs import CHEAP_PASSWORDS
from tests.web.house import PASSWORD, House, in_house
from tests.web.served import config_in
from tests.web.world import make_grant

pytestmark = pytest.mark.slow


def _config(folder: Path, **settings: float | str) -> Config:
    return replace(config_in(folder, **(CHEAP_PASSWORDS | settings)), root_key_file=folder / "keys" / "root.key")


def _run(config: Config, main: Callable[[Parts], Awaitable[None]]) -> None:
    async def body() -> None:
        async with running(config) as parts:
            await main(parts)

    asyncio.run(body())


def test_what_was_made_is_there_after_a_restart(tmp_path: Path) -> None:
    async def first(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        ada, _ = await house.member(home, "Ada")
        grant = await make_grant(house, home, await house.camera(home, "Porch"), ada)
        kept.extend([home, session.token, grant.handle, ada.id])

    async def second(house: House) -> None:
        home, token, handle, ada = kept
        parts = house.parts
        assert [known.name for known in parts.homes.all()] == ["Rose house"]
        assert parts.sessions.find(token) is not None
        assert parts.grants.check(handle, ada)  # type: ignore[arg-type] # the identifier as it was kept
        (grant,) = parts.grants.of_home(parts.homes.all()[0].id)
        assert grant.handle == handle
        assert [status.device.name for status in parts.cameras.of_home(grant.home)] == ["Porch"]
        assert home == grant.home
        signed_in = await parts.accounts.sign_in("Alma", PASSWORD, "")
        assert hasattr(signed_in, "token")

    kept: list[str] = []
    in_house(tmp_path, first)
    in_house(tmp_path, second)


def test_the_clock_never_goes_back_behind_what_was_stored(tmp_path: Path) -> None:
    future_ms = 4_000_000_000_000

    async def first(parts: Parts) -> None:
        await asyncio.sleep(0.2)  # the first storing of the time
        sql = "UPDATE server_state SET value = $1 WHERE name = $2"
        await parts.ledger._store.write_server(Statement(sql, (future_ms, "highest_ms"), rows_expected=1))

    async def second(parts: Parts) -> None:
        assert parts.clock.now() >= future_ms

    _run(_config(tmp_path), first)
    _run(_config(tmp_path), second)
    _run(_config(tmp_path), second)


def test_one_folder_one_server(tmp_path: Path) -> None:
    async def main(parts: Parts) -> None:
        with pytest.raises(StoreInUse) as refused:
            async with running(parts.config):
                """Not reached."""
        assert taken(refused.value)

    _run(_config(tmp_path), main)
    _run(_config(tmp_path), lambda _: asyncio.sleep(0))


def test_a_root_key_inside_the_data_folder_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    config = replace(_config(tmp_path), root_key_file=tmp_path / "data" / "root.key")
    with pytest.raises(RootKeyUnusable):
        _run(config, lambda _: asyncio.sleep(0))
    assert not list((tmp_path / "data").iterdir())


def test_another_root_key_opens_nothing(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        await house.home("Rose house", "Alma")

    in_house(tmp_path, main)
    (tmp_path / "keys" / "root.key").write_bytes(bytes(32))
    with pytest.raises(Exception, match="another one than this data was made with"):
        in_house(tmp_path, main)


def test_a_taken_port_is_known_before_the_store_is_opened() -> None:
    first = listen(0)
    with pytest.raises(PortTaken) as refused:
        listen(first.port)
    assert taken(refused.value)
    assert not taken(PersonError("x"))
    first.close()


def test_a_server_knows_the_port_it_really_has(tmp_path: Path) -> None:
    async def main() -> None:
        loopback = listen(0)
        async with server(_config(tmp_path, port=0), loopback) as ready:
            assert ready.port == loopback.port != 0
        assert all(listening.fileno() == -1 for listening in loopback.sockets)

    asyncio.run(main())


OUTSIDE: dict[str, float | str] = {"public_name": "rose.home.arpa", "https_port": 0, "install_port": 0}


def test_a_certificate_that_cannot_be_served_stops_the_start_and_closes_every_port(tmp_path: Path) -> None:
    async def main() -> None:
        given = {"certificate_file": str(tmp_path / "no.pem"), "certificate_key_file": str(tmp_path / "no.key")}
        config = _config(tmp_path, **OUTSIDE, **given)
        loopback, public = listen(0), listen_outside(config)
        assert public is not None
        with pytest.raises(CertificateUnusable, match="cannot be read"):
            async with server(config, loopback, public):
                """Not reached."""
        assert all(listening.fileno() == -1 for listening in (*loopback.sockets, *public.https.sockets))

    asyncio.run(main())


def test_a_server_says_where_other_machines_reach_it(tmp_path: Path) -> None:
    async def main() -> None:
        config = replace(_config(tmp_path, **OUTSIDE), authority_file=tmp_path / "keys" / "authority.pem")
        public = listen_outside(config)
        assert public is not None
        async with server(config, listen(0), public) as ready:
            assert ready.place is not None
            assert ready.place.origin == f"https://rose.home.arpa:{public.https.port}"
            assert ready.install_address.startswith("http://rose.home.arpa:")
            assert ready.plain_lan_warning == ""

    asyncio.run(main())


def test_a_demo_opens_no_door_to_other_machines(tmp_path: Path) -> None:
    config = replace(_config(tmp_path, **OUTSIDE), listen_address="0.0.0.0", plain_lan=True)
    assert listen_outside(this_machine_only(config)) is None


def test_the_port_for_webrtc_over_tcp_is_open_while_the_server_runs_and_no_longer(tmp_path: Path) -> None:
    async def main() -> None:
        config = _config(tmp_path, port=0, webrtc_tcp=True, webrtc_tcp_port=0)
        async with server(config, listen(0)) as ready:
            (candidate, *_) = ready._parts.ice_tcp.candidates([])
            host, port = candidate.split()[4:6]
            assert host == "127.0.0.1"
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection(host, int(port))

    asyncio.run(main())


def test_a_taken_port_for_webrtc_over_tcp_stops_the_start_before_anything_is_made(tmp_path: Path) -> None:
    async def main() -> None:
        first, second = listen(0), listen(0)
        config = _config(tmp_path, webrtc_tcp=True, webrtc_tcp_port=second.port)
        with pytest.raises(PortTaken, match="webrtc_tcp_port"):
            async with server(config, first):
                """Not reached."""
        second.close()
        assert not config.root_key_file.exists()
        assert all(listening.fileno() == -1 for listening in first.sockets)

    asyncio.run(main())


def test_the_operators_application_listens_nowhere(tmp_path: Path) -> None:
    async def main() -> None:
        config = _config(tmp_path)
        async with operator_application(config):
            assert not (config.data_folder / "control.sock").exists()

    asyncio.run(main())


def test_nothing_goes_on_after_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with running(_config(tmp_path)):
            assert len(asyncio.all_tasks()) > 1
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    assert caplog.text == ""
