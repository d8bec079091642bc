"""What the API reads and writes about displays (see api_models.py)."""

from typing import Annotated, Literal

from pydantic import Field

from curtilage.web.api.api_models import Input, Output

_Identifier = Annotated[str, Field(max_length=64, strict=True)]


class NewDisplayInput(Input):
    """A display to be let in."""

    code: Annotated[str, Field(max_length=64, strict=True, repr=False)]
    """As it shows it."""
    name: Annotated[str, Field(max_length=4096, strict=True)]
    cameras: Annotated[tuple[_Identifier, ...], Field(max_length=64)] = ()
    until_ms: Annotated[int | None, Field(strict=True, ge=0, le=2**53 - 1)] = None
    """Exclusive end of its grants in ms since 1970-01-01T00:00Z; null: until revoked."""


class DisplayGrantOutput(Output):
    """A camera that a display shows."""

    grant: str
    camera: str
    camera_name: str
    until_ms: int | None


class DisplayOutput(Output):
    """A display of a home."""

    id: str
    name: str
    added_ms: int
    here: bool
    """Its page is open."""
    grants: list[DisplayGrantOutput]
    """Those that the visitor may know of."""


class WokenOutput(Output):
    """A display was told to wake."""

    here: bool
    """It heard it; false: its page is not open."""


class PairingOutput(Output):
    """What a display shows."""

    code: str
    until_ms: int
    now: int


class ShownCameraOutput(Output):
    """A camera that this display may show."""

    camera: str
    name: str
    handle: str = Field(repr=False)
    until_ms: int | None


class DisplayStateOutput(Output):
    """How a display stands."""

    state: Literal["unpaired", "waiting", "paired"]
    version: str
    """To be sent as ``after``."""
    now: int
    woken_ms: int = 0
    """When it was last told to wake; 0: not since the server started."""
    cameras: tuple[ShownCameraOutput, ...] = ()
