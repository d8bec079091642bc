"""What was allowed: purposes, consents, grants, and the ledger that proves them."""
