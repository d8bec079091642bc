"""What the API reads and writes, as pydantic models: the OpenAPI document is made from these.

Input is strict: an unknown field is an error, not a silently ignored typing mistake. Lengths here are only the
outermost bound; the rooms know the real ones.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from curtilage.home.actor import Role

_Text = Annotated[str, Field(max_length=4096, strict=True)]
_Identifier = Annotated[str, Field(max_length=64, strict=True)]
_Secret = Annotated[str, Field(max_length=4096, strict=True, repr=False)]
_SecretOrNone = Annotated[str | None, Field(max_length=4096, strict=True, repr=False)]
_Milliseconds = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]


class Input(BaseModel):
    """Base of what is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """Base of what is written."""

    model_config = ConfigDict(frozen=True)


class SetUp(Input):
    """First use of a set-up or joining code: makes the account."""

    code: _Secret
    account: _Text
    password: _Secret
    home: _Text | None = None
    """Gives the home this name; only with a set-up code."""


class SignIn(Input):
    """Either account and password, or a code."""

    account: _Text | None = None
    password: _SecretOrNone = None
    code: _SecretOrNone = None


class AccountNameInput(Input):
    """An account, by the name it signs in with."""

    account: _Text


class JoinInput(Input):
    """A joining code."""

    code: _Secret


class NewHomeInput(Input):
    """A home to be made."""

    name: _Text


class NewPersonInput(Input):
    """A person to be added."""

    name: _Text
    role: Role = Role.MEMBER


class NewCodeInput(Input):
    """A code to be made."""

    uses: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    """How often it works. More than once only for the operator, for signing in."""


class NewCameraInput(Input):
    """A camera to be added. The address may hold its user name and password; no answer ever repeats it."""

    name: _Text
    address: _Secret
    sub_address: _Secret = ""
    """Of its smaller stream, which a poor network is shown; empty: none, or the one that an onvif:// address names."""


class TrustInput(Input):
    """The key that a camera under TLS is to be known by."""

    fingerprint: _Text
    """``sha256:`` and 64 hexadecimal digits of its public key."""


class SoundInput(Input):
    """A camera's sound, switched."""

    on: Annotated[bool, Field(strict=True)]


class NewGrantInput(Input):
    """Who may see what, until when."""

    camera: _Identifier
    person: _Identifier
    """Or a display's id."""
    until_ms: _Milliseconds | None = None
    """Exclusive end in ms since 1970-01-01T00:00Z; null: until revoked."""


class MembershipOutput(Output):
    """A home of the visitor's."""

    id: str
    name: str
    role: Role
    person: str | None
    """The visitor's person there; null for the operator."""


class SessionOutput(Output):
    """Who is signed in."""

    account: str | None
    csrf: str | None
    """To be sent as X-CSRF-Token with every request that changes something; null for the operator."""
    operator: bool
    homes: list[MembershipOutput]


class NewHomeOutput(Output):
    """A new home and its one-time set-up code."""

    id: str
    name: str
    code: str


class PersonOutput(Output):
    """A person of a home."""

    id: str
    name: str
    role: Role
    joined_ms: int
    signs_in: bool
    """Has an account; false while the joining code is unused."""


class NewPersonOutput(PersonOutput):
    """A new person and the code to join with."""

    code: str


class CodeOutput(Output):
    """A code, shown this once."""

    code: str


class CameraOutput(Output):
    """A camera and how it is."""

    id: str
    name: str
    model: str
    firmware: str
    added_ms: int
    state: str
    since_ms: int
    words: str
    """For a person: what is the matter."""
    do: str
    """What to do about it; may be empty."""
    newest_picture_ms: int | None
    cached_bytes: int
    views_count: int
    trust: str = ""
    """Under TLS: the fingerprint of the key it is known by, or ``authorities``; empty: nothing, or not met yet."""
    sound: str = "off"
    """``off``: switched off; ``none``: switched on, but the camera sends none that can be played; ``on``."""


class FoundCameraOutput(Output):
    """A camera that answered a search. It proves nothing: anybody on the network can answer."""

    address: str
    """Without a user name and a password: they are for a person to add."""
    called: str
    """What it calls itself."""
    hardware: str
    added: bool
    """This home has a camera at the same host already."""


class GrantOutput(Output):
    """A live grant."""

    id: str
    camera: str
    camera_name: str
    grantee_kind: str
    grantee: str
    grantee_name: str
    until_ms: int | None
    made_ms: int
    views_count: int
    """Running views by this grant: "watching now"."""
    handle: str | None
    """Opens views; shown to the grantee alone."""


class RevokedOutput(Output):
    """A grant that is over."""

    stopped_ms: int
    """From the word to the moment everything was cut and recorded."""


class EntryOutput(Output):
    """One entry of a home's ledger."""

    position: int | None
    """Null: no entry, but the alarm that the ledger was changed from outside; it stands first, with kind ``alarm``."""
    at_ms: int
    kind: str
    actor: str | None
    """A person; null: the operator, or Curtilage itself."""
    words: str
    facts: dict[str, str]


class PurposeOutput(Output):
    """A purpose, and this home's consent to it if it stands."""

    purpose: str
    words: str
    what: str
    to_whom: str
    why: str
    kept: str
    consent: str | None


class ProblemKindOutput(Output):
    """A kind of problem."""

    type: str
    title: str
    status: int
    do: str


class ProblemOutput(Output):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str | None = None
    do: str
    fields: list[str] | None = None


def problems() -> dict[int | str, dict[str, Any]]:
    """For every route's ``responses``."""
    schema = {"$ref": "#/components/schemas/ProblemOutput"}
    content = {"application/problem+json": {"schema": schema}}
    return {"default": {"description": "A problem (RFC 9457).", "content": content}}
