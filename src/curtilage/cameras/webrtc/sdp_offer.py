"""A WebRTC offer (RFC 8866, RFC 9429), read as far as an answer that only sends one video and its sound needs it.

Whoever sends it may be anybody with a grant, so nothing is believed: every number is bounded, a line that is not
understood is passed over, and what an answer cannot do without is asked for by name. Pure. Resolves no name: a
candidate that is no IP address (``.local``, the mDNS names of browsers) is left out, and the viewer is found by its own
checks.
"""

import enum
import ipaddress
import re
from dataclasses import dataclass, field

from curtilage.cameras.webrtc.sdp_sound import OfferedSound, read_sound_codecs

CANDIDATES_COUNT_MAX = 16
"""Of one viewer; each is a place our connectivity checks go to."""
_SECTIONS_COUNT_MAX = 16
_FINGERPRINTS_COUNT_MAX = 4
PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
"""The name under which browsers know it; there is nothing to be fetched there."""
_EXTENSION_IDS = frozenset(map(str, range(1, 15)))
_EXTENSIONS_COUNT_MAX = 32
_LINES_COUNT_MAX = 2_000
"""A browser's offer of everything it has comes to about 300."""
_CODECS_COUNT_MAX = 128
_PAYLOAD_TYPE_MAX = 127
_USERNAME = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_MID = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32}")
_WORD = re.compile(r"[A-Za-z0-9/+._-]{1,64}")
_FINGERPRINT = re.compile(r"(sha-(?:256|384|512)) ((?:[0-9A-F]{2}:){31,63}[0-9A-F]{2})", re.IGNORECASE)
_PROFILE = re.compile(r"profile-level-id=([0-9A-Fa-f]{6})(?:;|$)")
_SETUPS = frozenset({"actpass", "active", "passive"})
_DIRECTIONS = frozenset({"sendrecv", "recvonly", "sendonly", "inactive"})
_CANDIDATE_TYPES = frozenset({"host", "srflx", "relay"})
_PRIORITY_MAX = 2**31 - 1


class Fault(enum.Enum):
    """Why an offer leads to no answer."""

    MALFORMED = enum.auto()
    """It is no offer."""
    NOT_ACCEPTABLE = enum.auto()
    """It is one, and asks for what is not sent here."""


@dataclass(frozen=True, slots=True)
class BadOffer:
    """No answer; ``words`` say what is missing, never what was sent."""

    fault: Fault
    words: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Where the viewer may be reached (RFC 8839 §5.1), UDP only."""

    foundation: str
    priority: int
    host: str
    port: int
    kind: str


@dataclass(frozen=True, slots=True)
class IceParameters:
    """RFC 8839 §5.4."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Codec:
    """One H.264 payload type with packetization-mode 1 that the viewer can receive."""

    payload_type: int
    profile_level_id: str
    feedback: frozenset[str]


@dataclass(frozen=True, slots=True)
class Section:
    """One m= section, as far as an answer repeats it."""

    kind: str
    protocol: str
    format: str
    """The first one: an answer that refuses the section repeats it."""
    mid: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a viewer offered to receive."""

    sections: tuple[Section, ...]
    video: int
    """Which section is answered with the picture."""
    bundled: bool
    codecs: tuple[Codec, ...]
    ice: IceParameters
    fingerprints: tuple[tuple[str, str], ...]
    """Algorithm and value."""
    setup: str
    candidates: tuple[Candidate, ...]
    delay_id: int = 0
    """Of the header extension that says how long to wait before a picture is shown; 0: it knows none."""
    sound: OfferedSound | None = None
    """Which section may be answered with the camera's sound; None: the viewer wants none."""


@dataclass(frozen=True, slots=True)
class Trickle:
    """A fragment with further candidates (RFC 8840)."""

    ice: IceParameters | None
    candidates: tuple[Candidate, ...]


@dataclass(slots=True)
class _Lines:
    """The attributes of the session or of one section."""

    media: str = ""
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]

    def first(self, name: str) -> str | None:
        return next((value for key, value in self.attributes if key == name), None)


def read_offer(octets: bytes) -> Offer | BadOffer:
    """The offer, or why there will be no answer."""
    read = _read(octets)
    if read is None or not octets.startswith(b"v=0"):
        return _malformed("It is no session description.")
    session, sections = read
    heads = [_section(lines) for lines in sections]
    if not sections or len(sections) > _SECTIONS_COUNT_MAX:
        return _malformed("It has no media sections, or too many.")
    known = tuple(head for head in heads if head is not None)
    if len(known) != len(heads) or len({head.mid for head in known}) != len(known):
        return _malformed("Every media section needs a mid of its own.")
    videos = [place for place, head in enumerate(known) if head.kind == "video" and _receives(sections[place])]
    if not videos:
        return _unsuitable("It does not ask to receive video.")
    place = next((place for place in videos if _codecs(sections[place])), None)
    if place is None:
        return _unsuitable("It does not receive H.264 in packetization-mode 1.")
    return _offer(session, sections, known, place)


def read_trickle(octets: bytes) -> Trickle | BadOffer:
    """A PATCH's body, ``application/trickle-ice-sdpfrag``."""
    read = _read(octets)
    if read is None:
        return _malformed("It is no fragment of a session description.")
    session, sections = read
    everywhere = _Lines("", [pair for lines in (session, *sections) for pair in lines.attributes])
    ice = _ice(everywhere)
    if ice is None and (everywhere.first("ice-ufrag") or everywhere.first("ice-pwd")):
        return _malformed("Its ICE user name or password has not the right form.")
    return Trickle(ice, _candidates(everywhere))


def _offer(session: _Lines, sections: list[_Lines], known: tuple[Section, ...], place: int) -> Offer | BadOffer:
    grouped = next((group.split()[1:] for group in session.all("group") if group.startswith("BUNDLE ")), [])
    bundled = known[place].mid in grouped
    # In a bundle the transport's attributes may stand in its first section alone (RFC 9143 §7.1.3).
    tagged = [lines for lines, head in zip(sections, known, strict=True) if bundled and head.mid in grouped]
    own = sections[place]
    sources = [own, *tagged, session]
    ice = next((found for found in map(_ice, sources) if found is not None), None)
    fingerprints = next((found for found in map(_fingerprints, sources) if found), ())
    setup = next((found for found in (lines.first("setup") for lines in sources) if found), "actpass")
    if ice is None:
        return _malformed("It has no ICE user name and password.")
    if not fingerprints or setup not in _SETUPS:
        return _malformed("It has no usable DTLS fingerprint.")
    if own.first("rtcp-mux") is None:
        return _unsuitable("It does not multiplex RTP and RTCP.")
    candidates = next((found for found in map(_candidates, sources) if found), ())
    sound = _sound(sections, known, grouped) if bundled else None
    return Offer(known, place, bundled, _codecs(own), ice, fingerprints, setup, candidates, _delay_id(own), sound)


def _sound(sections: list[_Lines], known: tuple[Section, ...], grouped: list[str]) -> OfferedSound | None:
    """The first that receives sound over the picture's transport: another transport is not opened for it."""
    for place, (lines, head) in enumerate(zip(sections, known, strict=True)):
        if head.kind != "audio" or head.mid not in grouped or not _receives(lines):
            continue
        formats = lines.media.split(" ")[3:]
        if codecs := read_sound_codecs(formats, lines.all("rtpmap"), lines.all("fmtp")):
            return OfferedSound(place, codecs)
    return None


def _malformed(words: str) -> BadOffer:
    return BadOffer(Fault.MALFORMED, words)


def _unsuitable(words: str) -> BadOffer:
    return BadOffer(Fault.NOT_ACCEPTABLE, words)


def _read(octets: bytes) -> tuple[_Lines, list[_Lines]] | None:
    """Session and sections. None: not text, or a line that is none of SDP's."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    session, sections = _Lines(), []
    lines = text.replace("\r\n", "\n").split("\n", _LINES_COUNT_MAX)
    if len(lines) > _LINES_COUNT_MAX:
        return None
    for line in lines:
        if not line:
            continue
        if len(line) < 2 or line[1] != "=" or not line[0].isalpha():
            return None
        if line[0] == "m":
            sections.append(_Lines(line[2:]))
        elif line[0] == "a":
            name, _, value = line[2:].partition(":")
            (sections[-1] if sections else session).attributes.append((name, value.strip()))
    return session, sections


def _section(lines: _Lines) -> Section | None:
    words, mid = lines.media.split(" "), lines.first("mid") or ""
    if len(words) < 4 or not all(map(_WORD.fullmatch, words)) or not _MID.fullmatch(mid):
        return None
    return Section(words[0], words[2], words[3], mid)


def _receives(lines: _Lines) -> bool:
    direction = next((name for name, _ in lines.attributes if name in _DIRECTIONS), "sendrecv")
    port = lines.media.split(" ")[1]
    refused = port == "0" and lines.first("bundle-only") is None
    return direction in {"recvonly", "sendrecv"} and "SAVPF" in lines.media and not refused


def _codecs(lines: _Lines) -> tuple[Codec, ...]:
    """RFC 6184 §8.1: without profile-level-id it is Baseline, level 1."""
    formats = dict(line.partition(" ")[::2] for line in lines.all("fmtp"))
    feedback = _feedback(lines)
    everywhere = feedback.get("*", frozenset())
    codecs = []
    for line in lines.all("rtpmap")[:_CODECS_COUNT_MAX]:
        number, _, name = line.partition(" ")
        parameters = formats.get(number, "").replace(" ", "")
        if name.strip().upper() != "H264/90000" or "packetization-mode=1" not in parameters.split(";"):
            continue
        if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number) <= _PAYLOAD_TYPE_MAX):
            continue
        said = _PROFILE.search(parameters)
        profile = said[1].lower() if said else "42000a"
        codecs.append(Codec(int(number), profile, feedback.get(number, everywhere) | everywhere))
    return tuple(codecs)


def _feedback(lines: _Lines) -> dict[str, frozenset[str]]:
    """What each payload type, or ``*``, gives back."""
    found: dict[str, set[str]] = {}
    for line in lines.all("rtcp-fb"):
        whom, _, what = line.partition(" ")
        found.setdefault(whom, set()).add(what.strip())
    return {whom: frozenset(said) for whom, said in found.items()}


def _delay_id(lines: _Lines) -> int:
    """RFC 8285 §4.2: 1 to 14 in the one-byte form."""
    for line in lines.all("extmap")[:_EXTENSIONS_COUNT_MAX]:
        number, _, uri = line.partition(" ")
        if uri.strip() == PLAYOUT_DELAY and number in _EXTENSION_IDS:
            return int(number)
    return 0


def _ice(lines: _Lines) -> IceParameters | None:
    username, password = lines.first("ice-ufrag") or "", lines.first("ice-pwd") or ""
    if not _USERNAME.fullmatch(username) or not _PASSWORD.fullmatch(password):
        return None
    return IceParameters(username, password)


def _fingerprints(lines: _Lines) -> tuple[tuple[str, str], ...]:
    found = [_FINGERPRINT.fullmatch(line) for line in lines.all("fingerprint")[:_FINGERPRINTS_COUNT_MAX]]
    return tuple((match[1].lower(), match[2].upper()) for match in found if match is not None)


def _candidates(lines: _Lines) -> tuple[Candidate, ...]:
    read = (_candidate(line) for line in lines.all("candidate"))
    return tuple(candidate for candidate in read if candidate is not None)[:CANDIDATES_COUNT_MAX]


def _candidate(line: str) -> Candidate | None:
    words = line.split()
    if len(words) < 8 or words[1] != "1" or words[2].lower() != "udp" or words[6] != "typ":
        return None
    foundation, priority, host, port, kind = words[0], words[3], words[4], words[5], words[7]
    if not _WORD.fullmatch(foundation) or kind not in _CANDIDATE_TYPES:
        return None
    if not all(number.isascii() and number.isdigit() and len(number) <= 10 for number in (priority, port)):
        return None
    if not 0 < int(port) <= 0xFFFF or int(priority) > _PRIORITY_MAX or not _reachable(host):
        return None
    return Candidate(foundation, int(priority), host, int(port), kind)


def _reachable(host: str) -> bool:
    """An address of one machine. Names are not resolved: the checks would go wherever a stranger's name server says."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not (address.is_multicast or address.is_unspecified or "%" in host)
