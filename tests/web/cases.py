"""One case for every route: what a right request to it looks like, and who may make it.

tests/web/test_walls.py takes the list of routes from the application and fails for a route that has no case here, and
for a case whose request does not work for the one who may: a wall is only tried by a request that would get through.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.cameras.whep_side import OFFER, TRICKLE


class Who(enum.Enum):
    """Who makes the request work."""

    OWNER = enum.auto()
    MEMBER = enum.auto()
    """A member with a grant."""
    OPERATOR = enum.auto()
    DISPLAY = enum.auto()
    """A paired display with a grant."""
    WAITING = enum.auto()
    """A display that waits with ``waiting_code``."""
    ANYBODY = enum.auto()
    """Without a session, too."""


@dataclass(frozen=True)
class Case:
    """A request to one route. Words in braces are names of a World's things."""

    method: str
    path: str
    who: Who = Who.OWNER
    value: Any = None
    """JSON."""
    form: str | None = None
    sdp: tuple[str, str] | None = None
    """Content type and body."""
    status: int = 200
    owners_only: bool = False
    """A member is told so."""

    @property
    def key(self) -> tuple[str, str]:
        """As the application lists it."""
        return self.method, self.path.replace("{waiting}", "{person}").replace("{waiting_code}", "{code}")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


HOME = "/api/v1/homes/{home}"
PAGE = "/homes/{home}"
VIEWS = "/api/v1/streams/{stream}/views"
WHEP_VIEW = "/api/v1/whep/views/{whep}"
CAMERA = {"name": "Gate", "address": "rtsp://192.0.2.1/s"}
TRUST = {"fingerprint": "sha256:" + "ab" * 32}
CAMERA_FORM = "name=Gate&address=rtsp://192.0.2.1/s"
DISPLAY = {"code": "{code}", "name": "Hall", "cameras": ["{camera}"]}
DISPLAY_FORM = "code={code}&name=Hall&camera={camera}&until=revoked"
GRANT = {"camera": "{camera}", "person": "{person}"}

SET_UP = {"code": "{set_up_code}", "account": "Eve", "password": "{pass}"}

CASES = (
    # Entry
    Case(
        "POST",
        "/api/v1/setup",
        Who.ANYBODY,
        {"code": "{set_up_code}", "account": "Eve", "password": "{pass}"},
        status=201,
    ),
    Case("POST", "/api/v1/sessions", Who.ANYBODY, {"account": "Alma", "password": "{pass}"}, status=201),
    Case("DELETE", "/api/v1/sessions", status=204),
    Case("GET", "/api/v1/sessions/current"),
    Case("DELETE", "/api/v1/sessions/current", status=204),
    Case("GET", "/sign-in", Who.ANYBODY),
    Case("POST", "/sign-in", Who.ANYBODY, form="account=Alma&password={pass}", status=303),
    Case("POST", "/sign-out", form="a=b", status=303),
    Case("GET", "/set-up", Who.ANYBODY),
    Case(
        "POST",
        "/set-up",
        Who.ANYBODY,
        form="step=account&for=set_up&code={set_up_code}&home=Elm&account=Eve&password={pass}",
        status=303,
    ),
    # The same for everybody
    Case("GET", "/static/{path:path}", Who.ANYBODY),
    Case("GET", "/favicon.ico", Who.ANYBODY),
    Case("GET", "/api/v1/openapi.json"),
    Case("GET", "/api/docs"),
    Case("GET", "/api/problems"),
    Case("GET", "/api/problems/{slug}"),
    Case("GET", "/certificate"),
    Case("GET", "/certificate/qr"),
    Case("GET", "/api/v1/certificate"),
    Case("POST", "/api/v1/certificate/renew", Who.OPERATOR),
    # The visitor's own
    Case("GET", "/", status=303),
    Case("GET", "/cameras", status=303),
    Case("GET", "/grants", status=303),
    Case("GET", "/activity", status=303),
    Case("GET", "/api/v1/homes"),
    Case("POST", "/api/v1/homes", Who.OPERATOR, {"name": "Elm"}, status=201),
    Case("POST", f"{HOME}/codes", Who.OPERATOR, status=201, owners_only=True),
    Case("POST", "/api/v1/homes/joined", value={"code": "{set_up_code}"}, status=201),
    Case("POST", "/api/v1/streams", Who.MEMBER),
    Case("GET", "/api/v1/stills/{handle}", Who.MEMBER),
    Case("GET", "/api/v1/stills/{handle}/moving", Who.MEMBER),
    # One's own account
    Case("DELETE", "/api/v1/account", Who.MEMBER, status=204),
    Case("POST", "/api/v1/accounts/closed", Who.OPERATOR, {"account": "Ada"}, status=204),
    Case("GET", "/account"),
    Case("POST", "/account/close", Who.MEMBER, form="sure=yes", status=303),
    Case("POST", f"{PAGE}/leave", Who.MEMBER, form="a=b", status=303),
    # Persons
    Case("GET", f"{HOME}/persons"),
    Case("POST", f"{HOME}/persons", value={"name": "Eve"}, status=201, owners_only=True),
    Case("DELETE", f"{HOME}/persons/{{person}}", status=204, owners_only=True),
    Case("POST", f"{HOME}/persons/{{person}}/codes", Who.OPERATOR, {"uses": 2}, status=201, owners_only=True),
    Case("POST", f"{PAGE}/persons", form="name=Eve&role=member", owners_only=True),
    Case("POST", f"{PAGE}/persons/{{waiting}}/code", form="a=b", owners_only=True),
    # Cameras
    Case("GET", f"{HOME}/cameras", Who.MEMBER),
    Case("POST", f"{HOME}/cameras", value=CAMERA, status=201, owners_only=True),
    Case("POST", f"{HOME}/cameras/find", owners_only=True),
    Case("GET", f"{HOME}/cameras/{{camera}}", Who.MEMBER),
    Case("DELETE", f"{HOME}/cameras/{{camera}}", status=204, owners_only=True),
    Case("POST", f"{HOME}/cameras/{{camera}}/unlock", status=204, owners_only=True),
    Case("POST", f"{HOME}/cameras/{{camera}}/trust", value=TRUST, status=204, owners_only=True),
    Case("PUT", f"{HOME}/cameras/{{camera}}/sound", value={"on": True}, status=204, owners_only=True),
    Case("GET", f"{PAGE}/cameras/{{camera}}/sound", owners_only=True),
    Case("POST", f"{PAGE}/cameras/{{camera}}/sound", form="on=yes", status=303, owners_only=True),
    Case("GET", f"{PAGE}/cameras", Who.MEMBER),
    Case("GET", f"{PAGE}/cameras/add", owners_only=True),
    Case("GET", f"{PAGE}/cameras/find", owners_only=True),
    Case(
        "POST",
        f"{PAGE}/cameras/found",
        form="name=Gate&camera=onvif://192.0.2.1&who=w&password=p",
        status=303,
        owners_only=True,
    ),
    Case("POST", f"{PAGE}/cameras/add", form=CAMERA_FORM, status=303, owners_only=True),
    Case("POST", f"{PAGE}/cameras/{{camera}}/remove", form="a=b", status=303, owners_only=True),
    Case("POST", f"{PAGE}/cameras/{{camera}}/unlock", form="a=b", status=303, owners_only=True),
    Case("GET", f"{PAGE}/first-camera", owners_only=True),
    Case("POST", f"{PAGE}/first-camera", form=CAMERA_FORM, status=303, owners_only=True),
    Case("POST", f"{PAGE}/first-camera/again", form="camera={camera}", status=303, owners_only=True),
    # Grants
    Case("GET", f"{HOME}/grants", Who.MEMBER),
    Case("POST", f"{HOME}/grants", value=GRANT, status=201, owners_only=True),
    Case("DELETE", f"{HOME}/grants/{{grant}}", owners_only=True),
    Case("GET", f"{PAGE}/grants", Who.MEMBER),
    Case("POST", f"{PAGE}/grants", form="person={person}&camera={camera}&until=revoked", status=303, owners_only=True),
    Case("POST", f"{PAGE}/grants/{{grant}}/revoke", form="a=b", status=303, owners_only=True),
    # Evidence
    Case("GET", f"{HOME}/activity", owners_only=True),
    Case("GET", f"{HOME}/activity/checkpoint", owners_only=True),
    Case("GET", f"{HOME}/activity/state", owners_only=True),
    Case("GET", f"{HOME}/activity/consistency", owners_only=True),
    Case("GET", f"{HOME}/activity/{{position}}/receipt", owners_only=True),
    Case("GET", f"{PAGE}/activity", owners_only=True),
    Case("GET", f"{HOME}/consents"),
    Case("DELETE", f"{HOME}/consents/{{consent}}", status=204, owners_only=True),
    # Displays
    Case("GET", "/displays", status=303),
    Case("GET", f"{HOME}/displays", Who.MEMBER),
    Case("POST", f"{HOME}/displays", value=DISPLAY, status=201, owners_only=True),
    Case("DELETE", f"{HOME}/displays/{{display}}", status=204, owners_only=True),
    Case("POST", f"{HOME}/displays/{{display}}/wake", Who.MEMBER),
    Case("GET", f"{PAGE}/displays", Who.MEMBER),
    Case("GET", f"{PAGE}/displays/pair", owners_only=True),
    Case("POST", f"{PAGE}/displays/pair", form=DISPLAY_FORM, status=303, owners_only=True),
    Case("POST", f"{PAGE}/displays/{{display}}/wake", Who.MEMBER, form="a=b", status=303),
    Case("POST", f"{PAGE}/displays/{{display}}/remove", form="a=b", status=303, owners_only=True),
    # A display's own
    Case("GET", "/display", Who.ANYBODY),
    Case("GET", "/display/qr/{waiting_code}", Who.WAITING),
    Case("GET", "/p", Who.ANYBODY),
    Case("GET", "/P", Who.ANYBODY),
    Case("GET", "/p/{code}", Who.ANYBODY),
    Case("GET", "/P/{code}", Who.ANYBODY),
    Case("GET", "/api/v1/display", Who.ANYBODY),
    Case("POST", "/api/v1/display/pairing", Who.ANYBODY, status=201),
    Case("DELETE", "/api/v1/display", Who.DISPLAY, status=204),
    # Views
    Case("POST", VIEWS, Who.MEMBER, {"grant": "{handle}", "key": "{key}"}, status=201),
    Case("DELETE", f"{VIEWS}/{{view}}", Who.MEMBER, status=204),
    Case("POST", "/api/v1/hls", Who.MEMBER, {"grant": "{handle}"}, status=201),
    Case("GET", "/live/{live}/index.m3u8", Who.ANYBODY),
    Case("GET", "/live/{live}/main.m3u8", Who.ANYBODY),
    Case("GET", "/live/{live}/sub.m3u8", Who.ANYBODY),
    Case("GET", "/live/{live}/sound.m3u8", Who.ANYBODY),
    Case("GET", "/live/{live}/keys/{epoch_key}", Who.ANYBODY),
    Case("GET", "/parts/{piece}", Who.ANYBODY),
    Case("POST", "/api/v1/whep", Who.MEMBER, {"grant": "{handle}"}, status=201),
    Case("OPTIONS", "/api/v1/whep/{handle}", Who.MEMBER, status=204),
    Case("POST", "/api/v1/whep/{handle}", Who.MEMBER, sdp=("application/sdp", OFFER), status=201),
    Case("PATCH", WHEP_VIEW, Who.MEMBER, sdp=("application/trickle-ice-sdpfrag", TRICKLE), status=204),
    Case("GET", WHEP_VIEW, Who.MEMBER),
    Case("POST", f"{WHEP_VIEW}/alarms", Who.MEMBER, {"cause": "not_my_camera"}, status=204),
    Case("DELETE", WHEP_VIEW, Who.MEMBER, status=204),
    Case("POST", f"{VIEWS}/{{view}}/alarms", Who.MEMBER, {"cause": "not_my_camera"}, status=204),
)
"""Every route there is."""


def filled(template: Any, names: Mapping[str, str]) -> Any:
    """The template with the things' names in it, however deep."""
    if isinstance(template, dict):
        return {key: filled(value, names) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, names) for value in template]
    if not isinstance(template, str):
        return template
    for name, text in names.items():
        template = template.replace("{" + name + "}", text)
    return template
