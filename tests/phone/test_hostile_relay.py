"""Three people speak while the server reorders, repeats, redirects, turns round, and drops; phones start again between.

Whatever it does: nobody reads what was not written to them, nothing is shown twice, and what it did not drop arrives.
"""

import asyncio
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from curtilage.phone.server_port import Delivery
from curtilage.wire.messages.envelope import Envelope
from tests.phone.people import People, Phone, people
from tests.phone.test_receiving import deliver, mailbox

STEPS = 250
HOUR_MS = 3_600_000


@dataclass
class Town:
    """Three people and a server with ideas."""

    everybody: People
    chance: random.Random
    drops: bool
    names: tuple[str, ...] = ("ada", "bo", "cy")
    said: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    seen: list[Envelope] = field(default_factory=list)
    hours: int = 0

    def phone(self, name: str) -> Phone:
        """The person's, in its present life."""
        (found,) = (phone for phone in self.everybody.phones if phone.folder.name == name)
        found.now_ms += self.hours * HOUR_MS - (found.now_ms - NOW_MS)
        return found

    def two(self) -> tuple[str, str]:
        """Different people."""
        one, other = self.chance.sample(self.names, 2)
        return one, other

    async def step(self) -> None:
        """Somebody does something."""
        acts = [self.say, self.say, self.say, self.say, self.listen, self.listen, self.reorder, self.repeat]
        acts += [self.redirect, self.turn_round, self.begin_again]
        if self.drops:
            acts.append(self.drop)
        await self.chance.choice(acts)()

    async def say(self) -> None:
        """A few texts."""
        sender, receiver = self.two()
        for _ in range(self.chance.choice((1, 1, 2, 5, 12))):
            words = self.said.setdefault((sender, receiver), [])
            words.append(f"{sender} to {receiver}, {len(words)}")
            assert await self.phone(sender).say(self.phone(receiver), words[-1]) is None
        self.seen += [delivery.envelope for delivery in mailbox(self.phone(receiver))[-12:]]

    async def listen(self) -> None:
        """Somebody looks."""
        await self.phone(self.chance.choice(self.names)).listen()

    async def begin_again(self) -> None:
        """Somebody's phone dies."""
        self.everybody.again(self.phone(self.chance.choice(self.names)))

    async def reorder(self) -> None:
        """What waits comes in another order."""
        waiting = mailbox(self.phone(self.chance.choice(self.names)))
        envelopes = [delivery.envelope for delivery in waiting]
        self.chance.shuffle(envelopes)
        waiting[:] = [
            Delivery(delivery.position, envelope) for delivery, envelope in zip(waiting, envelopes, strict=True)
        ]

    async def repeat(self) -> None:
        """What was there comes again, to anybody."""
        if self.seen:
            envelope = self.chance.choice(self.seen)
            deliver(self.phone(self.chance.choice(self.names)), replace(envelope, attempt=self.chance.randrange(5)))

    async def redirect(self) -> None:
        """What was for one is addressed to another."""
        if self.seen:
            other = self.phone(self.chance.choice(self.names))
            names = {"receiver": other.account, "receiver_phone": other.encryption.own.public.phone}
            deliver(other, replace(self.chance.choice(self.seen), **names))  # type: ignore[arg-type] # names of fields

    async def turn_round(self) -> None:
        """What somebody said comes back as if it were said to them."""
        if self.seen:
            said = self.chance.choice(self.seen)
            turned = replace(
                said,
                sender=said.receiver,
                sender_phone=said.receiver_phone,
                receiver=said.sender,
                receiver_phone=said.sender_phone,
            )
            (sender,) = (name for name in self.names if self.phone(name).account == said.sender)
            deliver(self.phone(sender), turned)

    async def drop(self) -> None:
        """Something never arrives."""
        waiting = mailbox(self.phone(self.chance.choice(self.names)))
        if waiting:
            waiting.remove(self.chance.choice(waiting))

    def shown(self, sender: str, receiver: str) -> list[str]:
        """What the receiver reads as from the sender."""
        phone, other = self.phone(receiver), self.phone(sender)
        found = phone.encryption.messages.of_conversation(other.account, 10_000)
        return [item.content.text for item in found if not item.is_own]

    def assert_nothing_is_false(self) -> None:
        """Everything shown was said, by that person to that person, and is shown once."""
        for sender in self.names:
            for receiver in self.names:
                shown = self.shown(sender, receiver) if sender != receiver else []
                assert len(shown) == len(set(shown))
                assert set(shown) <= set(self.said.get((sender, receiver), []))


NOW_MS = 1_795_000_000_000


@pytest.mark.parametrize("drops", [False, True])
@pytest.mark.parametrize("number", range(3))
def test_a_server_that_does_what_it_likes_gains_nothing(tmp_path: Path, drops: bool, number: int) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed, "of run", number)

    async def scenario() -> None:
        with people(tmp_path) as everybody:
            town = Town(everybody, random.Random(seed), drops)
            for name in town.names:
                await everybody.person(name)
            for _ in range(STEPS):
                await town.step()
                town.assert_nothing_is_false()
            for _ in range(8):
                town.hours += 1
                everybody.relay.now_ms += HOUR_MS
                for name in (*town.names, *town.names):
                    await town.phone(name).listen()
                    await town.phone(name).encryption.come_and_go(town.phone(name).now_ms)
            town.assert_nothing_is_false()
            for (sender, receiver), words in town.said.items():
                assert drops or set(town.shown(sender, receiver)) == set(words)

    asyncio.run(scenario())
