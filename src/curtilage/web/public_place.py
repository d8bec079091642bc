"""Where other machines reach this server: one name, some addresses, the ports. Pure; made from the settings.

The rule it guards: nothing but loopback is listened on without HTTPS for exactly one name. Settings that would break it
are refused with words before anything is bound.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

from curtilage.config import Config
from curtilage.errors import PersonError
from curtilage.vault.certificate import IpAddress

HTTPS_PORT = 443
HTTP_PORT = 80


class DoorRefused(PersonError):
    """The settings would open a door to other machines that must not be open; nothing was opened."""


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """See the module's text."""

    name: str
    addresses: tuple[IpAddress, ...]
    listen: IpAddress | None
    """None: HTTPS too on loopback alone, for what forwards to it."""
    https_port: int
    install_port: int
    plain_lan_port: int

    @property
    def origin(self) -> str:
        """``https://rose.home.arpa:8443``: what every QR and every link from outside leads to."""
        return f"https://{_with_port(self.name, self.https_port, HTTPS_PORT)}"

    @property
    def install_origin(self) -> str:
        """The page that shows how to trust this server."""
        return f"http://{_with_port(self.name, self.install_port, HTTP_PORT)}"

    @property
    def plain_lan_origin(self) -> str:
        """What displays without HTTPS open."""
        return f"http://{_with_port(self.name, self.plain_lan_port, HTTP_PORT)}"

    @property
    def https_hosts(self) -> frozenset[str]:
        """What a request by HTTPS may call us."""
        return self._hosts(self.https_port, HTTPS_PORT)

    @property
    def plain_lan_hosts(self) -> frozenset[str]:
        """The same for displays without HTTPS."""
        return self._hosts(self.plain_lan_port, HTTP_PORT)

    def _hosts(self, port: int, usual: int) -> frozenset[str]:
        names = (self.name, *map(_in_url, self.addresses))
        return frozenset(_with_port(name, port, usual) for name in names)


def public_place(config: Config) -> PublicPlace | None:
    """None: this machine only. Raises DoorRefused."""
    if not config.public_name:
        _nothing_outside(config)
        return None
    if bool(config.certificate_file) != bool(config.certificate_key_file):
        raise DoorRefused(
            "A certificate needs its key, and a key its certificate.",
            do="Set certificate_file and certificate_key_file, or neither.",
        )
    return PublicPlace(
        name=config.public_name,
        addresses=_addresses(config.public_addresses),
        listen=_address(config.listen_address, "listen_address") if config.listen_address else None,
        https_port=config.https_port,
        install_port=config.install_port,
        plain_lan_port=config.plain_lan_port,
    )


class Url(Protocol):
    """Of a request, whose Host was checked."""

    @property
    def scheme(self) -> str:
        """http or https."""
        ...

    @property
    def netloc(self) -> str:
        """Name and port, as asked."""
        ...


def public_origin(place: PublicPlace | None, url: Url) -> str:
    """Where a person elsewhere in the home opens this server: the public place, else where this visitor came."""
    return place.origin if place is not None else f"{url.scheme}://{url.netloc}"


def _nothing_outside(config: Config) -> None:
    wanted = {
        "listen_address": config.listen_address,
        "public_addresses": config.public_addresses,
        "certificate_file": config.certificate_file,
        "certificate_key_file": config.certificate_key_file,
        "plain_lan": config.plain_lan,
    }
    named = [name for name, value in wanted.items() if value]
    if named:
        raise DoorRefused(
            f"Other machines are served by HTTPS only, and HTTPS needs one name; but {named[0]} is set and public_name "
            "is not. Nothing was opened.",
            do=f"Set public_name to the name by which they reach this machine, or leave {named[0]} out.",
        )


def _addresses(text: str) -> tuple[IpAddress, ...]:
    return tuple(_address(piece.strip(), "public_addresses") for piece in text.split(",") if piece.strip())


def _address(text: str, setting: str) -> IpAddress:
    try:
        return ip_address(text)
    except ValueError:
        raise DoorRefused(
            f"{setting}: {text!r} is no IP address.", do="Write it as 192.0.2.10 or 2001:db8::10."
        ) from None


def _in_url(address: IpAddress) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _with_port(name: str, port: int, usual: int) -> str:
    return name if port == usual else f"{name}:{port}"
