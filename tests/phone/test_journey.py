"""The journey of a message: what is over, and what still waits for somebody."""

import pytest

from curtilage.phone.journey import Journey, Policy, Stage
from curtilage.wire.messages.opaque import MessageId

OVER = {Stage.DELIVERED, Stage.READ, Stage.SMS_DELIVERED, Stage.FAILED, Stage.WITHDRAWN}


@pytest.mark.parametrize("stage", Stage)
def test_what_nobody_waits_for_any_more_is_over(stage: Stage) -> None:
    assert Journey(MessageId(b"m" * 16), Policy.IP_OR_SMS, stage, None).over == (stage in OVER)
