"""A camera by its ONVIF services: ``onvif://user:password@host:port``, from which its RTSP addresses are asked.

User and password are those of the camera, for its services and its streams alike. What may follow the host:
``/path`` of the device service where that is unusual, ``?stream=sub`` for the smaller stream, ``?profile=TOKEN``
for one profile and no other (a recorder has many). ``onvifs://`` asks over HTTPS alone. Guards the password as
input/camera_address.py does.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from curtilage.cameras.input.camera_address import AddressError, check_text, read_place
from curtilage.cameras.input.trust import Trust, split_trust

SCHEME = "onvif://"
TLS_SCHEME = "onvifs://"
HTTP_PORT = 80
HTTPS_PORT = 443
DEVICE_SERVICE = "/onvif/device_service"
"""ONVIF Core §5.1.1: the device service's path."""
_EXAMPLE = "Write it like onvif://user:pass@192.0.2.10."
_STREAMS = ("main", "sub")


@dataclass(frozen=True, slots=True)
class OnvifAddress:
    """A camera reached by ONVIF over HTTP, or HTTPS."""

    host: str
    port: int
    path: str
    """Of the device service."""
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)
    sub: bool = False
    """The smaller stream."""
    profile: str = ""
    """Only this profile; empty: the best."""
    trust: Trust | None = None
    """What the camera is known by where its services or its stream come under TLS."""
    tls: bool = False
    """Its services are asked over HTTPS."""

    @staticmethod
    def parse(text: str) -> "OnvifAddress":
        """The address a person typed. Raises AddressError; its words never hold what was typed."""
        whole, trust = split_trust(text.strip())
        check_text(whole)
        tls = whole.lower().startswith(TLS_SCHEME)
        scheme = TLS_SCHEME if tls else SCHEME
        if not whole.lower().startswith(scheme):
            raise AddressError("This address does not begin with onvif://.", do=_EXAMPLE)
        read = read_place(whole[len(scheme) :], HTTPS_PORT if tls else HTTP_PORT)
        path, _, query = read.path.partition("?")
        given = dict(parse_qsl(query, keep_blank_values=True))
        if set(given) - {"stream", "profile"} or given.get("stream", "main") not in _STREAMS:
            raise AddressError("After the host may stand ?stream=sub or ?profile=TOKEN.", do=_EXAMPLE)
        sub, profile = given.get("stream") == "sub", given.get("profile", "")
        service = path if path.strip("/") else DEVICE_SERVICE
        return OnvifAddress(read.host, read.port, service, read.user, read.password, sub, profile, trust, tls)

    def origin(self) -> str:
        """``http://host:port`` or ``https://…``, for requests: all is asked of this host and of no other."""
        return f"{'https' if self.tls else 'http'}://{self._bracketed()}:{self.port}"

    def redacted(self) -> str:
        """For people: no user and no password."""
        who = "…@" if self.user is not None else ""
        return f"{TLS_SCHEME if self.tls else SCHEME}{who}{self._bracketed()}:{self.port}{' (sub)' if self.sub else ''}"

    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host
