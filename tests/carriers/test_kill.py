"""kill -9 at random moments while texts are handed over: none goes twice, and what was said of each is true."""

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.carriers.handing_over import read
from tests.carriers.kept_sink import wait_for
from tests.carriers.smsc import Smsc, running_smsc

_RUNS_COUNT = 8
_TEXTS_COUNT = 40


async def _start(smsc: Smsc, journal: Path, count: int) -> asyncio.subprocess.Process:
    words = ["-m", "tests.carriers.handing_over", str(smsc.port), str(journal), str(count)]
    return await asyncio.create_subprocess_exec(sys.executable, *words)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_no_text_goes_twice_and_every_one_that_went_is_known(tmp_path: Path, seed: int) -> None:
    async def scene() -> None:
        chance, journal = random.Random(seed), tmp_path / "journal"
        async with running_smsc() as smsc:
            for _ in range(_RUNS_COUNT):
                before = len(smsc.submits)
                process = await _start(smsc, journal, _TEXTS_COUNT)
                await wait_for(lambda before=before: len(smsc.submits) > before)  # type: ignore[misc] # its value now
                await asyncio.sleep(chance.random() * 0.1)
                process.kill()
                await process.wait()
            process = await _start(smsc, journal, 0)
            arrived = Counter(line["text"] for line in smsc.submits)
            assert max(arrived.values()) == 1

            def proven() -> set[str]:
                return {
                    line["submission"] for line in read(journal) if line["kind"] == "Receipt" and line["submission"]
                }

            await wait_for(lambda: proven() >= set(arrived))
            process.kill()
            await process.wait()
            lines = read(journal)
            begun = {line["id"] for line in lines if line["kind"] == "begun"}
            submitted = {line["id"] for line in lines if line["kind"] == "outcome" and line["outcome"] == "Submitted"}
            assert submitted <= set(arrived) <= begun
            assert begun - submitted, "no kill came at a bad moment"
            accepted = {line["submission"] for line in lines if line["kind"] == "PartAccepted"}
            assert submitted <= accepted <= set(arrived)

    asyncio.run(scene())
