"""The one table of purposes: everything personal that Curtilage stores, shows or sends, and what for.

It guards promise P2: nothing personal leaves a device or is stored before a recorded consent for that purpose. A test
reads the store's real table declarations and fails when a column stands neither here nor, with its reason, in
NOT_PERSONAL; another reads the HTTP API's operations (``endpoints``); outgoing calls are named in ``outgoing``.

The words are what a person is shown before consenting; their digest is kept with every consent, so it stays provable
which words those were. ``dpv`` is the nearest term of the W3C Data Privacy Vocabulary 2, for records by
ISO/IEC TS 27560.

It holds no decisions: those are in consent.py.
"""

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass


class Whose(enum.Enum):
    """Who decides about a purpose."""

    PERSON = "person"
    """Each person for herself."""
    HOME = "home"
    """An owner, once for the home."""


class Basis(enum.Enum):
    """Why the data may be there."""

    CONSENT = "consent"
    """Off until somebody gives it."""
    EVIDENCE = "evidence"
    """The record of consents and grants themselves: without it no consent could be shown, so it cannot wait for one."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One row of the consent page, and what in the program belongs to it."""

    id: str
    title: str
    what: str
    """What is stored or leaves the device."""
    to_whom: str
    why: str
    kept: str
    whose: Whose
    basis: Basis
    dpv: str
    fields: frozenset[str] = frozenset()
    """``table.column`` of every personal column."""
    endpoints: frozenset[str] = frozenset()
    """Operation names of the HTTP API that handle personal data for this."""
    outgoing: frozenset[str] = frozenset()
    """Calls that leave this machine."""

    def words_version(self) -> int:
        """48 bits that change whenever one of the words a person is shown changes."""
        words = f"{self.id}\n{self.title}\n{self.what}\n{self.to_whom}\n{self.why}\n{self.kept}"
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:6], "big")


ACCOUNT = "account"
HOME_MEMBERSHIP = "home_membership"
CAMERA_INPUT = "camera_input"
CAMERA_SOUND = "camera_sound"
CAMERA_VIEW = "camera_view"
ACTIVITY = "activity"

PURPOSES: tuple[Purpose, ...] = (
    Purpose(
        id=ACCOUNT,
        title="Signing in",
        what="The name you sign in with, and your password in a form that cannot be turned back into it.",
        to_whom="Nobody. It stays on this server.",
        why="So that only you can act as you.",
        kept="Until you close the account, or leave your last home, which closes it. A session ends when you sign out, "
        "and by itself when unused.",
        whose=Whose.PERSON,
        basis=Basis.CONSENT,
        dpv="dpv:IdentityAuthentication",
        fields=frozenset(
            {
                "accounts.name",
                "accounts.name_lookup",
                "accounts.password",
                "sessions.token_hash",
                "sessions.sealed",
                "codes.code_hash",
            }
        ),
        endpoints=frozenset(
            {
                "close_account",
                "close_account_of",
                "make_sign_in_code",
                "set_up",
                "show_session",
                "sign_in",
                "sign_out",
                "sign_out_everywhere",
            }
        ),
    ),
    Purpose(
        id=HOME_MEMBERSHIP,
        title="Belonging to a home",
        what="The home's name, the name you go by in it, and whether you are an owner or a member.",
        to_whom="The owners of this home. Members see their own.",
        why="So that the people of a home know whom they let see what.",
        kept="Until you leave the home; then your name is erased. If an owner invites you, the name they typed and the "
        "role are stored, sealed, under that owner's own consent until you accept, and erased when the code is over.",
        whose=Whose.PERSON,
        basis=Basis.CONSENT,
        dpv="dpv:ServiceProvision",
        fields=frozenset(
            {
                "homes_settings.name",
                "persons.account_lookup",
                "persons.name",
                "persons.role",
                "persons.person_key",
                "account_homes.lookup",
                "account_homes.sealed",
                "codes.person_lookup",
                "codes.sealed",
            }
        ),
        endpoints=frozenset(
            {
                "add_person",
                "create_home",
                "join_home",
                "list_homes",
                "list_persons",
                "make_set_up_code",
                "remove_person",
            }
        ),
    ),
    Purpose(
        id=CAMERA_INPUT,
        title="Receiving a camera's picture",
        what="The camera's name, address and password, sealed. This server fetches its stream and keeps the newest "
        "seconds, sealed, in memory only.",
        to_whom="The camera itself gets the password. Nobody else gets anything.",
        why="So that there is a picture to show, at once.",
        kept="Pictures: seconds, never on disk. The address and password: until the camera is removed. Its name: as "
        "long as the activity speaks of it.",
        whose=Whose.HOME,
        basis=Basis.CONSENT,
        dpv="dpv:RequestedServiceProvision",
        fields=frozenset({"devices.name", "devices.name_lookup", "cameras.address", "sub_streams.address"}),
        endpoints=frozenset(
            {
                "add_camera",
                "find_cameras",
                "list_cameras",
                "remove_camera",
                "show_camera",
                "trust_camera",
                "unlock_camera",
            }
        ),
        outgoing=frozenset({"rtsp", "onvif", "ffmpeg"}),
    ),
    Purpose(
        id=CAMERA_SOUND,
        title="Receiving a camera's sound",
        what="What the microphone of a camera hears, of each camera whose sound you switch on, sealed, the newest "
        "seconds in memory only. That includes what people say who do not know of it.",
        to_whom="Whoever has a grant for that camera, and nobody else. Our pages play it when somebody turns it on.",
        why="So that who may see the camera can also hear it.",
        kept="Sound: seconds, never on disk. Which cameras it is switched on for: until it is switched off.",
        whose=Whose.HOME,
        basis=Basis.CONSENT,
        dpv="dpv:RequestedServiceProvision",
        endpoints=frozenset({"open_hls", "open_view", "switch_sound"}),
        outgoing=frozenset({"rtsp", "ffmpeg"}),
    ),
    Purpose(
        id=CAMERA_VIEW,
        title="Showing a camera to somebody",
        what="Live pictures of the cameras you choose, sealed from this server to the screen. Of a display also the "
        "name you give it, and what it is known by again, sealed.",
        to_whom="Only whom you make a grant, only that camera, only until the grant ends or is revoked.",
        why="So that the people you choose can see it.",
        kept="Nothing of the pictures. A display: until it is unpaired. That the grant existed stays in the activity.",
        whose=Whose.HOME,
        basis=Basis.CONSENT,
        dpv="dpv:EnforceAccessControl",
        fields=frozenset({"grants.grantee", "grants.made_by", "grants.handle", "displays.sealed"}),
        outgoing=frozenset({"stun", "turn"}),
        endpoints=frozenset(
            {
                "add_whep_candidates",
                "close_view",
                "close_whep_view",
                "describe_whep",
                "list_cameras",
                "list_displays",
                "list_grants",
                "make_grant",
                "open_hls",
                "open_stream",
                "open_view",
                "open_whep_address",
                "open_whep_view",
                "report_whep_alarm",
                "show_whep_view",
                "report_alarm",
                "revoke_grant",
                "show_camera",
                "show_moving_stills",
                "show_still",
                "pair_display",
                "remove_display",
                "show_display",
                "start_pairing",
                "unpair_display",
                "wake_display",
            }
        ),
    ),
    Purpose(
        id=ACTIVITY,
        title="Activity",
        what="Who gave, withdrew, made, revoked, added or removed what, and when. No pictures, no names, no addresses.",
        to_whom="The owners of this home. The operator sees the server's own.",
        why="So that everybody can check later what was allowed, and that nothing was changed afterwards.",
        kept="As long as the home exists.",
        whose=Whose.HOME,
        basis=Basis.EVIDENCE,
        dpv="dpv:RecordManagement",
        fields=frozenset(
            {
                "consents.purpose",
                "consents.person",
                "ledger_entries.salt",
                "ledger_entries.payload",
                "server_ledger_entries.salt",
                "server_ledger_entries.payload",
            }
        ),
        endpoints=frozenset(
            {
                "list_activity",
                "list_consents",
                "show_checkpoint",
                "show_consistency",
                "show_ledger_state",
                "show_receipt",
                "withdraw_consent",
            }
        ),
    ),
)

_RANDOM = "random: says nothing of anybody"
_FIXED = "one of a few fixed words of the program"
_SEALED_KEY = "a key, wrapped; protects personal data and is none"
_TREE = "a salted hash: says nothing without the entry"

NOT_PERSONAL: Mapping[str, str] = {
    "homes.id": _RANDOM,
    "homes.home_key": _SEALED_KEY,
    "homes_settings.id": _RANDOM,
    "persons.id": _RANDOM,
    "accounts.id": _RANDOM,
    "devices.id": _RANDOM,
    "devices.kind": _FIXED,
    "devices.model": "what was built, not who has it; in the open so that one model can be suspended",
    "devices.firmware": "as the model",
    "cameras.device": _RANDOM,
    "displays.device": _RANDOM,
    "sub_streams.device": _RANDOM,
    "camera_sounds.device": _RANDOM,
    "camera_sounds.consent": _RANDOM,
    "consents.id": _RANDOM,
    "grants.id": _RANDOM,
    "grants.camera": _RANDOM,
    "grants.grantee_kind": _FIXED,
    "grants.consent": _RANDOM,
    "grants.ended_why": _FIXED,
    "codes.kind": _FIXED,
    "ledger_entries.leaf": _TREE,
    "server_ledger_entries.leaf": _TREE,
    "server_state.name": _FIXED,
    "server_state.value": "the highest time seen, and checkpoints: sizes and hashes",
}
"""Columns of text and bytes that are no personal data, each with the reason. Numbers need none."""


def purpose(purpose_id: str) -> Purpose:
    """The purpose of that id. Raises KeyError: a mistake of ours, ids come from the constants above."""
    for item in PURPOSES:
        if item.id == purpose_id:
            return item
    raise KeyError(purpose_id)
