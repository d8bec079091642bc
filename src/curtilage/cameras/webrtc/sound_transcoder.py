"""The transcoder that all WebRTC views of one camera's sound share, from the server's side (webrtc/transcoder.py).

Its process is started with the first view and ended with the last: at once when that view was cut, its grant ended or
the sound was switched off, ``transcoder_linger_s`` later when the viewer left. What it made is kept for a moment, for
the views that opened the same parts; of what it was given only digests are kept.

A process that ends, hangs or writes what is no reply is killed and started again after a pause that doubles. Meanwhile
there is no sound and ``trouble`` says so; no picture waits for it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from hashlib import sha256

from curtilage.cameras.input.running_process import RunningProcess
from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.cameras.webrtc.transcoder_records import (
    LENGTH,
    RECORD_BYTES_MAX,
    Opening,
    Reply,
    encode_opening,
    encode_run,
    read_reply,
)
from curtilage.config import Config

TRANSCODER_MODULE = "curtilage.cameras.webrtc.transcoder"
_log = logging.getLogger("curtilage.cameras")
_BEHIND = 3
"""Steps of priority: sound that waits for a processor is sound too late, and it needs one for a millisecond."""
_KEPT_PACKETS_COUNT = 32
"""0.6 s: who joins begins with the newest."""
_KEPT_RUNS_COUNT = 32
_FAULTY_COUNT_MAX = 16
"""Runs in a row without one frame that could be decoded, before it is said: a second of sound."""
_GOOD_S = 60.0
"""A process that ran for so long is no cause for a longer pause."""


class _NoReply(Exception):
    """The process writes what is none."""


class _NoSuchSound(Exception):
    """The process can make nothing of what the camera says of its sound."""


class SoundTranscoder:
    """See the module's text. Implements Transcodes."""

    def __init__(self, opening: Opening, config: Config, over: Callable[["SoundTranscoder"], None]) -> None:
        self._opening, self._config, self._told_over = opening, config, over
        self._loop = asyncio.get_running_loop()
        self._wakes = set[Callable[[], None]]()
        self._packets = deque[SoundPacket](maxlen=_KEPT_PACKETS_COUNT)
        self._runs: dict[int, bytes] = {}
        """Digests of those handed in, by their start."""
        self._given_s = deque[float]()
        """When each run was given that has no reply yet."""
        self._process: RunningProcess | None = None
        self._ready = False
        self._faulty_count = 0
        self._pause_s = config.transcoder_pause_first_s
        self._linger: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self.trouble: SoundTrouble | None = None
        """Why nothing comes out."""
        self.over = False
        self._task = self._loop.create_task(self._serve())

    @property
    def views_count(self) -> int:
        """That share it now."""
        return len(self._wakes)

    def join(self, wake: Callable[[], None]) -> None:
        """One more view, called when something is ready."""
        self._wakes.add(wake)
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None

    def leave(self, wake: Callable[[], None], *, at_once: bool) -> None:
        """One less. Idempotent."""
        self._wakes.discard(wake)
        if self._wakes or self.over:
            return
        self._forget()
        if at_once:
            self.end()
        elif self._linger is None:
            self._linger = self._loop.call_later(self._config.transcoder_linger_s, self.end)

    def feed(self, run: AudioRun) -> bool:
        """See Transcodes. What cannot be given now is left out: sound is heard at live, or not at all."""
        record = encode_run(run, self._opening.rate_hz)
        if record is None or self.over:
            return False
        digest = sha256(record).digest()
        if self._runs and run.start <= next(reversed(self._runs)):
            return self._runs.get(run.start) == digest
        self._runs[run.start] = digest
        if len(self._runs) > _KEPT_RUNS_COUNT:
            del self._runs[next(iter(self._runs))]
        if self._takes_more() and self._process is not None:
            self._given_s.append(self._loop.time())
            self._process.writer.write(record)
            self._keep_watch()
        return True

    def packets(self, after: int) -> Iterator[SoundPacket]:
        """See Transcodes."""
        return (packet for packet in list(self._packets) if packet.start > after)

    def end(self) -> None:
        """At once: the process is killed, and nothing of the sound is kept. Idempotent, never raises."""
        if self.over:
            return
        self.over = True
        self._kill()
        self._task.cancel()
        self._forget()
        self._wakes.clear()
        for timer in (self._linger, self._watch):
            if timer is not None:
                timer.cancel()
        self._told_over(self)

    async def settled(self) -> None:
        """After ``end``: until its process is gone."""
        await asyncio.wait({self._task})

    # Inside

    def _takes_more(self) -> bool:
        """Its channel is closed some turns before its end is told; uvloop raises for what is written then."""
        open_ = self._process is not None and self._ready and not self._process.writer.is_closing()
        return open_ and len(self._given_s) < self._config.transcoder_waiting_count_max

    async def _serve(self) -> None:
        """One process after the other."""
        while True:
            begun_s = self._loop.time()
            try:
                await self._run_process()
            except _NoSuchSound:
                self.trouble = SoundTrouble.NOT_DECODED
            except (OSError, TimeoutError, asyncio.IncompleteReadError, _NoReply) as error:
                _log.warning("A transcoder of a camera's sound ended with %s.", type(error).__qualname__)
                self.trouble = SoundTrouble.ENDED
            if self._loop.time() - begun_s > _GOOD_S:
                self._pause_s = self._config.transcoder_pause_first_s
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, self._config.transcoder_pause_last_s)

    async def _run_process(self) -> None:
        """Until it ends. Raises OSError, TimeoutError, IncompleteReadError, _NoReply and _NoSuchSound."""
        process = await RunningProcess.start(TRANSCODER_MODULE, steps_behind=_BEHIND, quiet=True)
        self._process = process
        try:
            process.writer.write(encode_opening(self._opening))
            async with asyncio.timeout(self._config.transcoder_start_s):
                if (await self._reply(process.reader)).faults:
                    raise _NoSuchSound
            self._ready = True
            while True:
                reply = await self._reply(process.reader)
                if not self._given_s:
                    raise _NoReply
                self._given_s.popleft()
                self._take(reply)
        finally:
            self._kill()
            await process.end()

    async def _reply(self, reader: asyncio.StreamReader) -> Reply:
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        if length > RECORD_BYTES_MAX:
            raise _NoReply
        reply = read_reply(await reader.readexactly(length))
        if reply is None:
            raise _NoReply
        return reply

    def _take(self, reply: Reply) -> None:
        if reply.packets:
            self._faulty_count, self.trouble = 0, None
        elif reply.faults:
            self._faulty_count += 1
            if self._faulty_count >= _FAULTY_COUNT_MAX:
                self.trouble = SoundTrouble.NOT_DECODED
        if reply.packets and self._wakes:
            self._packets.extend(reply.packets)
            for wake in list(self._wakes):
                wake()

    def _keep_watch(self) -> None:
        """The oldest run that waits has so long to be answered."""
        if self._watch is None and self._given_s:
            self._watch = self._loop.call_at(self._given_s[0] + self._config.transcode_s, self._look)

    def _look(self) -> None:
        self._watch = None
        if self._given_s and self._loop.time() - self._given_s[0] >= self._config.transcode_s:
            self._kill()
        else:
            self._keep_watch()

    def _kill(self) -> None:
        process, self._process, self._ready = self._process, None, False
        self._given_s.clear()
        if process is not None:
            process.kill()

    def _forget(self) -> None:
        self._packets.clear()
        self._runs.clear()
