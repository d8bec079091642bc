"""A command as typed, with what it needs to be done."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from curtilage.cli.choose import choose_home
from curtilage.cli.client import Client
from curtilage.cli.listing import as_json
from curtilage.cli.when import show


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as typed, with what it needs to be done."""

    client: Client
    typed: argparse.Namespace = field(repr=False)
    now: datetime
    """With the machine's zone."""
    connecting_wait_s: float
    """How long to wait for a camera that has just been asked."""

    async def home(self) -> Mapping[str, Any]:
        """The home meant."""
        return choose_home(await self.client.get("/homes"), self.typed.home)

    async def inside(self) -> str:
        """The home's path."""
        return f"/homes/{(await self.home())['id']}"

    def said(self, value: Any, words: str) -> str:
        """JSON when asked for, else words."""
        return as_json(value) if self.typed.json else words

    def until(self, at_ms: int | None) -> str:
        """The end of a grant."""
        return "until revoked" if at_ms is None else f"until {show(at_ms, self.now)}"
