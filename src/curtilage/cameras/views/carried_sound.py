"""A view of a camera's sound on its stream. Pure.

Sound is small beside the picture and useless in pieces: it is sent whole or not at all, so no poor network turns it to
anything else. It is a view of its own, with a number, a key and an alarm of its own, so nothing that befalls it can
touch the picture beside it.
"""

from dataclasses import dataclass

from curtilage.cameras.views.carried_view import CarriedView
from curtilage.cameras.views.quality import Seen


@dataclass(slots=True)
class CarriedSound(CarriedView):
    """See the module's text."""

    def look(self, seen: Seen, now_ms: int) -> bool:  # noqa: ARG002 there is nothing to turn to
        """See CarriedView: it stays what it is."""
        return False
