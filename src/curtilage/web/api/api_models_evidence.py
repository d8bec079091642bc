"""What the API writes about a ledger itself: whether it is whole, and what anybody needs to check it elsewhere."""

from curtilage.web.api.api_models import Output


class LedgerStateOutput(Output):
    """A home's ledger as a whole."""

    verifier_key: str
    """With which its checkpoints and receipts are verified (C2SP signed-note: name, id and Ed25519 key)."""
    checkpoint: str | None
    """The tree's size and root, signed; null: the stored ledger does not match the checkpoint that was signed last."""
    alarm: str
    """What was changed from outside, in words; empty: nothing."""


class ConsistencyOutput(Output):
    """The proof that a ledger's earlier state is the beginning of its present one (RFC 9162 §2.1.4)."""

    old_size: int
    size: int
    hashes: list[str]
    """Base64, in the order of the RFC."""
    checkpoint: str
    """Of ``size``."""
