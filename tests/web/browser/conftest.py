"""What the console's browser tests share."""

from tests.player.workbench import chromium

__all__ = ["chromium"]
