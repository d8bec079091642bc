"""A view takes of what all share only what was made of parts that it opened itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket
from curtilage.cameras.webrtc.transcoded_sound import TranscodedSound

RATE = 16_000
UNIT = 1024 * 3
"""Of 1/48,000 s."""


@dataclass
class Made:
    """Implements Transcodes: every 20 ms from the first on, however far."""

    count: int = 0
    fed: list[AudioRun] = field(default_factory=list)

    def feed(self, run: AudioRun) -> bool:
        self.fed.append(run)
        return run.frames[0][0] != b"foreign"

    def packets(self, after: int) -> Iterator[SoundPacket]:
        made = (SoundPacket(at * 960, 960, b"x") for at in range(self.count))
        return (packet for packet in made if packet.start > after)


def run(unit: int, count: int = 1, octets: bytes = b"a") -> AudioRun:
    return AudioRun(unit * 1024, ((octets, 1024),) * count)


def starts(sound: TranscodedSound) -> list[int]:
    return [packet.start for packet in sound.ready()]


def test_each_packet_comes_once_and_only_when_all_of_it_was_opened() -> None:
    made = Made(100)
    sound = TranscodedSound(made, RATE)
    assert starts(sound) == []
    assert list(sound.packets(run(1))) == []
    assert starts(sound) == [at * 960 for at in range(100) if UNIT <= at * 960 <= 2 * UNIT - 960]
    assert starts(sound) == []
    sound.packets(run(2))
    assert starts(sound) == [at * 960 for at in range(100) if 2 * UNIT - 960 < at * 960 <= 3 * UNIT - 960]
    assert made.fed == [run(1), run(2)]


def test_over_a_part_that_this_view_did_not_open_nothing_comes() -> None:
    sound = TranscodedSound(Made(100), RATE)
    sound.packets(run(0))
    sound.packets(run(2))
    assert all(at + 960 <= UNIT or 2 * UNIT <= at < at + 960 <= 3 * UNIT for at in starts(sound))


def test_of_a_time_for_which_another_run_was_taken_nothing_comes() -> None:
    sound = TranscodedSound(Made(100), RATE)
    sound.packets(run(0, octets=b"foreign"))
    assert starts(sound) == []


def test_what_ended_takes_and_gives_nothing() -> None:
    made = Made(100)
    sound = TranscodedSound(made, RATE)
    sound.packets(run(0))
    sound.forget()
    assert starts(sound) == []
    sound.packets(run(1))
    assert made.fed == [run(0)]
    assert starts(sound) == []
