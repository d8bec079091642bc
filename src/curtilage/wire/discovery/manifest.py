"""The manifest of a discovery filter: what the server signs, and all that a phone must know of an epoch.

It names the epoch, the public key of its function, the version of what was known about phone numbers, how many accounts
are in the filter, and the digest of every shard. It is signed with Ed25519 by the key that the phone knows since it was
registered and that stands in the server's ledger: so a mirror, a cache or a thief of the database cannot make another.
"""

import enum
import hashlib
import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from curtilage.wire.discovery.ristretto255 import ELEMENT_BYTES, Element, decode_element
from curtilage.wire.discovery.shard import SHARDS_COUNT_MAX

VERSION = 1
DIGEST_BYTES = 32
SIGNATURE_BYTES = 64
METADATA_LENGTH_MAX = 16
_LABEL = b"curtilage discovery filter v1\n"
_HEAD = struct.Struct(f">BIQIH{ELEMENT_BYTES}s{METADATA_LENGTH_MAX}s")
MANIFEST_BYTES_MAX = _HEAD.size + SHARDS_COUNT_MAX * DIGEST_BYTES + SIGNATURE_BYTES
ACCOUNTS_COUNT_MAX = 2**32 - 1


class FilterProblem(enum.Enum):
    """Why a filter is not used. The phone keeps the one it has."""

    FORM = "it is not a filter of a version known here"
    SIGNATURE = "it was not signed by the server this phone was registered with"
    OLDER = "it is older than one this phone has seen"
    ANOTHER_KEY = "its epoch had another public key before: the server may be telling phones apart by it"
    DIGEST = "a shard is not the one that was signed"
    EPOCH = "it is of another epoch"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Nothing in it is secret. Only what ``read_manifest`` gave is known to be the server's."""

    epoch: int
    """From 1; which key the outputs were made with."""
    made_ms: int
    """Since the Unix epoch; a newer filter of an epoch has a later one."""
    accounts_count: int
    public_key: Element
    """Of the epoch's VOPRF: what proofs are checked with."""
    metadata: str
    """Which version of phonenumberslite the server read numbers with when the epoch began."""
    digests: tuple[bytes, ...] = field(repr=False)
    """SHA-256 of each shard."""

    def __post_init__(self) -> None:
        assert 0 < len(self.digests) <= SHARDS_COUNT_MAX, "too many shards, or none"
        assert all(len(digest) == DIGEST_BYTES for digest in self.digests), "not digests"
        assert is_metadata(self.metadata), "not a version"

    def sign(self, key: Ed25519PrivateKey) -> bytes:
        """As it is sent: always the same bytes for the same filter and key."""
        clear = self._clear()
        return clear + key.sign(_LABEL + clear)

    def _clear(self) -> bytes:
        head = (VERSION, self.epoch, self.made_ms, self.accounts_count, len(self.digests), self.public_key)
        return _HEAD.pack(*head, self.metadata.encode("ascii")) + b"".join(self.digests)


def read_manifest(octets: bytes, signer: bytes) -> Manifest | FilterProblem:
    """What ``signer`` (a raw Ed25519 public key, 32 bytes) signed. The signature is checked before anything is read."""
    if not _HEAD.size + DIGEST_BYTES + SIGNATURE_BYTES <= len(octets) <= MANIFEST_BYTES_MAX:
        return FilterProblem.FORM
    clear, signature = octets[:-SIGNATURE_BYTES], octets[-SIGNATURE_BYTES:]
    try:
        Ed25519PublicKey.from_public_bytes(signer).verify(signature, _LABEL + clear)
    except InvalidSignature:
        return FilterProblem.SIGNATURE
    version, epoch, made_ms, accounts_count, shards_count, public, metadata = _HEAD.unpack_from(clear)
    public_key, digests = decode_element(public), clear[_HEAD.size :]
    text = metadata.rstrip(b"\0").decode("ascii", errors="replace")
    whole = 0 < shards_count <= SHARDS_COUNT_MAX and len(digests) == shards_count * DIGEST_BYTES
    if version != VERSION or not whole or public_key is None or not is_metadata(text):
        return FilterProblem.FORM
    split = tuple(digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES))
    return Manifest(epoch, made_ms, accounts_count, public_key, text, split)


def follows(manifest: Manifest, known: Manifest) -> FilterProblem | None:
    """Whether a phone that knows ``known`` may take ``manifest`` instead; None: it may. Both were signed."""
    if manifest.epoch < known.epoch:
        return FilterProblem.OLDER
    if manifest.epoch > known.epoch:
        return None
    if manifest.public_key != known.public_key:
        return FilterProblem.ANOTHER_KEY
    return FilterProblem.OLDER if manifest.made_ms < known.made_ms else None


def is_metadata(text: str) -> bool:
    """``9.0.42``, say."""
    return 0 < len(text) <= METADATA_LENGTH_MAX and text.isascii() and text.isprintable()


def digest_of(shard: bytes) -> bytes:
    """By which the manifest knows a shard, and a phone finds the one it has already."""
    return hashlib.sha256(shard).digest()
