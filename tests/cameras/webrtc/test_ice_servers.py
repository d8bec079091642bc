"""What is told of STUN and TURN servers: nothing unless set, quoted as it must be, and worth nothing later."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curtilage.cameras.webrtc.ice_servers import Credential, IceServers, TurnSettingsUnusable
from curtilage.cameras.webrtc.sdp_answer import choose_codec, write_answer
from curtilage.cameras.webrtc.webrtc import WebrtcPeer
from curtilage.config import Config
from curtilage.settings import load
from tests.cameras.webrtc.test_webrtc import HEAD, SSRC, Told, offered
from tests.cameras.whep_side import OFFER, StockViewer, until, whole
from tests.origin.turn import NAME, PASSWORD, SECRET, Turn, running_turn

STUN, TURN = "stun:stun.example", "turn:turn.example:3478?transport=udp"


def servers(secret: bytes = b"", now_s: int = 1_000, **settings: str) -> IceServers:
    return IceServers.of(replace(Config(), **settings), secret, lambda: now_s)  # type: ignore[arg-type] # by name


def test_nothing_is_told_unless_it_is_set() -> None:
    assert servers().links() is None
    assert servers(webrtc_stun=STUN).links() == '<stun:stun.example>; rel="ice-server"'


def test_a_name_and_a_password_are_quoted() -> None:
    given = servers(b'a "b" \\c\n', webrtc_stun=STUN, webrtc_turn=TURN, webrtc_turn_name="rose")
    assert given.links() == (
        '<stun:stun.example>; rel="ice-server", <turn:turn.example:3478?transport=udp>; rel="ice-server"; '
        'username="rose"; credential="a \\"b\\" \\\\c"; credential-type="password"'
    )
    assert "rose" not in repr(given)
    assert "rose" not in repr(given.credential())
    assert '"b"' not in repr(given) + repr(given.credential())


def test_of_a_secret_names_and_passwords_are_made_for_a_while() -> None:
    given = servers(b"north", now_s=0, webrtc_turn=TURN)
    # openssl: printf 86400 | openssl dgst -sha1 -hmac north -binary | base64
    assert given.credential() == Credential("86400", "eajt6WNkZ2X+Zybd9RgeqGLkiEg=")
    assert "north" not in repr(given) + (given.links() or "")


@pytest.mark.parametrize(
    ("secret", "turn"), [(b"", TURN), (b"\n", TURN), (b"x", ""), (b"two\nlines", TURN), (b"\xff", TURN)]
)
def test_a_server_and_its_secret_go_together(secret: bytes, turn: str) -> None:
    with pytest.raises(TurnSettingsUnusable):
        servers(secret, webrtc_turn=turn)


def known_to(turn: Turn, *, by_secret: bool) -> IceServers:
    secret, name = (SECRET, "") if by_secret else (PASSWORD, NAME)
    return servers(secret.encode(), int(2e9), webrtc_turn=turn.url, webrtc_stun=turn.stun, webrtc_turn_name=name)


@pytest.mark.origin
@pytest.mark.slow
@pytest.mark.parametrize("by_secret", [False, True])
def test_pictures_reach_a_viewer_through_the_relay_and_no_other_way(tmp_path: Path, *, by_secret: bool) -> None:
    async def scenario(turn: Turn) -> None:
        viewer = StockViewer()
        offer = offered(await viewer.offer())
        peer = WebrtcPeer(offer, SSRC, Told(), known_to(turn, by_secret=by_secret))
        connection: Any = peer._connection
        connection.get_component_candidates = _without_own(connection.get_component_candidates)
        own = await peer.gather()
        assert own.candidates
        assert all(" typ relay" in candidate for candidate in own.candidates)
        answer = write_answer(offer, choose_codec(offer.codecs, "42c01f"), "42c01f", SSRC, own)
        _, connected = await asyncio.gather(viewer.take(answer), peer.connect())
        assert connected
        await until(lambda: viewer.connection.connectionState == "connected")
        peer.send([HEAD + b"\x41picture"])
        await until(lambda: len(viewer.packets) == 1)
        transport: Any = viewer.connection.getTransceivers()[0].receiver.transport
        pair = transport.transport._connection._nominated[1]
        assert turn.relays(pair.remote_addr[1]), "it comes from the relay"
        peer.close()
        peer.send([HEAD + b"\x41another"])
        await peer.closed()
        await asyncio.sleep(0.2)
        assert len(viewer.packets) == 1
        await viewer.close()

    with running_turn(tmp_path, by_secret=by_secret) as turn:
        whole(lambda: scenario(turn))


def _without_own(gather: Any) -> Any:
    async def gathered(*, component: int, addresses: list[str]) -> Any:
        return await gather.func(component=component, addresses=[], timeout=5)

    return gathered


@pytest.mark.parametrize("turn", ["turn:a.example", "turn:192.0.2.1:5?transport=tcp", "turns:a.example:443"])
def test_aiortc_reads_what_the_settings_allow(tmp_path: Path, turn: str) -> None:
    file = tmp_path / "curtilage.toml"
    file.write_text(f'webrtc_turn = "{turn}"\nwebrtc_stun = "stun:a.example:3478"\n')
    config = load(file, {})
    given = IceServers.of(config, b"secret", lambda: 0)
    peer = WebrtcPeer(offered(OFFER.encode()), SSRC, Told(), given)
    assert (peer._connection.stun_server, peer._connection.turn_server[0]) == (("a.example", 3478), turn.split(":")[1])


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_not_waited_for_long() -> None:
    async def scenario() -> None:
        silent = servers(b"p", webrtc_turn="turn:127.0.0.1:9", webrtc_stun="stun:127.0.0.1:9", webrtc_turn_name="u")
        peer = WebrtcPeer(offered(OFFER.encode()), SSRC, Told(), silent, 0.3)
        began = asyncio.get_running_loop().time()
        own = await peer.gather()
        assert asyncio.get_running_loop().time() - began < 2
        assert own.candidates
        assert all(" typ host" in candidate for candidate in own.candidates)
        peer.close()
        await peer.closed()

    whole(scenario)
