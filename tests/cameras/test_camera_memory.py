"""What is learned of a camera stays with that camera: sealed, entered in the ledger, across restarts."""

import asyncio
from pathlib import Path

import pytest

from curtilage.cameras.camera_memory import DeviceMemory
from curtilage.cameras.cameras import CameraStatus
from curtilage.cameras.input.source import SourceProblem
from curtilage.cameras.input.trust import Trust, fingerprint_of
from curtilage.errors import PersonError
from curtilage.home.device import Device
from tests.cameras.camera_side import live, until
from tests.origin.certificates import make
from tests.origin.made_camera import Camera, SignIn
from tests.web.house import NOBODY_LISTENS, House, house, in_house

pytestmark = pytest.mark.slow


def changed(status: CameraStatus) -> bool:
    return status.state.problem is SourceProblem.CHANGED_KEY


def test_a_changed_key_is_refused_in_clear_words_until_a_person_trusts_it(tmp_path: Path) -> None:
    first, other = make(tmp_path, "first"), make(tmp_path, "other")
    (tmp_path / "house").mkdir()

    async def main(made: House) -> None:
        home, owner = await made.home("Rose house", "Alma")
        async with Camera(SignIn(), tls=first.context()) as porch:
            address, port = porch.address, porch.port
            camera = await made.camera(home, "Porch", address)
            status = await until(made, home, camera, live)
            assert status.trust == fingerprint_of(first.der())
        async with Camera(SignIn(), tls=other.context(), port=port) as impostor:
            status = await until(made, home, camera, changed)
            assert "Porch shows another key than before" in status.words
            assert fingerprint_of(other.der()) in status.words
            assert "trust" in status.state.do()
            assert status.trust == fingerprint_of(first.der())
            assert impostor.asked == [], "not a word, and no password, to what shows another key"
            path = f"/api/v1/homes/{home}/cameras/{camera}/trust"
            nonsense = await made.browser(owner).ask("POST", path, {"fingerprint": "any"})
            assert nonsense.status == 400
            chosen = await made.browser(owner).ask("POST", path, {"fingerprint": fingerprint_of(other.der())})
            assert chosen.status == 204
            status = await until(made, home, camera, live)
            assert status.trust == fingerprint_of(other.der())
        entries = await made.parts.ledger.entries(home, None, 10)
        kinds = [entry.event.kind.value for entry in entries]
        assert [kind for kind in kinds if "key" in kind] == ["camera_key_trusted", "camera_key_kept"]

    in_house(tmp_path / "house", main, reconnect_first_s=0.05, reconnect_last_s=0.2)


def test_what_was_learned_is_there_after_a_restart_and_sealed_on_disk(tmp_path: Path) -> None:
    shown = make(tmp_path, "shown")
    (tmp_path / "house").mkdir()

    async def main() -> None:
        async with Camera(tls=shown.context()) as porch:
            async with house(tmp_path / "house") as made:
                home, _ = await made.home("Rose house", "Alma")
                camera = await made.camera(home, "Porch", porch.address)
                await until(made, home, camera, live)
                device = made.parts.devices.get(home, camera)
                assert device is not None
                await DeviceMemory(made.parts.devices, device).describe("Outdoor 2\n", "1.0 \x00b")
                await DeviceMemory(made.parts.devices, device).describe("Outdoor 2\n", "1.0 \x00b")
            async with house(tmp_path / "house") as again:
                status = await until(again, home, camera, live)
                assert status.trust == fingerprint_of(shown.der())
                assert (status.device.model, status.device.firmware) == ("Outdoor 2", "1.0 b")

    asyncio.run(main())
    stored = b"".join(file.read_bytes() for file in (tmp_path / "house").rglob("*") if file.is_file())
    fingerprint = fingerprint_of(shown.der()).removeprefix("sha256:")
    assert fingerprint.encode() not in stored
    assert bytes.fromhex(fingerprint) not in stored


def test_a_removed_camera_keeps_nothing_and_a_foreign_one_cannot_be_trusted(tmp_path: Path) -> None:
    async def main(made: House) -> None:
        home, _ = await made.home("Rose house", "Alma")
        other, _ = await made.home("Birch flat", "Bo")
        under_tls = NOBODY_LISTENS.replace("rtsp:", "rtsps:")
        camera = await made.camera(home, "Porch", under_tls)
        device = made.parts.devices.get(home, camera)
        assert isinstance(device, Device)
        trust = Trust("sha256:" + "0a" * 32)
        assert not await made.parts.cameras.trust(made.by_operator(other), camera, trust)
        assert made.parts.devices.address_of(home, camera) == under_tls
        plain = await made.camera(home, "Yard", NOBODY_LISTENS)
        with pytest.raises(PersonError, match="not under TLS"):
            await made.parts.cameras.trust(made.by_operator(home), plain, trust)
        await made.parts.cameras.remove(made.by_operator(home), camera)
        with pytest.raises(KeyError):
            await DeviceMemory(made.parts.devices, device).trust(trust)
        with pytest.raises(KeyError):
            await DeviceMemory(made.parts.devices, device).describe("x", "y")
        assert not await made.parts.cameras.trust(made.by_operator(home), camera, trust)

    in_house(tmp_path, main)
