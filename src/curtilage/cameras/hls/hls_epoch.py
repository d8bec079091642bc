"""LL-HLS's own keys and its encryption: AES-128 in CBC mode with PKCS7 padding (RFC 8216bis §4.4.4.4, §5.2).

An epoch here is to HLS what the sealer's epoch is to sealed parts: the time during which one key serves. The two share
no key: a player that gets an HLS key can open nothing else with it, and the other way round.

What is encrypted goes in piece by piece and only ciphertext is kept: of the clear, at most an unfinished block of 15
bytes waits inside the cipher for the next piece.

CBC tells nobody whether bytes were changed. That is HLS's weakness and the reason why our own player does not use it;
TLS is what protects these bytes on their way.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC

KEY_BYTES = 16
IV_BYTES = 16
_BLOCK_BYTES = 16


@dataclass(frozen=True, slots=True)
class HlsEpoch:
    """A key and the time it began to serve. In memory only; never stored."""

    number: int
    """Rises with each turn, over all runs of a camera's packager."""
    label: str
    """Random, 128 bits: names the key in playlists, and is no secret."""
    secret: bytes = field(repr=False)
    begin_ms: int
    """Time of the first picture it may have encrypted."""

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError("an AES-128 key has 16 bytes")


class CipherText:
    """One piece under one key and IV, made while its clear parts pass by."""

    __slots__ = ("_clear_bytes", "_encryptor", "_pieces", "bytes")

    def __init__(self, secret: bytes, iv: bytes) -> None:
        self._encryptor = Cipher(AES128(secret), CBC(iv)).encryptor()
        self._pieces: list[bytes] = []
        self._clear_bytes = 0
        self.bytes = 0
        """Bytes of ciphertext so far."""

    def add(self, clear: bytes) -> None:
        """Encrypt what comes next."""
        self._clear_bytes += len(clear)
        piece = self._encryptor.update(clear)
        self.bytes += len(piece)
        self._pieces.append(piece)

    def finish(self) -> bytes:
        """The whole ciphertext, padded (RFC 5652 §6.3). Nothing may be added afterwards."""
        padding = _BLOCK_BYTES - self._clear_bytes % _BLOCK_BYTES
        self._pieces.append(self._encryptor.update(bytes((padding,)) * padding) + self._encryptor.finalize())
        whole = b"".join(self._pieces)
        self._pieces = []
        self.bytes = len(whole)
        return whole
