"""The opaque names in messages: 16 random bytes each, which say nothing of whom or what they name.

An account is known to the server and to contacts by such a name, never by its number.
"""

from typing import NewType

MessageAccount = NewType("MessageAccount", bytes)
"""A person's account for messages."""
PhoneId = NewType("PhoneId", bytes)
"""One device of that account."""
MessageId = NewType("MessageId", bytes)
"""One message, the same on every device and route: by it two copies are found to be one."""
LinkId = NewType("LinkId", bytes)
"""One attempt to link a device."""

OPAQUE_BYTES = 16
PUBLIC_BYTES = 32
"""Of a public key, X25519 (RFC 7748 §6.1) or Ed25519 (RFC 8032 §5.1.5)."""
SIGNATURE_BYTES = 64
"""Of an Ed25519 signature (RFC 8032 §5.1.6)."""
NUMBER_MAX = 2**63 - 1
"""Of numbers and times in ms: what a signed 64-bit column holds."""
