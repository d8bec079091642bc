"""What was found wrong in a stored ledger, and the alarm that its readers are shown.

Pure. It guards against the quiet case: a ledger that was shortened or erased must not look like one in which little
happened. So every page, reply and command that shows entries shows these words above them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from curtilage.wire.identifier import HomeId


@dataclass(frozen=True, slots=True)
class LedgerProblem:
    """One thing that does not fit."""

    home: HomeId | None
    """None: the server's own ledger."""
    position: int | None
    """None: the tree as a whole."""
    why: str


def alarm_words(problems: Iterable[LedgerProblem]) -> str:
    """One ledger's problems for a person; empty when there is none."""
    found = list(problems)
    for problem in found:
        if problem.position is None:
            return (
                f"This activity was changed from outside: {problem.why}. What is shown is what is left of it. Until a "
                "backup is restored nothing is recorded in it, and nobody sees a camera of this home."
            )
    if not found:
        return ""
    entries = "One entry of this activity was" if len(found) == 1 else f"{len(found)} entries of this activity were"
    return (
        f"{entries} changed or erased from outside, the newest at position {max(p.position or 0 for p in found)}. "
        "Grants made before do not count any more, because it cannot be known whether they had ended; make them anew."
    )
