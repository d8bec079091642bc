"""Passwords: which are accepted, and their checking with Argon2id (RFC 9106), a few at a time.

Rules:
* length is what counts; no rule about kinds of characters. Passwords are compared in NFKC, so that two keyboards agree;
* a check costs the same whether or not the account exists (a stand-in hash is checked);
* one check needs much memory, so at most argon2_parallel_count_max run and argon2_waiting_count_max wait, in threads of
  their own: the loop that serves pictures never waits for one.

It keeps nothing: hashes are stored, sealed, by account.py. How often one may guess is in throttle.py.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from curtilage.config import Config
from curtilage.errors import PersonError, RefusalReason, Refused
from curtilage.wire.identifier import Entropy, new_handle

_T = TypeVar("_T")
_PARALLELISM = 1
"""Threads inside one check: the machine is small and the pictures come first."""


class BadPassword(PersonError):
    """Not acceptable as a new password."""


def check_new_password(password: str, account_name: str, config: Config) -> None:
    """Raises BadPassword; its message never repeats the password."""
    if len(password) < config.password_length_min:
        raise BadPassword(
            f"A password has at least {config.password_length_min} characters.", do="A few words make a good one."
        )
    if len(password) > config.password_length_max:
        raise BadPassword(
            f"A password has at most {config.password_length_max} characters.", do="Choose a shorter one."
        )
    if any(unicodedata.category(letter) == "Cs" for letter in password):
        raise BadPassword("The password holds something that is no character.", do="Type it anew.")
    if password.casefold() == account_name.casefold():
        raise BadPassword("The password is your name.", do="Choose one that others cannot guess.")


class Passwords:
    """See the module's text."""

    def __init__(self, config: Config, entropy: Entropy) -> None:
        self._config = config
        self._hasher = PasswordHasher(
            time_cost=config.argon2_time_cost,
            memory_cost=config.argon2_memory_kib,
            parallelism=_PARALLELISM,
            type=Type.ID,
        )
        self._threads = ThreadPoolExecutor(config.argon2_parallel_count_max, "curtilage-argon2")
        self._waiting_count = 0
        self._stand_in_password = new_handle(entropy)
        self._stand_in: str | None = None

    async def prepare(self) -> None:
        """Make the stand-in hash, so that the first wrong name is not slower than a wrong password."""
        made = await self.hash(self._stand_in_password)
        self._stand_in = made if isinstance(made, str) else None

    async def hash(self, password: str) -> str | Refused:
        """In Argon2's encoded form. Refused(BUSY) when too many wait."""
        return await self._in_thread(lambda: self._hasher.hash(_form(password)))

    async def verify(self, encoded: str | None, password: str) -> bool | Refused:
        """Does ``password`` fit? ``encoded`` None: no such account; takes as long and is False."""
        if len(password) > self._config.password_length_max:
            password = ""  # as wrong as any, and as slow
        if encoded is None and self._stand_in is None:
            await self.prepare()
        against = encoded if encoded is not None else self._stand_in
        fits = await self._in_thread(lambda: self._fits(against or "", password))
        return fits if isinstance(fits, Refused) else fits and encoded is not None

    def outdated(self, encoded: str) -> bool:
        """Made with other costs than today's: hash again at the next sign-in."""
        return self._hasher.check_needs_rehash(encoded)

    def close(self) -> None:
        """End the threads once their checks are done."""
        self._threads.shutdown(wait=True)

    def _fits(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, _form(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], _T]) -> _T | Refused:
        running_and_waiting = self._config.argon2_parallel_count_max + self._config.argon2_waiting_count_max
        if self._waiting_count >= running_and_waiting:
            return Refused(RefusalReason.BUSY, "Too many are signing in. Wait a moment.")
        self._waiting_count += 1
        done = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # Counted down by the work itself: a caller that goes away leaves its work in the queue.
        done.add_done_callback(self._done)
        return await asyncio.shield(done)

    def _done(self, _: object) -> None:
        self._waiting_count -= 1


def _form(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
