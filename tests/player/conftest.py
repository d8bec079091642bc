"""What the player's tests share."""

from tests.player.workbench import chromium

__all__ = ["chromium"]
