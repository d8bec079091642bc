"""What a sink cannot take is said without its words."""

import asyncio

import pytest

from curtilage.carriers.carrier import TextReceived
from curtilage.carriers.telling import tell
from tests.carriers.kept_sink import KeptSink


def test_the_kind_of_a_sinks_error_is_logged_and_not_its_words(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        sink, text = KeptSink(), TextReceived(0, "+33", "", "geheim", "key")
        assert await tell(sink, text)
        sink.full = True
        assert not await tell(sink, text)

    asyncio.run(scene())
    assert "OSError" in caplog.text
    assert "space" not in caplog.text
    assert "geheim" not in caplog.text
