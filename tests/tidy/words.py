"""One thing, one word: the synonyms that docs/glossary.md rules out are not used, in prose or inside names.

Some of them are good words for something else. Those contexts stand here, as narrow as they can be said.
"""

import functools
import re
from collections.abc import Iterator, Mapping

from tests.tidy.source import ROOT, Source, Violation

GLOSSARY = "docs/glossary.md"
_CHECKED = (".py", ".js", ".mjs", ".html", ".css", ".md", ".sql", ".sh")
_EXEMPT = (GLOSSARY, "tests/tidy/", "tests/test_tidy.py")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

PHRASES_ALLOWED: Mapping[str, str] = {
    r"user[-_ ]?agent": "HTTP's name for what the browser says of itself (RFC 9110 §10.1.5)",
    r"\buser:pass(word)?@|\buser-?info\b|\buser[-_]id\b": "credentials in an address (RFC 3986 §3.2.1, RFC 7617)",
    r"user ?names?\b|the user Curtilage runs as": "a camera's or the operating system's own",
    r"user[ -]space|user-select|user-scalable|expanduser|--user\b": "operating systems and browsers have users too",
    r"called User\b|Current User|to another user": "what Android, Windows and the operating system call a person's own",
    r"TCP_USER_TIMEOUT": "Linux's name for it (tcp(7))",
    r"user_message_reference": "SMPP's name for it (SMPP 3.4 §5.3.2.17)",
    r"user_version": "SQLite's name for the number of a schema",
    r"(?<![a-z])(init(iali[sz]ation)?|media)[ _]segments?(?![a-z])": "ISO/IEC 14496-12's word",
    r"[\"']segments[\"']": "a mode of Media Source",
    r"tenant wall|tenant\(\)": "the store's wall, named after PostgreSQL's practice",
}
"""Regular expression -> why these words are right in it."""

PLACES_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "tenant": ("src/curtilage/store/", "tests/store/"),  # the wall's own word
    "user": (  # the camera's own credentials; the operating system's users
        "src/curtilage/cameras/input/camera_address.py",
        "src/curtilage/cameras/input/digest.py",
        "src/curtilage/cameras/onvif",
        "src/curtilage/cameras/rtsp",
        "tests/cameras/",
        "tests/chromium.py",
        "tests/test_first_light.py",
        "tests/origin/",
        "tests/carriers/kannel_side.py",  # Kannel's own words
        "src/curtilage/vault/root_key.py",
        "tests/vault/test_root_key.py",
        "src/curtilage/web/control_socket.py",
        "tests/web/test_control_socket.py",
    ),
    "cam": ("tests/cameras/",),  # a camera's host name
    "admin": (  # whom cameras' own credentials name; Kannel's own word
        "src/curtilage/cameras/input/camera_address.py",
        "tests/cameras/",
        "tests/carriers/kannel_side.py",
    ),
    "segment": (
        "src/curtilage/web/asked.py",  # of a path (RFC 3986 §3.3)
        "tests/web/test_asked.py",
        "src/curtilage/cameras/hls",  # of a playlist (RFC 8216bis §3)
        "src/curtilage/web/hls.py",
        "src/curtilage/config.py",
        "docs/configuration.md",
        "docs/spec/hls.md",
        "tests/cameras/hls_",
        "tests/cameras/hls/",
        "tests/web/",
        "tests/tidy/words.py",
        "benchmarks/hls",
    ),
}
"""Word -> beginnings of paths in which it means something else."""


@functools.cache
def banned() -> tuple[str, ...]:
    """Every synonym that the glossary rules out."""
    text = (ROOT / GLOSSARY).read_text(encoding="utf-8")
    rows = [row.strip("|").split("|") for row in text.splitlines() if row.startswith("| ")]
    words = {word.strip().lower() for row in rows if row[-1].strip() != "Not" for word in row[-1].split(",")}
    return tuple(sorted(words - {""}))


@functools.cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(re.escape(word) for word in banned())})s?\b", re.IGNORECASE)


@functools.cache
def _beginnings() -> tuple[str, ...]:
    """The first word of each synonym."""
    return tuple(sorted({word.split()[0] for word in banned()}))


@functools.cache
def _allowed() -> re.Pattern[str]:
    return re.compile("|".join(PHRASES_ALLOWED), re.IGNORECASE)


def one_word_for_one_thing(source: Source) -> Iterator[Violation]:
    """No synonym that the glossary rules out."""
    if not source.path.endswith(_CHECKED) or source.path.startswith(_EXEMPT):
        return
    # A line without the letters of any cannot have one in it; to see that first is ten times as quick.
    text = source.text.casefold()
    here = [letters for letters in _beginnings() if letters in text]
    for number, line in enumerate(source.lines if here else (), 1):
        folded = line.casefold()
        if not any(letters in folded for letters in here):
            continue
        plain = _CAMEL.sub(" ", _allowed().sub(" ", line)).replace("_", " ")
        for found in _pattern().finditer(plain):
            if not source.path.startswith(PLACES_ALLOWED.get(found[1].lower(), ("\0",))):
                yield source.violation(number, f"“{found[0]}”: docs/glossary.md has another word for it")
