"""Which submission a receipt is about, for as long as its carrier may still say something.

Guards: a receipt is never given to another's submission. Carriers write their own ids in two ways (hexadecimal in the
answer, decimal in the receipt, or without the zeros in front); such a likeness counts only when the recipient is the
same, when it points to one part, and as long as this carrier was never seen to write a name twice in the same way.

Bounded: the oldest are forgotten first; their receipts then come without a submission, and the caller's own records
know them by ``carrier_id``.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from curtilage.carriers.carrier import Outstanding, SubmissionId, reference_of

_SAME_COUNT_MAX = 4
"""Parts that happen to have the same 16 bits, or names that are alike."""
_DIGITS_COUNT_MAX = 20


@dataclass(frozen=True, slots=True)
class OutstandingPart:
    """One part that a receipt may come for."""

    submission: SubmissionId
    part: int
    recipient: str = field(repr=False)


class OutstandingParts:
    """By what the carrier calls them, and by our own reference where the carrier's word for them is not known."""

    def __init__(self, count_max: int) -> None:
        self._count_max = count_max
        self._by_id: OrderedDict[str, OutstandingPart] = OrderedDict()
        self._alike: dict[str, tuple[OutstandingPart, ...]] = {}
        self._writes_alike = False
        self._by_reference: OrderedDict[int, tuple[OutstandingPart, ...]] = OrderedDict()

    def restore(self, outstanding: Outstanding) -> None:
        """Of an earlier run. Without carrier ids: known by the reference of its first part alone."""
        parts = dict(outstanding.carrier_ids)
        for number, carrier_id in parts.items():
            part = OutstandingPart(outstanding.id, number, outstanding.recipient)
            self.expect(part)
            self.accepted(part, carrier_id)
        if not parts:
            self.expect(OutstandingPart(outstanding.id, 1, outstanding.recipient))

    def expect(self, part: OutstandingPart) -> None:
        """It is about to be handed over."""
        reference = reference_of(part.submission, part.part)
        alike = self._by_reference.get(reference, ())
        self._by_reference[reference] = (*alike, part)[-_SAME_COUNT_MAX:]
        self._by_reference.move_to_end(reference)
        while len(self._by_reference) > self._count_max:
            self._by_reference.popitem(last=False)

    def accepted(self, part: OutstandingPart, carrier_id: str) -> None:
        """The carrier calls it so: a receipt by another name is not for it, though it may have the same reference."""
        reference = reference_of(part.submission, part.part)
        left = tuple(other for other in self._by_reference.pop(reference, ()) if other != part)
        if left:
            self._by_reference[reference] = left
        self._by_id[carrier_id] = part
        for form in _forms(carrier_id):
            self._alike[form] = (*self._alike.get(form, ()), part)[-_SAME_COUNT_MAX:]
        while len(self._by_id) > self._count_max:
            oldest, gone = self._by_id.popitem(last=False)
            for form in _forms(oldest):
                self._alike[form] = tuple(other for other in self._alike.get(form, ()) if other != gone)
                if not self._alike[form]:
                    del self._alike[form]

    def find(self, carrier_id: str, recipient: str, reference: int | None = None) -> OutstandingPart | None:
        """Whose receipt this is. ``recipient`` as the carrier writes it; ``reference`` if it gave ours back."""
        exact = self._by_id.get(carrier_id)
        if exact is not None:
            self._writes_alike = True
            return exact
        found = set(self._by_reference.get(reference, ())) if reference is not None else set()
        if not self._writes_alike:
            found |= {part for form in _forms(carrier_id) for part in self._alike.get(form, ())}
        same = [part for part in found if _digits(part.recipient) == _digits(recipient)]
        return same[0] if len(same) == 1 else None


def _forms(carrier_id: str) -> set[str]:
    """What is the same for all ways in which carriers write one number."""
    short = carrier_id.lstrip("0").lower()
    if not short or len(short) > _DIGITS_COUNT_MAX or not short.isascii():
        return set()
    forms = {short}
    if short.isdecimal():
        forms.add(f"={int(short)}")
    if all(digit in "0123456789abcdef" for digit in short):
        forms.add(f"={int(short, 16)}")
    return forms


def _digits(number: str) -> str:
    return "".join(digit for digit in number if digit in "0123456789").lstrip("0")
