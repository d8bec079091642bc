"""Discovery as the rest of the server uses it, with the real evaluator in its process."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.config import Config
from curtilage.errors import RefusalReason, Refused
from curtilage.messages.discovery.allowance import Later
from curtilage.messages.discovery.discovery import Discovery, DiscoveryKeyMissing, Moved
from curtilage.messages.discovery.evaluator_process import EvaluatorFailed, EvaluatorProcess, Reply
from curtilage.messages.discovery.exchange import EpochState, Kind, Status
from curtilage.wire.discovery.batch import Batch, decode_reply
from curtilage.wire.discovery.oprf import OprfProblem, finalize_verified
from curtilage.wire.number import metadata_version
from tests.messages.discovery.evaluators import ADA, BO, NUMBER, OTHER, batch, blinded, config_in

pytestmark = pytest.mark.slow


def run(folder: Path, use: Callable[[Discovery], Awaitable[None]], epochs_stored: Collection[int] = ()) -> None:
    async def main() -> None:
        config = replace(config_in(folder), discovery_replies_kept_count=2)
        process = EvaluatorProcess(config)
        try:
            discovery = Discovery(process, config)
            await discovery.load(epochs_stored)
            await use(discovery)
        finally:
            await process.close()

    asyncio.run(main())


def test_a_registered_number_and_a_contacts_number_come_out_the_same(tmp_path: Path) -> None:
    async def use(discovery: Discovery) -> None:
        (state,) = discovery.epochs()
        assert (state.epoch, state.metadata) == (1, metadata_version())
        items = [blinded(NUMBER) for _ in range(4)]
        octets = Batch(1, tuple(item.element for item in items)).encode()
        reply = await discovery.evaluate(ADA, octets)
        assert isinstance(reply, bytes)
        evaluated = decode_reply(reply, 4)
        assert not isinstance(evaluated, OprfProblem)
        assert finalize_verified(items, (), evaluated, state.public_key) == (await discovery.output_of(NUMBER, 1),) * 4

    run(tmp_path, use)


def test_the_epoch_is_the_same_after_a_restart(tmp_path: Path) -> None:
    seen: list[EpochState] = []

    async def use(discovery: Discovery) -> None:
        seen.extend(discovery.epochs())

    run(tmp_path, use)
    run(tmp_path, use, {1})
    assert seen[0] == seen[1]


def test_a_lost_key_is_not_replaced_while_there_are_accounts(tmp_path: Path) -> None:
    async def use(_: Discovery) -> None:
        pytest.fail("it has no key")

    with pytest.raises(DiscoveryKeyMissing, match="discovery_key_folder"):
        run(tmp_path, use, {1})
    assert not list((tmp_path / "keys").glob("epoch-*"))


def test_an_older_key_does_not_stand_in_for_a_lost_one(tmp_path: Path) -> None:
    async def begin(discovery: Discovery) -> None:
        assert isinstance(await discovery.begin_epoch(), EpochState)

    run(tmp_path, begin)
    run(tmp_path, _nothing, {1, 2})
    run(tmp_path, _nothing, {1})
    (tmp_path / "keys" / "epoch-2.key").unlink()
    with pytest.raises(DiscoveryKeyMissing):
        run(tmp_path, _nothing, {1, 2})


def test_an_account_moves_to_the_next_epoch_with_its_own_number_only(tmp_path: Path) -> None:
    async def use(discovery: Discovery) -> None:
        stored = await discovery.output_of(NUMBER, 1)
        assert isinstance(stored, bytes)
        assert not await discovery.end_epoch(1), "there is no later one"
        begun = await discovery.begin_epoch()
        assert isinstance(begun, EpochState)
        assert discovery.epochs()[1] == begun
        assert isinstance(await discovery.begin_epoch(), Refused)
        moved = await discovery.move(NUMBER, stored, 1, 2)
        assert moved == Moved(2, await _bytes(discovery.output_of(NUMBER, 2)))
        assert moved.output != stored
        for refused in (
            await discovery.move(OTHER, stored, 1, 2),
            await discovery.move(NUMBER, stored, 2, 1),
            await discovery.move(NUMBER, stored, 1, 3),
            await discovery.move(NUMBER, b"", 1, 2),
        ):
            assert isinstance(refused, Refused)
        assert await discovery.end_epoch(1)
        assert [state.epoch for state in discovery.epochs()] == [2]
        assert isinstance(await discovery.output_of(NUMBER, 1), Refused)
        assert isinstance(await discovery.evaluate(ADA, batch(epoch=1)), Refused)
        assert isinstance(await discovery.evaluate(ADA, batch(epoch=2)), bytes)

    run(tmp_path, use)


def test_who_asks_too_much_is_told_when_to_come_back(tmp_path: Path) -> None:
    async def use(discovery: Discovery) -> None:
        for _ in range(2):
            assert isinstance(await discovery.evaluate(ADA, batch(size=1_024)), bytes)
        later = await discovery.evaluate(ADA, batch())
        assert isinstance(later, Later)
        assert 0 < later.wait_ms <= 30 * 60_000

    run(tmp_path, use)


def test_a_batch_that_comes_again_is_answered_from_memory_and_not_charged(tmp_path: Path) -> None:
    async def use(discovery: Discovery) -> None:
        large = batch(size=1_024)
        replies = {await discovery.evaluate(ADA, large) for _ in range(4)}
        assert len(replies) == 1
        assert isinstance(replies.pop(), bytes)
        assert isinstance(await discovery.evaluate(BO, large), bytes), "charged to its own account"
        assert isinstance(await discovery.evaluate(ADA, batch(size=256)), bytes)
        later = [await discovery.evaluate(ADA, large) for _ in range(2)]
        assert isinstance(later[0], Later), "the memory has an end"

    run(tmp_path, use)


def test_a_batch_whose_phone_went_away_is_finished_and_charged_once(tmp_path: Path) -> None:
    async def use(discovery: Discovery) -> None:
        large = batch(size=1_024)
        gone = asyncio.ensure_future(discovery.evaluate(ADA, large))
        await asyncio.sleep(0.01)
        gone.cancel()
        again = await asyncio.gather(*(discovery.evaluate(ADA, large) for _ in range(3)))
        assert len(set(again)) == 1
        assert isinstance(again[0], bytes)
        assert isinstance(await discovery.evaluate(ADA, batch(size=1_024)), bytes), "there is room for one more"

    run(tmp_path, use)


def test_one_account_does_not_fill_the_line(tmp_path: Path) -> None:
    async def use(discovery: Discovery) -> None:
        replies = await asyncio.gather(
            *(discovery.evaluate(ADA, batch()) for _ in range(4)), discovery.evaluate(BO, batch())
        )
        assert [type(reply) for reply in replies] == [bytes, bytes, Refused, Refused, bytes]
        assert isinstance(await discovery.evaluate(ADA, batch()), bytes)

    run(tmp_path, use)


def test_what_is_no_batch_does_not_reach_the_evaluator(tmp_path: Path) -> None:
    async def use(discovery: Discovery) -> None:
        for octets in (b"", batch()[:-1], bytes(1_000_000)):
            refused = await discovery.evaluate(ADA, octets)
            assert isinstance(refused, Refused)
            assert refused.reason is RefusalReason.UNKNOWN
        bad = await discovery.evaluate(ADA, batch()[:-32] + bytes(32))
        assert isinstance(bad, Refused)

    run(tmp_path, use)


class Babbling:
    """An evaluator whose replies are none."""

    async def ask(self, kind: Kind, body: bytes = b"") -> Reply:  # noqa: ARG002 the port's arguments
        """Always the same."""
        return Reply(Status.DONE, b"something else entirely")


def test_an_evaluator_that_says_something_else_is_not_believed() -> None:
    async def main() -> None:
        with pytest.raises(EvaluatorFailed):
            await Discovery(Babbling(), Config()).load(())
        assert isinstance(await Discovery(Babbling(), Config()).output_of(NUMBER, 1), Refused)

    asyncio.run(main())


async def _nothing(_: Discovery) -> None:
    """It was loaded, and that is all."""


async def _bytes(output: Awaitable[bytes | Later | Refused]) -> bytes:
    made = await output
    assert isinstance(made, bytes)
    return made
