"""Addresses that players get (LL-HLS, WHEP): how many there may be, and which one ends for one more. Pure.

Nobody is refused one for what others took. At a bound the oldest ends of whoever has most: by one grant, of one
account, in one home, and in all of the home that has most. So an account that takes all it can ends its own.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from curtilage.consent.grant import Grant
from curtilage.wire.identifier import AccountId, HomeId


class Held(Protocol):
    """An address that stands."""

    @property
    def grant(self) -> Grant:
        """By which it was given."""
        ...

    @property
    def account(self) -> AccountId:
        """To whom."""
        ...


@dataclass(frozen=True, slots=True)
class AddressBounds:
    """How many there may be."""

    per_grant: int
    per_account: int
    per_home: int
    in_all: int


def giving_way(held: Mapping[bytes, Held], grant: Grant, account: AccountId, bounds: AddressBounds) -> list[bytes]:
    """Which end so that ``account`` may have one more by ``grant``; empty: there is room. ``held`` in order of age.

    More than one where more than one bound is reached: a grant's oldest may be another account's.
    """
    left, over = dict(held), list[bytes]()
    while (key := _one_giving_way(left, grant, account, bounds)) is not None:
        over.append(key)
        del left[key]
    return over


def _one_giving_way(
    held: Mapping[bytes, Held], grant: Grant, account: AccountId, bounds: AddressBounds
) -> bytes | None:
    of_grant = [key for key, one in held.items() if one.grant.id == grant.id]
    if len(of_grant) >= bounds.per_grant:
        return of_grant[0]
    of_account = [key for key, one in held.items() if one.account == account]
    if len(of_account) >= bounds.per_account:
        return of_account[0]
    if sum(one.grant.home == grant.home for one in held.values()) >= bounds.per_home:
        return _oldest_in(held, grant.home)
    if len(held) < bounds.in_all:
        return None
    by_home = Counter(one.grant.home for one in held.values())
    return _oldest_in(held, by_home.most_common(1)[0][0])


def _oldest_in(held: Mapping[bytes, Held], home: HomeId) -> bytes:
    """Of the account that has most there."""
    by_account = Counter(one.account for one in held.values() if one.grant.home == home)
    ((most, _),) = by_account.most_common(1)
    return next(key for key, one in held.items() if one.grant.home == home and one.account == most)
