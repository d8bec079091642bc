"""The certificate that the HTTPS door shows: a given one, or the household authority's; renewed in time, told about.

Given: its files are looked at every ``certificate_look_s``; when they were exchanged, the new one is served without a
restart. While what lies there cannot be served (a key that does not match yet, in the middle of a renewal), the one
before stays and the trouble is told. Household: a new key and certificate at every start and after two thirds of its
life, in memory alone.

The time here is the machine's wall clock as browsers have theirs, not Curtilage's own that never goes back.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from curtilage.config import Config
from curtilage.errors import CurtilageError
from curtilage.vault.certificate import MS_PER_DAY, Certificate, Finding, moment
from curtilage.vault.certificate_files import load_or_make_authority, read_files, signs_of_change
from curtilage.vault.household_authority import HouseholdAuthority, make_certificate
from curtilage.web.public_place import PublicPlace
from curtilage.web.tls import make_context, put
from curtilage.wire.identifier import Entropy

SOON_MS = 14 * MS_PER_DAY
"""A given certificate that ends within this is told about; a renewal by a program happens well before."""
_log = logging.getLogger("curtilage")


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """How it stands with the certificate, for pages, the API and the command line."""

    household: bool
    """Of the household authority; False: given."""
    origin: str
    fingerprint: str = ""
    """Of the server's own certificate; empty when there is none."""
    not_before_ms: int = 0
    not_after_ms: int = 0
    renewed_ms: int | None = None
    """When it will be renewed by itself; None: somebody else renews it."""
    root_fingerprint: str = ""
    root_not_after_ms: int | None = None
    install_address: str = ""
    """The page that shows how to trust the household authority; empty when nobody has to."""
    problem: str = ""
    do: str = ""


@dataclass(slots=True)
class _Held:
    certificate: Certificate | None = None
    authority: HouseholdAuthority | None = None
    signs: tuple[tuple[int, int, int], ...] = ()
    problem: CurtilageError | None = field(default=None)
    said: str = ""


class Certificates:
    """See the module's text. ``context`` is what the door shows."""

    def __init__(self, place: PublicPlace, config: Config, now_ms: Callable[[], int], entropy: Entropy) -> None:
        self._place = place
        self._config = config
        self._now_ms = now_ms
        self._entropy = entropy
        self._held = _Held()
        self.context: ssl.SSLContext = make_context()

    @property
    def household(self) -> bool:
        """Made by the household authority."""
        return not self._config.certificate_file

    def open(self) -> None:
        """Have something to show. Raises CertificateUnusable, AuthorityUnusable, SecretFileUnusable."""
        self.renew()
        self.say()

    def renew(self) -> None:
        """A new one of the household authority, or the given files as they are now. Raises as ``open``."""
        held = self._held
        held.signs = self._signs()
        certificate = self._make() if self.household else read_files(*self._files())
        put(certificate, self.context)
        held.certificate, held.problem = certificate, None

    def look(self) -> None:
        """Renew when it is time. What fails is kept to be told; what was shown before is shown on."""
        try:
            if self._due():
                self.renew()
        except CurtilageError as error:
            self._held.problem = error
        self.say()

    async def look_after(self) -> None:
        """Once in ``certificate_look_s``."""
        await asyncio.sleep(self._config.certificate_look_s)
        self.look()

    def authority(self) -> HouseholdAuthority:
        """What devices are to trust. Raises AuthorityUnusable, SecretFileUnusable."""
        if self._held.authority is None:
            files = (self._config.authority_file, self._config.data_folder)
            place = self._place
            self._held.authority = load_or_make_authority(
                *files, place.name, place.addresses, self._now_ms(), self._entropy
            )
        return self._held.authority

    def status(self) -> CertificateStatus:
        """As it is now; where nothing is served yet (a command without a server), as it would be."""
        if self._held.certificate is None and self._held.problem is None:
            try:
                self.renew()
            except CurtilageError as error:
                self._held.problem = error
        certificate, authority = self._held.certificate, self._held.authority
        problem, do = self._problem()
        shared = {"household": self.household, "origin": self._place.origin, "problem": problem, "do": do}
        if certificate is None:
            return CertificateStatus(**shared)  # type: ignore[arg-type] # each under its own name
        return CertificateStatus(
            **shared,  # type: ignore[arg-type] # as above
            fingerprint=certificate.fingerprint,
            not_before_ms=certificate.not_before_ms,
            not_after_ms=certificate.not_after_ms,
            renewed_ms=_renewal_ms(certificate) if self.household else None,
            root_fingerprint=authority.fingerprint if authority is not None else "",
            root_not_after_ms=authority.not_after_ms if authority is not None else None,
            install_address=f"{self._place.install_origin}/" if self.household else "",
        )

    def say(self) -> None:
        """A trouble, once, where the operator sees it."""
        words = " ".join(filter(None, self._problem()))
        if words and words != self._held.said:
            _log.warning("%s", words)
        self._held.said = words

    def _make(self) -> Certificate:
        place, age_days = self._place, self._config.certificate_age_days
        return make_certificate(self.authority(), place.name, place.addresses, age_days, self._now_ms(), self._entropy)

    def _files(self) -> tuple[Path, Path]:
        given = (self._config.certificate_file, self._config.certificate_key_file)
        certificate, key = (Path(text).expanduser() for text in given)
        return certificate, key

    def _signs(self) -> tuple[tuple[int, int, int], ...]:
        return () if self.household else signs_of_change(*self._files())

    def _due(self) -> bool:
        certificate = self._held.certificate
        if certificate is None:
            return True
        if not self.household:
            return self._signs() != self._held.signs
        now_ms = self._now_ms()
        return now_ms < certificate.not_before_ms or now_ms >= _renewal_ms(certificate)

    def _problem(self) -> tuple[str, str]:
        held, now_ms = self._held, self._now_ms()
        if held.problem is not None:
            kept = " The certificate before it is still shown." if held.certificate is not None else ""
            return held.problem.what + kept, held.problem.do
        if held.certificate is None:
            return "", ""
        finding = held.certificate.finding(self._place.name, now_ms)
        if finding is not None:
            return self._words(finding, held.certificate)
        if not self.household and held.certificate.not_after_ms - now_ms < SOON_MS:
            return f"The certificate ends on {_day(held.certificate.not_after_ms)}.", self._renewing()
        if (
            held.authority is not None
            and held.authority.not_after_ms - now_ms < self._config.certificate_age_days * MS_PER_DAY
        ):
            return (
                f"The household authority ends on {_day(held.authority.not_after_ms)}.",
                f"Remove {self._config.authority_file} and start again; every device has to trust the new one.",
            )
        return "", ""

    def _words(self, finding: Finding, certificate: Certificate) -> tuple[str, str]:
        origin, name = self._place.origin, self._place.name
        if finding is Finding.EXPIRED:
            return (
                f"The certificate expired on {_day(certificate.not_after_ms)}: no browser opens {origin}.",
                "Look at this machine's clock." if self.household else self._renewing(),
            )
        if finding is Finding.NOT_YET:
            return (
                f"The certificate begins on {_day(certificate.not_before_ms)}: no browser opens {origin} yet.",
                "Look at this machine's clock; if it is right, have the certificate made anew.",
            )
        names = ", ".join((*certificate.names, *map(str, certificate.addresses))) or "no name at all"
        return (
            f"The certificate is for {names}, not for {name}: no browser opens {origin}.",
            f"Have one made for {name}, or set public_name to a name it is for.",
        )

    def _renewing(self) -> str:
        certificate, key = self._files()
        return f"Renew it and put the new files at {certificate} and {key}; that is noticed without a restart."


def _renewal_ms(certificate: Certificate) -> int:
    """After two thirds of its life: a third is left to notice that it did not work."""
    life_ms = certificate.not_after_ms - certificate.not_before_ms
    return certificate.not_before_ms + life_ms * 2 // 3


def _day(at_ms: int) -> str:
    return f"{moment(at_ms):%Y-%m-%d}"
