"""Addresses for WHEP clients without cookies (GStreamer, OBS): a token each, by a grant, for a while.

A token is a random 256-bit name, shown once to who asked and kept only as its digest. It stands for the one grant it
was made by, for whoever holds it, and ends with the grant in the same call, with the session or pairing that asked, and
after ``whep_address_s``; the view it opened ends with it. Implements GrantEndListener.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from curtilage.cameras.views.address_share import AddressBounds, giving_way
from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantCheck, GrantEnd
from curtilage.wire.identifier import AccountId, DeviceId, Entropy, SessionDigest, handle_digest, new_handle


@dataclass(frozen=True, slots=True, eq=False)
class WhepAddress:
    """What a token stands for. Two are the same only if they are one."""

    grant: Grant = field(repr=False)
    grant_check: GrantCheck = field(repr=False)
    account: AccountId = field(repr=False)
    """Who asked for it: its views count as theirs."""
    signed_in: Callable[[], bool] = field(repr=False)
    """Does the session that asked still stand?"""
    until_ms: int
    session: SessionDigest | None = field(default=None, repr=False)
    """That session: what is watched by the token ends with it."""


@dataclass(frozen=True, slots=True)
class GivenToken:
    """Given out once, and known to nobody else afterwards."""

    token: str = field(repr=False)
    address: WhepAddress = field(repr=False)


class WhepAddresses:
    """See the module's text."""

    def __init__(self, clock: Clock, config: Config, entropy: Entropy) -> None:
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._addresses: dict[bytes, WhepAddress] = {}

    def open(
        self,
        grant: Grant,
        grant_check: GrantCheck,
        account: AccountId,
        signed_in: Callable[[], bool],
        session: SessionDigest | None = None,
    ) -> GivenToken:
        """A token by a grant that was checked in this very turn; of too many one ends (views/address_share.py)."""
        config, now_ms = self._config, self._clock.now()
        self._forget_where(lambda address: address.until_ms <= now_ms)
        bounds = AddressBounds(
            config.whep_addresses_per_grant_count_max,
            config.whep_addresses_per_account_count_max,
            config.whep_addresses_per_home_count_max,
            config.whep_addresses_count_max,
        )
        for over in giving_way(self._addresses, grant, account, bounds):
            del self._addresses[over]
        until_ms = now_ms + config.whep_address_s * MS_PER_SECOND
        if grant.until_ms is not None:
            until_ms = min(until_ms, grant.until_ms)
        token = new_handle(self._entropy)
        made = WhepAddress(grant, grant_check, account, signed_in, until_ms, session)
        self._addresses[handle_digest(token)] = made
        return GivenToken(token, made)

    def find(self, token: str) -> WhepAddress | None:
        """What the token stands for, while that is live."""
        key = handle_digest(token)
        found = self._addresses.get(key)
        if found is None:
            return None
        if self._clock.now() >= found.until_ms or not found.signed_in():
            del self._addresses[key]
            return None
        return found if found.grant_check.still(found.grant) else None

    def stands(self, address: WhepAddress) -> bool:
        """Has its token not ended? Asked while a view by it is open."""
        known = any(address is one for one in self._addresses.values())
        return known and self._clock.now() < address.until_ms and address.signed_in()

    def count(self) -> int:
        """Tokens that were not yet found to be over."""
        return len(self._addresses)

    # GrantEndListener: called in the turn in which the grant left memory; neither waits nor raises.

    def grant_ended(self, grant: Grant, end: GrantEnd) -> None:  # noqa: ARG002 why it ended makes no difference here
        """Its tokens are over."""
        self._forget_where(lambda address: address.grant.id == grant.id)

    def camera_locked(self, camera: DeviceId) -> None:
        """Nobody sees it until it is unlocked."""
        self._forget_where(lambda address: address.grant.camera == camera)

    def _forget_where(self, over: Callable[[WhepAddress], bool]) -> None:
        for key in [key for key, address in self._addresses.items() if over(address)]:
            del self._addresses[key]
