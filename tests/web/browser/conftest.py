"""What the console's browser tests share."""

from tests.chromium import chromium

__all__ = ["chromium"]
