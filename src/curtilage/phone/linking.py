"""Linking a second device: both sides as pure machines, an event in, commands out.

    new device                         old device
    START (a hash)          ────────►
                            ◄────────  ANSWER (its ephemeral key, account, identity key, device)
    REVEAL (what was hashed) ───────►  looks whether it is what was hashed
    shows three numbers                shows three numbers
            the person compares them and says so on both
    MAC                     ◄───────►  MAC
                            ◄────────  GRANT (device list, identity key)

The hash comes first, so nobody between can choose a key by what it makes the numbers; who tries has one chance in
2^39, once: whatever goes wrong ends the attempt for good, and a new one needs a new code and a new machine. The numbers
cover everything both sides showed; the MACs bind the keys of both devices and the identity key to it once more.

The code that is typed only lets the two find each other; it guards nothing.
"""

import abc
import enum
from dataclasses import dataclass

from curtilage.phone.sas import SasAgreed, SasEphemeral, SasNumbers
from curtilage.wire.messages.link_message import (
    LinkAnswer,
    LinkGrant,
    LinkMac,
    LinkMessage,
    LinkReveal,
    LinkStart,
)
from curtilage.wire.messages.opaque import LinkId, MessageAccount
from curtilage.wire.messages.phone_public import PhonePublic


class LinkEnd(enum.Enum):
    """Why an attempt ended without a new device."""

    NOT_WHAT_WAS_PROMISED = "not_what_was_promised"
    """The revealed keys are not those of the commitment: somebody stands between."""
    DIFFERENT = "different"
    """The person saw different numbers: somebody stands between."""
    BAD_MAC = "bad_mac"
    BAD_KEY = "bad_key"
    OUT_OF_TURN = "out_of_turn"
    """A message that does not come now, or a second of its kind that says something else."""
    TOO_LATE = "too_late"


class Said(enum.Enum):
    """What the person, or time, says."""

    SAME = "same"
    DIFFERENT = "different"
    TIME_IS_UP = "time_is_up"


@dataclass(frozen=True, slots=True)
class Send:
    """To the other side."""

    message: LinkMessage


@dataclass(frozen=True, slots=True)
class Show:
    """On the screen, with the question whether the other screen shows the same."""

    numbers: SasNumbers


@dataclass(frozen=True, slots=True)
class LetIn:
    """On the old device: add this device to the list and send its grant."""

    reveal: LinkReveal


@dataclass(frozen=True, slots=True)
class Join:
    """On the new device: become one of the account's."""

    answer: LinkAnswer
    grant: LinkGrant


@dataclass(frozen=True, slots=True)
class End:
    """For good. Tell the person why."""

    why: LinkEnd


LinkEvent = LinkMessage | Said
LinkCommand = Send | Show | LetIn | Join | End


@dataclass(frozen=True, slots=True)
class _Shown:
    """All that both sides showed: the same bytes on both, or the numbers differ."""

    start: LinkStart
    answer: LinkAnswer
    reveal: LinkReveal

    def numbers_info(self) -> str:
        pieces = (self.start.link, self.start.commitment, self.answer.body(), self.reveal.body())
        return "|".join(("curtilage link numbers v1", *(piece.hex() for piece in pieces)))

    def mac_of(self, agreed: SasAgreed, of_new: bool) -> LinkMac:
        return LinkMac(self.start.link, *(agreed.mac(text, info) for text, info in self._mac_texts(of_new)))

    def is_mac(self, agreed: SasAgreed, of_new: bool, mac: LinkMac) -> bool:
        macs = mac.identity_mac, mac.phone_mac
        pairs = zip(self._mac_texts(of_new), macs, strict=True)
        return all(agreed.is_mac(text, info, given) for (text, info), given in pairs)

    def _mac_texts(self, of_new: bool) -> tuple[tuple[str, str], tuple[str, str]]:
        # Each side's MACs have an info of their own: neither can be sent back as the other's.
        side = "new" if of_new else "old"
        keys = self.reveal.phone.encode() + self.reveal.one_time_public if of_new else self.answer.phone.encode()
        infos = [f"curtilage link mac v1|{side}|{what}|{self.numbers_info()}" for what in ("identity", "phone")]
        identity = self.answer.account + self.answer.identity_public
        return (identity.hex(), infos[0]), (keys.hex(), infos[1])


class _Side(abc.ABC):
    """What both machines share: comparing, and ending for good."""

    __slots__ = ("_agreed", "_is_new", "_mac_fits", "_person_agreed", "_shown", "ended")

    def __init__(self, is_new: bool) -> None:
        self._is_new = is_new
        self._agreed: SasAgreed | None = None
        self._shown: _Shown | None = None
        self._person_agreed = False
        self._mac_fits = False
        self.ended = False
        """Nothing comes any more, whatever is said."""

    def _end(self, why: LinkEnd) -> list[LinkCommand]:
        self.ended = True
        self._agreed = None
        return [End(why)]

    def _compare(self, shown: _Shown, agreed: SasAgreed | None) -> list[LinkCommand]:
        if agreed is None:
            return self._end(LinkEnd.BAD_KEY)
        self._shown, self._agreed = shown, agreed
        return [Show(agreed.numbers(shown.numbers_info()))]

    def _said(self, said: Said) -> list[LinkCommand]:
        if said is Said.TIME_IS_UP:
            return self._end(LinkEnd.TOO_LATE)
        if said is Said.DIFFERENT:
            return self._end(LinkEnd.DIFFERENT)
        if self._shown is None or self._agreed is None or self._person_agreed:
            return []
        self._person_agreed = True
        return [Send(self._shown.mac_of(self._agreed, self._is_new)), *self._both()]

    def _mac(self, mac: LinkMac) -> list[LinkCommand]:
        if self._shown is None or self._agreed is None:
            return self._end(LinkEnd.OUT_OF_TURN)
        if not self._shown.is_mac(self._agreed, not self._is_new, mac):
            return self._end(LinkEnd.BAD_MAC)
        self._mac_fits = True
        return self._both()

    def _both(self) -> list[LinkCommand]:
        return self._agree() if self._person_agreed and self._mac_fits else []

    @abc.abstractmethod
    def _agree(self) -> list[LinkCommand]:
        """The person agreed and the other side's MAC fits: what that means on this side."""


class NewDevice(_Side):
    """The device that wants to be one of the person's."""

    __slots__ = ("_answer", "_ephemeral", "_grant", "_reveal", "_start")

    def __init__(self, link: LinkId, phone: PhonePublic, one_time_public: bytes, ephemeral: SasEphemeral) -> None:
        super().__init__(is_new=True)
        self._ephemeral = ephemeral
        self._reveal = LinkReveal(link, ephemeral.public, phone, one_time_public)
        self._start = LinkStart(link, self._reveal.commitment())
        self._answer: LinkAnswer | None = None
        self._grant: LinkGrant | None = None

    def begin(self) -> list[LinkCommand]:
        """Say the first word."""
        return [Send(self._start)]

    def on(self, event: LinkEvent) -> list[LinkCommand]:
        """What follows. Messages of other attempts are passed over."""
        if self.ended or (not isinstance(event, Said) and event.link != self._start.link):
            return []
        match event:
            case Said():
                return self._said(event)
            case LinkAnswer():
                return self._on_answer(event)
            case LinkMac():
                return self._mac(event)
            case LinkGrant():
                return self._on_grant(event)
            case _:
                return self._end(LinkEnd.OUT_OF_TURN)

    def _on_answer(self, answer: LinkAnswer) -> list[LinkCommand]:
        if self._answer is not None:
            return [] if answer == self._answer else self._end(LinkEnd.OUT_OF_TURN)
        self._answer = answer
        shown = _Shown(self._start, answer, self._reveal)
        return [Send(self._reveal), *self._compare(shown, self._ephemeral.agree(answer.ephemeral_public))]

    def _on_grant(self, grant: LinkGrant) -> list[LinkCommand]:
        # It may overtake the person's word here; it counts only when that is said and the MAC fits.
        if self._shown is None or (self._grant is not None and grant != self._grant):
            return self._end(LinkEnd.OUT_OF_TURN)
        self._grant = grant
        return self._both()

    def _agree(self) -> list[LinkCommand]:
        if self._grant is None or self._answer is None:
            return []
        self.ended = True
        return [Join(self._answer, self._grant)]


class OldDevice(_Side):
    """The device that lets another in."""

    __slots__ = ("_account", "_answer", "_ephemeral", "_identity_public", "_phone", "_reveal", "_start")

    def __init__(
        self, account: MessageAccount, identity_public: bytes, phone: PhonePublic, ephemeral: SasEphemeral
    ) -> None:
        super().__init__(is_new=False)
        self._account = account
        self._identity_public = identity_public
        self._phone = phone
        self._ephemeral = ephemeral
        self._start: LinkStart | None = None
        self._answer: LinkAnswer | None = None
        self._reveal: LinkReveal | None = None

    def on(self, event: LinkEvent) -> list[LinkCommand]:
        """What follows. The first START decides which attempt this is."""
        if self.ended:
            return []
        match event:
            case Said():
                return self._said(event)
            case LinkStart():
                return self._on_start(event)
            case LinkReveal() if self._is_of_this(event):
                return self._on_reveal(event)
            case LinkMac() if self._is_of_this(event):
                return self._mac(event)
            case _:
                return self._end(LinkEnd.OUT_OF_TURN) if self._is_of_this(event) else []

    def _is_of_this(self, message: LinkMessage) -> bool:
        return self._start is not None and message.link == self._start.link

    def _on_start(self, start: LinkStart) -> list[LinkCommand]:
        if self._start is not None:
            # A second device, or a second try of the same, under one code: nobody can tell which is the person's.
            return [] if start == self._start else self._end(LinkEnd.OUT_OF_TURN)
        self._start = start
        self._answer = LinkAnswer(start.link, self._ephemeral.public, self._account, self._identity_public, self._phone)
        return [Send(self._answer)]

    def _on_reveal(self, reveal: LinkReveal) -> list[LinkCommand]:
        assert self._start is not None, "of this attempt"
        assert self._answer is not None, "answered with the start"
        if self._reveal is not None:
            return [] if reveal == self._reveal else self._end(LinkEnd.OUT_OF_TURN)
        if reveal.commitment() != self._start.commitment:
            return self._end(LinkEnd.NOT_WHAT_WAS_PROMISED)
        self._reveal = reveal
        return self._compare(_Shown(self._start, self._answer, reveal), self._ephemeral.agree(reveal.ephemeral_public))

    def _agree(self) -> list[LinkCommand]:
        assert self._reveal is not None, "compared"
        self.ended = True
        return [LetIn(self._reveal)]
