"""The safety number of two people: 60 digits that both phones show, to be compared face to face or on the telephone.

The first device list of a contact is believed because nothing else can be. Who compares these digits knows that nobody
stood between. They change when either identity key does, and never otherwise.
"""

import hashlib

from curtilage.wire.messages.opaque import MessageAccount

_LABEL = b"curtilage safety number v1\0"
_ROUNDS_COUNT = 5200
"""Who looks for a key whose half reads alike computes so many hashes for each try."""
_GROUP_DIGITS = 5
_GROUPS_COUNT = 6


def safety_number(
    own: MessageAccount, own_identity_public: bytes, other: MessageAccount, other_identity_public: bytes
) -> tuple[str, ...]:
    """Twelve groups of five digits, the same on both phones. About 10 ms."""
    halves = sorted((_half(own, own_identity_public), _half(other, other_identity_public)))
    return (*halves[0], *halves[1])


def _half(account: MessageAccount, identity_public: bytes) -> tuple[str, ...]:
    digest = _LABEL + account + identity_public
    for _ in range(_ROUNDS_COUNT):
        digest = hashlib.sha512(digest + identity_public).digest()
    # 40 bits for each group: taken modulo 100,000 they are even to one part in ten million.
    numbers = (int.from_bytes(digest[5 * group : 5 * group + 5], "big") for group in range(_GROUPS_COUNT))
    return tuple(f"{number % 10**_GROUP_DIGITS:05d}" for number in numbers)
