"""The answer to a viewer's offer (RFC 9429 §5.3, draft-ietf-wish-whep-03 §4.2): one video and its sound, sent only.

Pure. H.264 is chosen here, from what the viewer offered and what the camera's SPS says; every other section is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from curtilage.cameras.webrtc.sdp_offer import PLAYOUT_DELAY, Codec, IceParameters, Offer, Section
from curtilage.cameras.webrtc.sdp_sound import SentSound

SENT_FEEDBACK = ("nack", "nack pli", "ccm fir")
"""What a viewer may tell us, and we act on (RFC 4585, RFC 5104)."""
_CONSTRAINED_BASELINE = "constrained baseline"
_SETUP_OF_ANSWER: Mapping[str, str] = {"actpass": "active", "passive": "active", "active": "passive"}


@dataclass(frozen=True, slots=True)
class OwnTransport:
    """Our end: made anew for every viewer."""

    ice: IceParameters
    fingerprint: str = field(repr=False)
    """SHA-256 of our certificate."""
    candidates: tuple[str, ...] = ()
    """As they stand behind ``candidate:``."""


def choose_codec(codecs: Sequence[Codec], profile_level_id: str) -> Codec:
    """The viewer's codec for a camera of this profile: the same profile, else constrained Baseline, else the first.

    Under the two latter names a browser may still play what the camera sends: decoders read the SPS and not its name.
    """
    wanted = profile(profile_level_id)
    for name in (wanted, _CONSTRAINED_BASELINE):
        for codec in codecs:
            if name is not None and profile(codec.profile_level_id) == name:
                return codec
    return codecs[0]


def profile(profile_level_id: str) -> str | None:
    """The profile's name (RFC 6184 §8.1, table 5), None for one that has none there."""
    idc, constraints, _ = bytes.fromhex(profile_level_id)
    if constraints & 0x03:
        return None
    if (idc == 0x42 and constraints & 0x40) or (idc == 0x4D and constraints & 0x80):
        return _CONSTRAINED_BASELINE
    if idc == 0x64:
        return "constrained high" if constraints & 0x0C == 0x0C else "high"
    return {0x42: "baseline", 0x4D: "main", 0x58: "extended", 0xF4: "high 4:4:4"}.get(idc)


def dtls_role(offer: Offer) -> str:
    """Ours: ``active`` begins the handshake (RFC 8842 §5.3: an answer to actpass SHOULD be active)."""
    return _SETUP_OF_ANSWER[offer.setup]


def write_answer(
    offer: Offer, codec: Codec, camera_profile: str, ssrc: int, own: OwnTransport, sound: SentSound | None = None
) -> str:
    """The session description of a 201. ``camera_profile``: the profile-level-id of the camera's SPS.

    ``sound`` goes over the picture's transport; the candidates stand in the first section of the two (RFC 9143 §7.3.1).
    """
    answered = sorted({offer.video, *((sound.section,) if sound is not None else ())})
    lines = ["v=0", f"o=- {ssrc} 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    if offer.bundled:
        lines.append("a=group:BUNDLE " + " ".join(offer.sections[place].mid for place in answered))
    lines += ["a=ice-options:trickle", "a=msid-semantic:WMS *"]
    for place, section in enumerate(offer.sections):
        if place == offer.video:
            lines += _video(offer, codec, camera_profile, ssrc, own)
        elif sound is not None and place == sound.section:
            lines += _sound(offer, sound, own)
        else:
            lines += [f"m={section.kind} 0 {section.protocol} {section.format}", "c=IN IP4 0.0.0.0", "a=inactive"]
            lines.append(f"a=mid:{section.mid}")
        if place == answered[0]:
            lines += [*(f"a=candidate:{candidate}" for candidate in own.candidates), "a=end-of-candidates"]
    return "".join(f"{line}\r\n" for line in lines)


def _video(offer: Offer, codec: Codec, camera_profile: str, ssrc: int, own: OwnTransport) -> list[str]:
    section, number, named = offer.sections[offer.video], codec.payload_type, _named(codec, camera_profile)
    return [
        f"m=video 9 {section.protocol} {number}",
        *_transport(offer, section, own),
        f"a=rtpmap:{number} H264/90000",
        f"a=fmtp:{number} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={named}",
        *(f"a=rtcp-fb:{number} {what}" for what in SENT_FEEDBACK if what in codec.feedback),
        *((f"a=extmap:{offer.delay_id} {PLAYOUT_DELAY}",) if offer.delay_id else ()),
        "a=msid:camera picture",
        f"a=ssrc:{ssrc} cname:camera",
    ]


def _sound(offer: Offer, sound: SentSound, own: OwnTransport) -> list[str]:
    """In the picture's media stream (msid) and under its cname: a player keeps the two together."""
    section, codec, number = offer.sections[sound.section], sound.codec, sound.codec.payload_type
    return [
        f"m=audio 9 {section.protocol} {number}",
        *_transport(offer, section, own),
        f"a=rtpmap:{number} {codec.name}",
        *((f"a=fmtp:{number} {codec.parameters}",) if codec.parameters else ()),
        "a=msid:camera sound",
        f"a=ssrc:{sound.ssrc} cname:camera",
    ]


def _transport(offer: Offer, section: Section, own: OwnTransport) -> list[str]:
    return [
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        "a=sendonly",
        "a=rtcp-mux",
        f"a=setup:{dtls_role(offer)}",
        f"a=fingerprint:sha-256 {own.fingerprint}",
        f"a=ice-ufrag:{own.ice.username}",
        f"a=ice-pwd:{own.ice.password}",
    ]


def _named(codec: Codec, camera_profile: str) -> str:
    """The camera's own, where the viewer offered its profile; else the offered profile at the camera's level."""
    if profile(codec.profile_level_id) == profile(camera_profile) is not None:
        return camera_profile
    return codec.profile_level_id[:4] + camera_profile[4:]
