"""A home's activity: the ledger in words, and what anybody needs to check it elsewhere. For owners.

A ledger that was changed from outside says so in every list of entries: what is left of one must not pass for all.
"""

import base64
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from curtilage.consent.ledger import Entry
from curtilage.consent.purpose import ACTIVITY
from curtilage.home.actor import Actor
from curtilage.home.permission import Act
from curtilage.web.api.api_models import EntryOutput
from curtilage.web.api.api_models_evidence import ConsistencyOutput, LedgerStateOutput
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import allowed

_PAGE_COUNT = 50
_ALARM_KIND = "alarm"
_POSITION_MAX = 2**53 - 1


def make_activity(parts: Parts) -> APIRouter:
    """Routes /homes/{home}/activity."""
    router = APIRouter(prefix=f"{API_PREFIX}homes/{{home}}/activity", tags=["activity"])
    page_count_max = parts.config.activity_page_count_max
    reading = purposes(ACTIVITY)

    @router.get("", operation_id="list_activity", openapi_extra=reading)
    async def list_activity(
        actor: Annotated[Actor, allowed(Act.SEE_ACTIVITY)],
        before: Annotated[int | None, Query(ge=0, le=_POSITION_MAX)] = None,
        count: Annotated[int, Query(ge=1, le=page_count_max)] = min(_PAGE_COUNT, page_count_max),
    ) -> list[EntryOutput]:
        """Newest first; ``before`` a position, exclusive. First of all the alarm, if there is one (position null)."""
        entries = await parts.ledger.entries(actor.home, before, count)
        return [*_alarm(parts, actor), *(_output(parts, actor, entry) for entry in entries)]

    @router.get(
        "/checkpoint",
        operation_id="show_checkpoint",
        openapi_extra=reading,
        response_class=PlainTextResponse,
    )
    async def show_checkpoint(actor: Annotated[Actor, allowed(Act.SEE_ACTIVITY)]) -> PlainTextResponse:
        """The tree's size and root, signed (C2SP tlog-checkpoint)."""
        return PlainTextResponse(parts.ledger.checkpoint(actor.home))

    @router.get(
        "/{position}/receipt",
        operation_id="show_receipt",
        openapi_extra=reading,
        response_class=PlainTextResponse,
    )
    async def show_receipt(actor: Annotated[Actor, allowed(Act.SEE_ACTIVITY)], position: int) -> PlainTextResponse:
        """Proof that an entry stands in the tree (C2SP tlog-proof)."""
        known = 0 <= position <= _POSITION_MAX
        return PlainTextResponse(seen(await parts.ledger.receipt(actor.home, position) if known else None))

    @router.get("/state", operation_id="show_ledger_state", openapi_extra=reading)
    async def show_ledger_state(actor: Annotated[Actor, allowed(Act.SEE_ACTIVITY)]) -> LedgerStateOutput:
        """The verifier key, the newest checkpoint, and whether anything was changed from outside."""
        ledger = parts.ledger
        checkpoint = None if ledger.broken(actor.home) else ledger.checkpoint(actor.home)
        key = ledger.key(actor.home).text()
        return LedgerStateOutput(verifier_key=key, checkpoint=checkpoint, alarm=ledger.alarm(actor.home))

    @router.get("/consistency", operation_id="show_consistency", openapi_extra=reading)
    async def show_consistency(
        actor: Annotated[Actor, allowed(Act.SEE_ACTIVITY)],
        old_size: Annotated[int, Query(ge=1, le=_POSITION_MAX)] = 1,
    ) -> ConsistencyOutput:
        """That the ledger of ``old_size`` entries (of a checkpoint that was kept) is the beginning of this one.

        Not found: it has fewer entries than that. If the checkpoint is genuine, the ledger was shortened.
        """
        shown = seen(await parts.ledger.consistency(actor.home, old_size))
        hashes = [base64.b64encode(step).decode() for step in shown.hashes]
        return ConsistencyOutput(old_size=shown.old_size, size=shown.size, hashes=hashes, checkpoint=shown.checkpoint)

    return router


def _alarm(parts: Parts, actor: Actor) -> list[EntryOutput]:
    words = parts.ledger.alarm(actor.home)
    if not words:
        return []
    now_ms = parts.clock.now()
    return [EntryOutput(position=None, at_ms=now_ms, kind=_ALARM_KIND, actor=None, words=words, facts={})]


def _output(parts: Parts, actor: Actor, entry: Entry) -> EntryOutput:
    return EntryOutput(
        position=entry.position,
        at_ms=entry.at_ms,
        kind=entry.event.kind.value,
        actor=entry.event.actor,
        words=parts.activity.words(actor.home, entry),
        facts=dict(entry.event.facts),
    )
