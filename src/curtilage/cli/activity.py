"""The activity of a home, and what is needed to check it elsewhere.

A ledger that was changed from outside ends in an exit code of its own, so that a script notices too.
"""

from collections.abc import Mapping
from typing import Any

from curtilage.cli.asked import Asked
from curtilage.cli.exit_code import Alarmed
from curtilage.cli.listing import columns
from curtilage.cli.when import show


async def activity(asked: Asked) -> str:
    """The ledger in words, or its evidence. Raises Alarmed: shown, but changed from outside."""
    path = f"{await asked.inside()}/activity"
    state = await asked.client.get(f"{path}/state")
    if asked.typed.checkpoint:
        shown = asked.said(state, (state["checkpoint"] or "There is no checkpoint that fits.").rstrip("\n"))
    elif asked.typed.key:
        shown = asked.said(state, state["verifier_key"])
    else:
        shown = await _entries(asked, path)
    if state["alarm"]:
        raise Alarmed(state["alarm"], shown)
    return shown


async def _entries(asked: Asked, path: str) -> str:
    entries = await asked.client.get(path, count=asked.typed.count, before=asked.typed.before)
    rows = [(_position(entry), show(entry["at_ms"], asked.now), entry["words"]) for entry in entries]
    return asked.said(entries, columns(("POSITION", "WHEN", "WHAT"), rows, "Nothing yet."))


def _position(entry: Mapping[str, Any]) -> str:
    return "ALARM" if entry["position"] is None else str(entry["position"])
