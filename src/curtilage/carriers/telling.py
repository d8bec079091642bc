"""Tells the sink an event, and says whether it was committed."""

import logging

from curtilage.carriers.carrier import CarrierEvent, CarrierSink

_LOG = logging.getLogger(__name__)


async def tell(sink: CarrierSink, event: CarrierEvent) -> bool:
    """False: it could not be committed, so nothing of it may be acknowledged and it is to be told again."""
    try:
        await sink.take(event)
    except Exception as error:  # noqa: BLE001 - whatever the sink's trouble is, the carrier goes on
        # Its kind alone: an error's words may hold what could not be written.
        _LOG.error("what a carrier said could not be recorded: %s", type(error).__name__)
        return False
    return True
