"""Names and contents of the files by which gammu-smsd takes and gives texts (gammu-smsd-files(7)). Pure."""

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from curtilage.carriers.carrier import Submission, SubmissionId

_INBOX = re.compile(r"IN(\d{8})_(\d{6})_(\d{2})_(.{0,64})_(\d{2})\.(txt|bin)", re.ASCII | re.DOTALL)
_OUTBOX = re.compile(r"OUTC\d{8}_\d{6}_\d{3}_\+?[0-9]{3,15}_([A-Za-z0-9]{8,36})\.txtd?", re.ASCII)
_HALF = re.compile(r"\.curtilage-[A-Za-z0-9]{8,36}", re.ASCII)
_MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class InboxText:
    """An incoming text, in one file or in one for each part."""

    name: str = field(repr=False)
    """What the names of its files have in common."""
    sender: str = field(repr=False)
    files: tuple[str, ...] = field(repr=False)
    """In the order of the parts."""

    @property
    def moment(self) -> str:
        """Date, time and order: what of its name says nothing about anybody."""
        return self.name[2:20]


def outbox_name(submission: Submission, now_ms: int) -> str:
    """Texts leave in the order of these names: no two of one moment. The note at the end is our own id."""
    time = datetime.fromtimestamp(now_ms / _MS_PER_S, UTC)
    report = "d" if submission.receipt else ""
    return f"OUTC{time:%Y%m%d_%H%M%S}_{now_ms % _MS_PER_S:03}_{submission.recipient}_{submission.id}.txt{report}"


def half_name(submission: Submission) -> str:
    """Of its file while it is written; gammu-smsd takes none whose name begins so."""
    return f".curtilage-{submission.id}"


def is_half(name: str) -> bool:
    """A file that we began to write."""
    return _HALF.fullmatch(name) is not None


def submission_of(name: str) -> SubmissionId | None:
    """Whose file this is; None: not one of ours."""
    found = _OUTBOX.fullmatch(name)
    return SubmissionId(found[1]) if found else None


def written(text: str) -> bytes:
    """UTF-16 with its mark, which gammu-smsd knows in any locale."""
    return codecs.BOM_UTF16_BE + text.encode("utf-16-be")


def read(octets: bytes) -> str:
    """Of a file of the inbox, in ``inboxformat = unicode`` or UTF-8. Never raises.

    gammu-smsd writes an octet pair of zeros at the end for every surrogate pair in the text.
    """
    if octets.startswith(codecs.BOM_UTF16_BE):
        text = octets[2:].decode("utf-16-be", "replace")
    elif octets.startswith(codecs.BOM_UTF16_LE):
        text = octets[2:].decode("utf-16-le", "replace")
    else:
        text = octets.decode("utf-8", "replace")
    return text.rstrip("\0")


def inbox_texts(names: Iterable[str]) -> list[InboxText]:
    """The texts among the files of the inbox, in the order of their names."""
    found: dict[str, dict[int, str]] = {}
    senders: dict[str, str] = {}
    for name in sorted(names):
        match = _INBOX.fullmatch(name)
        if match is not None:
            text = name.rpartition("_")[0]
            found.setdefault(text, {})[int(match[5])] = name
            senders[text] = match[4]
    return [InboxText(text, senders[text], _in_order(files)) for text, files in found.items()]


def _in_order(files: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(files[number] for number in sorted(files))
