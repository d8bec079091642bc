"""What the player's tests share."""

from tests.chromium import chromium

__all__ = ["chromium"]
