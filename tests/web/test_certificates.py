"""Certificates that run out, are renewed on disk, or are not what they should be; with a clock of the test's own."""

import secrets
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from curtilage.config import Config
from curtilage.errors import CurtilageError
from curtilage.vault.certificate import Certificate, CertificateUnusable
from curtilage.vault.household_authority import HouseholdAuthority
from curtilage.vault.secret_file import SecretFileUnusable
from curtilage.web.certificates import Certificates
from curtilage.web.public_place import public_place
from tests.vault.certificates import DAY_MS, NAME, NOW_MS, authority, certificate
from tests.web.test_tls import shown

ROOT = authority()


class Wall:
    """The machine's clock."""

    now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


def made(folder: Path, wall: Wall, *, given: bool = False) -> Certificates:
    files = {"certificate_file": str(folder / "chain.pem"), "certificate_key_file": str(folder / "key.pem")}
    own = {"data_folder": folder / "data", "authority_file": folder / "keys" / "authority.pem"}
    config = Config(public_name=NAME, **own, **(files if given else {}))  # type: ignore[arg-type] # settings by name
    place = public_place(config)
    assert place is not None
    return Certificates(place, config, wall, secrets.token_bytes)


def give(folder: Path, what: Certificate) -> None:
    """As a program that renews does it: beside, then in place."""
    for name, octets in (("chain.pem", what.chain_pem), ("key.pem", what.key_pem)):
        beside = folder / f"{name}.new"
        beside.write_bytes(octets)
        beside.chmod(0o600)
        beside.replace(folder / name)


def test_the_household_certificate_is_renewed_by_itself_in_time(tmp_path: Path) -> None:
    wall = Wall()
    certificates = made(tmp_path, wall)
    certificates.open()
    first, root = certificates.status(), certificates.authority()
    wall.now_ms += 58 * DAY_MS
    certificates.look()
    assert certificates.status() == first, "not before it is time"
    wall.now_ms += 2 * DAY_MS
    certificates.look()
    second = certificates.status()
    assert second.fingerprint != first.fingerprint
    assert second.not_after_ms > wall.now_ms + 85 * DAY_MS
    assert second.root_fingerprint == first.root_fingerprint == root.fingerprint
    assert second.problem == ""


def test_a_clock_that_was_wrong_at_the_start_is_made_good(tmp_path: Path) -> None:
    wall = Wall()
    wall.now_ms += 400 * DAY_MS
    certificates = made(tmp_path, wall)
    certificates.open()
    wall.now_ms = NOW_MS + 395 * DAY_MS
    certificates.look()
    assert certificates.status().problem == ""
    assert certificates.status().not_before_ms <= wall.now_ms


def test_a_household_root_near_its_end_is_told(tmp_path: Path) -> None:
    wall = Wall()
    certificates = made(tmp_path, wall)
    certificates.open()
    wall.now_ms = certificates.authority().not_after_ms - 30 * DAY_MS
    certificates.look()
    status = certificates.status()
    assert "The household authority ends on 2036" in status.problem
    assert "every device has to trust the new one" in status.do
    wall.now_ms = certificates.authority().not_after_ms + DAY_MS
    certificates.look()
    assert "expired" in certificates.status().problem


TOLD: tuple[tuple[Callable[[], Certificate], int, str, str], ...] = (
    (lambda: certificate(of=ROOT), 0, "", ""),
    (lambda: certificate(of=ROOT), 80, "The certificate ends on 2027", "noticed without a restart"),
    (lambda: certificate(of=ROOT), 91, "expired on 2027", "Renew it and put the new files at"),
    (lambda: certificate(of=ROOT), -2, "The certificate begins on 2026", "Look at this machine's clock"),
    (lambda: certificate("birch.home.arpa"), 0, "is for birch.home.arpa, not for rose.home.arpa", "Have one made for"),
)


@pytest.mark.parametrize(("make", "days", "problem", "do"), TOLD)
def test_a_given_certificate_that_browsers_refuse_is_told_with_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, make: Callable[[], Certificate], days: int, problem: str, do: str
) -> None:
    wall = Wall()
    wall.now_ms += days * DAY_MS
    give(tmp_path, make())
    certificates = made(tmp_path, wall, given=True)
    certificates.open()
    certificates.look()
    status = certificates.status()
    assert problem in status.problem
    assert do in status.do
    assert (status.problem == "") is (problem == "")
    assert (status.household, status.renewed_ms, status.install_address) == (False, None, "")
    assert len(caplog.records) == (1 if problem else 0), "said once, not at every look"


def test_a_renewal_on_disk_is_noticed_and_half_of_one_is_waited_for(tmp_path: Path) -> None:
    wall, before, after = Wall(), certificate(of=ROOT), certificate(of=ROOT, now_ms=NOW_MS + DAY_MS)
    give(tmp_path, before)
    certificates = made(tmp_path, wall, given=True)
    certificates.open()
    first = shown(certificates.context, ROOT.root_pem)
    (tmp_path / "chain.pem").write_bytes(after.chain_pem)
    certificates.look()
    status = certificates.status()
    assert "key does not belong to the certificate" in status.problem
    assert "The certificate before it is still shown" in status.problem
    assert shown(certificates.context, ROOT.root_pem) == first
    give(tmp_path, after)
    certificates.look()
    assert certificates.status().problem == ""
    assert certificates.status().fingerprint == after.fingerprint
    assert shown(certificates.context, ROOT.root_pem) != first


def test_a_key_that_was_open_to_others_is_taken_once_it_is_closed(tmp_path: Path) -> None:
    wall, before, after = Wall(), certificate(of=ROOT), certificate(of=ROOT)
    give(tmp_path, before)
    certificates = made(tmp_path, wall, given=True)
    certificates.open()
    give(tmp_path, after)
    (tmp_path / "key.pem").chmod(0o644)
    certificates.look()
    assert "Others can get at the certificate's key" in certificates.status().problem
    assert certificates.status().fingerprint == before.fingerprint
    (tmp_path / "key.pem").chmod(0o600)
    certificates.look()
    assert certificates.status().problem == ""
    assert certificates.status().fingerprint == after.fingerprint


def test_what_cannot_be_served_at_all_stops_the_start(tmp_path: Path) -> None:
    give(tmp_path, certificate(of=ROOT))
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(SecretFileUnusable, match="chmod 600"):
        made(tmp_path, Wall(), given=True).open()
    (tmp_path / "key.pem").unlink()
    with pytest.raises(SecretFileUnusable, match="cannot be opened"):
        made(tmp_path, Wall(), given=True).open()
    give(tmp_path, certificate(of=ROOT))
    (tmp_path / "chain.pem").write_bytes(b"no")
    with pytest.raises(CertificateUnusable, match="no certificate"):
        made(tmp_path, Wall(), given=True).open()


def test_a_command_without_a_server_is_told_too(tmp_path: Path) -> None:
    status = made(tmp_path, Wall(), given=True).status()
    assert "cannot be read" in status.problem
    assert status.fingerprint == ""
    assert made(tmp_path, Wall()).status().root_fingerprint


@pytest.mark.parametrize("days", [0, 95])
def test_an_expired_certificate_is_refused_by_who_trusts_its_root(tmp_path: Path, days: int) -> None:
    """OpenSSL's own clock is real: the certificate is made so that it has expired by it."""
    import time  # noqa: PLC0415 -- only here the machine's time is what is tried

    real_ms = int(time.time() * 1000)
    root: HouseholdAuthority = authority(now_ms=real_ms - days * DAY_MS)
    give(tmp_path, certificate(of=root, now_ms=real_ms - days * DAY_MS))
    wall = Wall()
    wall.now_ms = real_ms
    certificates = made(tmp_path, wall, given=True)
    certificates.open()
    if days == 0:
        assert shown(certificates.context, root.root_pem)
        return
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
        shown(certificates.context, root.root_pem)
    assert "expired" in certificates.status().problem


def test_renewing_without_an_authority_says_why(tmp_path: Path) -> None:
    certificates = made(tmp_path, Wall())
    certificates.open()
    (tmp_path / "keys" / "authority.pem").write_bytes(b"damaged")
    certificates.renew()
    with pytest.raises(CurtilageError, match="damaged"):
        made(tmp_path, Wall()).open()
