"""The sealed stream of one page: one streaming connection that carries all the page's views.

Pure: it says which records are due; web/sealed_stream.py sends them. It holds no parts: each view has a place on its
camera's shelf, and what a slow page does not fetch is not kept for it.

Before every part it asks again whether the grant is live. That is not how revoking works (a revocation cuts the stream
at once, see views/views.py) but the wall behind it: were the cut ever lost, the next frame would not go out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from curtilage.cameras.sealed.cache import Shelf
from curtilage.cameras.views.carried_view import CarriedView
from curtilage.cameras.views.quality import Seen
from curtilage.cameras.views.view import View
from curtilage.consent.grant import GrantCheck
from curtilage.wire.identifier import AccountId, SessionDigest, ViewNumber
from curtilage.wire.sealed_part import SealedPart
from curtilage.wire.stream_record import RecordType, json_record


@dataclass(slots=True, eq=False)
class SealedStream:
    """See the module's text. ``wake`` is called when something became due; ``abort`` resets the connection."""

    handle: str = field(repr=False)
    account: AccountId
    grant_check: GrantCheck
    wake: Callable[[], None]
    abort: Callable[[], None]
    alarmed: Callable[[View], None]
    """Called once for a view that ended with an alarm."""
    page: bool = True
    """False: a delivery that opens the parts itself (webrtc/picture_stream.py); pages put no views on it."""
    session: SessionDigest | None = field(default=None, repr=False)
    """By which it was opened: it ends when that does."""
    cut: bool = False
    """Reset: nothing may be sent any more."""
    _carried: dict[ViewNumber, CarriedView] = field(default_factory=dict)
    _listening: set[Shelf] = field(default_factory=set)
    _said: list[bytes] = field(default_factory=list)
    _next_number: int = 1

    def take_number(self) -> ViewNumber:
        """Numbers are never used twice on a connection."""
        number = ViewNumber(self._next_number)
        self._next_number += 1
        return number

    def add(self, carried: CarriedView, state: bytes) -> None:
        """Carry a view from now on; ``state`` is its camera's STATE payload."""
        number = carried.view.number
        self._carried[number] = carried
        self._listen()
        self.tell(number, state)

    def remove(self, number: ViewNumber) -> View | None:
        """Carry it no longer."""
        carried = self._carried.pop(number, None)
        if carried is None:
            return None
        self._listen()
        carried.view.end(None)
        return carried.view

    def tell(self, number: ViewNumber, state: bytes) -> None:
        """How the view's camera is, if the page was told otherwise before."""
        carried = self._carried.get(number)
        if carried is not None and carried.state != state:
            carried.state = state
            self._said.append(state)
            self.wake()

    def look(self, seen: Seen, now_ms: int) -> None:
        """How the connection is; called a few times a second. One view rises at a time: they share the network."""
        for carried in list(self._carried.values()):
            before = carried.quality.level
            if not carried.look(seen, now_ms):
                continue
            self._listen()
            if carried.resting:
                self._said.append(carried.record())
            self.wake()
            if carried.quality.level < before:
                return

    def carried(self) -> list[CarriedView]:
        """All it carries, and how."""
        return list(self._carried.values())

    def views(self) -> list[View]:
        """All it carries."""
        return [carried.view for carried in self._carried.values()]

    def view(self, number: ViewNumber) -> View | None:
        """The view of that number."""
        carried = self._carried.get(number)
        return carried.view if carried is not None else None

    def cut_now(self) -> None:
        """Reset the connection and forget every view. Idempotent; never raises."""
        self.cut = True
        for number in list(self._carried):
            self.remove(number)
        self._said.clear()
        self.abort()
        self.wake()

    def due(self) -> Iterator[bytes]:
        """Encoded records that are due now, in an order fair to all views. Evaluated lazily: stop when ``cut``."""
        said, self._said = self._said, []
        yield from said
        for carried in list(self._carried.values()):
            yield from self._due_of(carried)

    def _listen(self) -> None:
        """Be woken by the shelves that views are on or wait for, and by no other."""
        wanted = {shelf for carried in self._carried.values() for shelf in carried.shelves()}
        for shelf in self._listening - wanted:
            shelf.wakes.discard(self.wake)
        for shelf in wanted - self._listening:
            shelf.wakes.add(self.wake)
        self._listening = wanted

    def _due_of(self, carried: CarriedView) -> Iterator[bytes]:
        if carried.turn_if_due():
            self._listen()
            yield carried.record()
        for _, records in self._taken(carried):
            yield from records

    def _taken(self, carried: CarriedView) -> Iterator[tuple[SealedPart, list[bytes]]]:
        """Each part that the view takes, with its records; also a part that ends it, with the END record alone."""
        view = carried.view
        if carried.stops:
            return
        reading = carried.shelf.read(view.place)
        base = None if reading.place is None else reading.place - len(reading.parts)
        for position, part in enumerate(reading.parts):
            if self.cut or view.ended or carried.stops:
                return
            if not self.grant_check.still(view.grant):
                self.cut_now()
                return
            records = self._records(view, part)
            # Set before yielding: whoever stops reading in the middle goes on from here.
            view.place = None if base is None else max(base + position + 1, 0)
            if view.alarm is not None:
                yield part, [self._over(view)]
                return
            if records:
                yield part, records

    def _records(self, view: View, part: SealedPart) -> list[bytes]:
        return view.records(part)

    def _over(self, view: View) -> bytes:
        """The view met a part that is not its own. The page shows the neutral card; an entry is made."""
        self.remove(view.number)
        self.alarmed(view)
        cause = view.alarm.value if view.alarm is not None else ""
        return json_record(RecordType.END, view.number, {"cause": cause, "words": "This picture was not yours."})
