"""Values of every format for the tests: real keys, Hypothesis' choices, and the vectors."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from curtilage.wire.messages.opaque import LinkId, MessageAccount, MessageId, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic

VECTORS = json.loads((Path(__file__).parents[3] / "docs/spec/messages.vectors.json").read_text(encoding="utf-8"))
ACCOUNT = MessageAccount(bytes.fromhex(VECTORS["account"]))
PHONE = PhonePublic(*(bytes.fromhex(VECTORS["phone"])[a:b] for a, b in ((0, 16), (16, 48), (48, 80))))  # type: ignore[arg-type] # a PhoneId is bytes

names = st.binary(min_size=16, max_size=16)
accounts = names.map(MessageAccount)
phone_ids = names.map(PhoneId)
message_ids = names.map(MessageId)
link_ids = names.map(LinkId)
keys = st.binary(min_size=32, max_size=32)
numbers = st.integers(1, 2**63 - 1)
phones = st.builds(PhonePublic, phone_ids, keys, keys)
private_keys = keys.map(Ed25519PrivateKey.from_private_bytes)


def octets(case: dict[str, str]) -> bytes:
    """Of a vector."""
    return bytes.fromhex(case["octets"])


def name_of(case: dict[str, str]) -> str:
    """Of a vector, as the name of its test."""
    return case["name"]
