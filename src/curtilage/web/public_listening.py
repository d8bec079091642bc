"""The sockets of the doors to other machines, bound before anything else: public_place.py has the rule."""

import errno
import socket
from dataclasses import dataclass, replace

from curtilage.config import Config
from curtilage.errors import PersonError
from curtilage.vault.certificate import IpAddress
from curtilage.web.public_place import DoorRefused, public_place
from curtilage.web.server import Listening, PortTaken, bind, listen_loopback


@dataclass(frozen=True, slots=True)
class PublicListening:
    """A door that is not opened is None."""

    https: Listening
    install: Listening | None
    """With the household authority only: a given certificate is trusted already."""
    plain_lan: Listening | None

    def close(self) -> None:
        """When nothing came of it."""
        for listening in (self.https, self.install, self.plain_lan):
            if listening is not None:
                listening.close()

    def ports(self, config: Config) -> Config:
        """The settings with the ports that are really listened on."""
        return replace(
            config,
            https_port=self.https.port,
            install_port=self.install.port if self.install is not None else config.install_port,
            plain_lan_port=self.plain_lan.port if self.plain_lan is not None else config.plain_lan_port,
        )


def listen_public(config: Config) -> PublicListening | None:
    """None: this machine only. Raises DoorRefused, PortTaken, PersonError; then nothing is left open."""
    place = public_place(config)
    if place is None:
        return None
    opened: list[Listening] = []
    wanted = [("https_port", config.https_port)]
    if not config.certificate_file:
        wanted.append(("install_port", config.install_port))
    if config.plain_lan:
        wanted.append(("plain_lan_port", config.plain_lan_port))
    try:
        for setting, port in wanted:
            opened.append(listen_at(place.listen, port, setting))
    except BaseException:
        for listening in opened:
            listening.close()
        raise
    found = {setting: listening for (setting, _), listening in zip(wanted, opened, strict=True)}
    return PublicListening(found["https_port"], found.get("install_port"), found.get("plain_lan_port"))


def listen_at(address: IpAddress | None, port: int, setting: str) -> Listening:
    """The sockets of one port; None: on loopback. ``setting`` is its name. Raises DoorRefused, PortTaken."""
    try:
        if address is None:
            return listen_loopback(port)
        return _listen_at(address, port)
    except PortTaken as taken:
        raise PortTaken(port, f"{setting} =") from taken
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise DoorRefused(
                f"This machine has no address {address}.", do="Set listen_address to one it has, or to 0.0.0.0."
            ) from error
        raise DoorRefused(
            f"{address} cannot be listened on: {error.strerror}.", do="Set another listen_address."
        ) from error
    except PersonError as error:
        raise DoorRefused(f"Port {port} needs root.", do=f"Set {setting} to a port from 1024 on.") from error


def _listen_at(address: IpAddress, port: int) -> Listening:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    first = bind(family, str(address), port)
    chosen: int = first.getsockname()[1]
    if address.version == 4 or not address.is_unspecified:
        return Listening((first,), chosen)
    try:
        return Listening((first, bind(socket.AF_INET, "0.0.0.0", chosen)), chosen)
    except BaseException:
        first.close()
        raise
