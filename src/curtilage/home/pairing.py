"""Pairing: the short code a display shows while it waits for somebody of a home to let it in.

Rules:
* nothing of it is ever stored: whoever steals the database finds no code, and a flood of displays writes nothing. After
  a restart of the server a display that waits simply shows a new code;
* a code has eight letters of RFC 8628's alphabet (§6.1: no vowels, none that look alike), lives for pairing_age_s, and
  leads to something once: it is taken out in the very call that finds it;
* a code is found by its keyed look-up, so how long finding takes tells nothing of the codes that wait;
* the secret that a display gets with its code is never shown to anybody. It is what the display keeps its place by
  after it was let in; one that a visitor made up is never taken over;
* how many wait is bounded, in all and by address. They count until their time is over, even when they were let in. At
  the bound those that no longer ask for news give way: on one machine everybody has one address, and who only begins
  pairings must not keep others from it.

Who may let a display in, and how often a wrong code may be tried, is for display.py and permission.py.
"""

from collections import Counter
from dataclasses import dataclass, field

from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.errors import RefusalReason, Refused
from curtilage.home.code import letters_of, typed_letters
from curtilage.vault.vault import Vault
from curtilage.wire.identifier import Entropy, handle_digest, new_handle

LETTERS_COUNT = 8
_GROUP = 4
_LOOKUP = "pairing code"


@dataclass(frozen=True, slots=True)
class Pairing:
    """A display that waits."""

    code: str = field(repr=False)
    """``BCDF-GHJK``."""
    secret: str = field(repr=False)
    until_ms: int
    """Exclusive."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pairing, and what its code is found by."""

    pairing: Pairing
    lookup: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """A code that was used: whose secret is now to be let in."""

    digest: bytes = field(repr=False)
    """Of the display's secret."""
    waiting: Waiting


def typed_pairing_code(text: str) -> str | None:
    """The eight letters of a code as a person typed it; None when it cannot be one."""
    return typed_letters(text, LETTERS_COUNT)


def shown_code(letters: str) -> str:
    """As the display shows it."""
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


class Pairings:
    """Every display that waits, in memory only."""

    def __init__(self, vault: Vault, clock: Clock, config: Config, entropy: Entropy) -> None:
        self._vault = vault
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._by_digest: dict[bytes, Waiting] = {}
        self._by_lookup: dict[bytes, bytes] = {}
        self._begun: dict[int, tuple[int, str, bytes]] = {}
        """Until when each beginning counts, for which address and secret; in the order in which they end."""
        self._quiet_ms: dict[bytes, int] = {}
        """From when on a display that waits counts as gone, unless it asks before."""
        self._by_address: Counter[str] = Counter()
        self._number = 0

    def start(self, secret: str | None, address: str) -> Pairing | Refused:
        """A display begins to wait; the same again while ``secret`` already does. Refused(BUSY) at a bound."""
        known = self.waiting(secret)
        if known is not None:
            return known
        now_ms = self._clock.now()
        self._sweep(now_ms)
        if self._full(address):
            self._give_way(now_ms)
        if self._full(address):
            return Refused(RefusalReason.BUSY, "Too many displays wait. Try again in a few minutes.")
        return self._begin(address, now_ms)

    def waiting(self, secret: str | None) -> Pairing | None:
        """The pairing of the display with this secret, as long as its code can be used."""
        if secret is None:
            return None
        held = self._by_digest.get(handle_digest(secret))
        now_ms = self._clock.now()
        if held is None or now_ms >= held.pairing.until_ms:
            return None
        asks_s = self._config.display_wait_s + self._config.pairing_quiet_s
        self._quiet_ms[handle_digest(secret)] = now_ms + asks_s * MS_PER_SECOND
        return held.pairing

    def claim(self, typed: str) -> Claim | None:
        """Use a code. None, whether it never was, is over, or was used: there is one answer."""
        lookup = self._vault.lookup(_LOOKUP, typed_pairing_code(typed) or "")
        digest = self._by_lookup.get(lookup)
        held = self._by_digest.get(digest) if digest is not None else None
        if digest is None or held is None or self._clock.now() >= held.pairing.until_ms:
            return None
        del self._by_lookup[lookup]
        return Claim(digest, held)

    def put_back(self, claim: Claim) -> None:
        """What the code was used for certainly did not happen: it may be used again, for as long as it lives."""
        if claim.digest in self._by_digest:
            self._by_lookup[claim.waiting.lookup] = claim.digest

    def settle(self, claim: Claim) -> None:
        """The display is in. Until this it still counts as waiting, so that it does not begin anew in between."""
        self._forget(claim.digest)

    def _begin(self, address: str, now_ms: int) -> Pairing:
        lookup = b""
        while not lookup or lookup in self._by_lookup:
            letters = letters_of(self._entropy, LETTERS_COUNT)
            lookup = self._vault.lookup(_LOOKUP, letters)
        until_ms = now_ms + self._config.pairing_age_s * MS_PER_SECOND
        pairing = Pairing(shown_code(letters), new_handle(self._entropy), until_ms)
        digest = handle_digest(pairing.secret)
        self._by_digest[digest] = Waiting(pairing, lookup)
        self._by_lookup[lookup] = digest
        self._number += 1
        self._begun[self._number] = (until_ms, address, digest)
        self._quiet_ms[digest] = now_ms + self._config.pairing_quiet_s * MS_PER_SECOND
        self._by_address[address] += 1
        return pairing

    def _forget(self, digest: bytes) -> None:
        held = self._by_digest.pop(digest, None)
        self._quiet_ms.pop(digest, None)
        if held is not None:
            self._by_lookup.pop(held.lookup, None)

    def _sweep(self, now_ms: int) -> None:
        """Forget what is over."""
        for digest, held in list(self._by_digest.items()):
            if now_ms >= held.pairing.until_ms:
                self._forget(digest)
        for number, (until_ms, _, _) in list(self._begun.items()):
            if now_ms < until_ms:
                break
            self._uncount(number)

    def _full(self, address: str) -> bool:
        of_address, limits = self._by_address[address], self._config
        return len(self._begun) >= limits.pairings_count_max or of_address >= limits.pairings_per_address_count_max

    def _give_way(self, now_ms: int) -> None:
        """Forget the displays that show nobody a code any more."""
        for number, (_, _, digest) in list(self._begun.items()):
            if now_ms >= self._quiet_ms.get(digest, now_ms + 1):
                self._forget(digest)
                self._uncount(number)

    def _uncount(self, number: int) -> None:
        _, address, _ = self._begun.pop(number)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
