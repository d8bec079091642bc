"""A camera's input: runs its source for ever, makes parts of its pictures and hands them to the sealer.

Rules it guards:
* A picture goes from the source through the muxer to the sink in one call: no task, no queue, no copy kept.
* Nothing a camera sends, and no error of ours on the way, ends the input: it ends the *connection*, the state says why,
  and another connection is tried after a pause (exponential, full jitter). Only cancelling ends the input, at once.
* A source that falls silent without noticing is cut here: the watch below is a second guard over the source's own.

It does not seal, cache or know who looks.
"""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable
from typing import Protocol

from curtilage.cameras.input.camera_state import CameraState, Condition, Ending, Event
from curtilage.cameras.input.source import Source, SourceError, SourceProblem
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.fmp4 import SIDE_MAX
from curtilage.cameras.media.part import Muxer, PartSink
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import CurtilageError

LOGGER = "curtilage.cameras"
_REPLIES_BEFORE_PICTURES = 4
"""How many replies' time a source may take before its first picture: DESCRIBE, again with the password, SETUP, PLAY."""
_FRAMES_IN_LOG_MAX = 8
_NEEDS_A_PERSON = frozenset(
    {
        SourceProblem.REFUSED_PASSWORD,
        SourceProblem.NOT_A_CAMERA,
        SourceProblem.NO_SUCH_STREAM,
        SourceProblem.NO_VIDEO,
        SourceProblem.UNSUPPORTED,
        SourceProblem.NOT_TLS,
        SourceProblem.CERTIFICATE,
        SourceProblem.CHANGED_KEY,
        SourceProblem.UNCERTIFIED,
    }
)
"""Trying these again soon does not help, and a wrong password repeated locks many cameras."""


class Jitter(Protocol):
    """Randomness for pauses: ``random.Random`` and its kind."""

    def uniform(self, a: float, b: float) -> float:
        """A number between the two."""
        ...


class Backoff:
    """How long to pause before the next connection: full jitter under a ceiling that doubles."""

    __slots__ = ("_config", "_failures", "_jitter")

    def __init__(self, config: Config, jitter: Jitter) -> None:
        self._config = config
        self._jitter = jitter
        self._failures = 0

    def pause_s(self, ending: Ending, live_s: float) -> float:
        """The pause after a connection that ended so, and showed pictures for ``live_s``."""
        if live_s >= self._config.reconnect_good_s:
            self._failures = 0
        last = self._config.reconnect_last_s
        if ending.problem in _NEEDS_A_PERSON:
            return self._jitter.uniform(last / 2, last)
        ceiling = min(last, self._config.reconnect_first_s * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return self._jitter.uniform(0, ceiling)


class CameraInput:
    """One camera's input. Implements input/source.py, ``Sink``."""

    __slots__ = (
        "_anew",
        "_backoff",
        "_changed",
        "_clock",
        "_config",
        "_cut",
        "_guard",
        "_heard_s",
        "_hurried",
        "_last_picture_ms",
        "_live_from_s",
        "_make_source",
        "_muxer",
        "_parameters",
        "_sink",
        "_state",
        "_taking",
        "_watch_timer",
    )

    def __init__(
        self,
        make_source: Callable[[], Source],
        sink: PartSink,
        clock: Clock,
        config: Config,
        changed: Callable[[CameraState], None],
        jitter: Jitter,
    ) -> None:
        self._make_source = make_source
        self._sink = sink
        self._clock = clock
        self._config = config
        self._changed = changed
        self._backoff = Backoff(config, jitter)
        self._muxer = Muxer()
        self._parameters: CodecParameters | None = None
        self._state = CameraState(Condition.CONNECTING, clock.now())
        self._last_picture_ms: int | None = None
        self._guard: asyncio.Timeout | None = None
        """Set while a connection may be cut from inside."""
        self._cut: Ending | None = None
        """Why we cut the connection ourselves."""
        self._taking = False
        """Pictures are taken: not after a cut, nor from a source whose connection is over."""
        self._heard_s = 0.0
        self._live_from_s: float | None = None
        self._watch_timer: asyncio.TimerHandle | None = None
        self._hurried = asyncio.Event()
        self._anew = False
        """The connection was ended so that another begins."""

    @property
    def state(self) -> CameraState:
        """How the camera is now."""
        return self._state

    @property
    def last_picture_ms(self) -> int | None:
        """Time of the newest picture, ms since the Unix epoch."""
        return self._last_picture_ms

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                ending = await self._connection()
                live_s = 0.0 if self._live_from_s is None else self._heard_s - self._live_from_s
                self._move(Event.FAILED, ending)
                if self._anew:
                    self._anew = False
                    continue
                self._hurried.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._hurried.wait(), self._backoff.pause_s(ending, live_s))
        finally:
            self._move(Event.STOPPED)

    def hurry(self) -> None:
        """A person changed something that may help: end the pause before the next connection."""
        self._hurried.set()

    def reconnect(self) -> None:
        """What the camera is asked for has changed: end the connection, and begin the next at once."""
        if self._guard is None:
            self.hurry()
            return
        self._anew = True
        self._cut_off(Ending(SourceProblem.ENDED))

    def codec_changed(self, parameters: CodecParameters) -> None:
        """See Sink. Parameters the stream had before (a reconnect) need no new init part."""
        if not self._taking or parameters == self._parameters:
            return
        width, height = parameters.width, parameters.height
        if width * height > self._config.picture_pixels_max or max(width, height) > SIDE_MAX:
            self._cut_off(Ending(SourceProblem.UNSUPPORTED, f"Its picture ({width} by {height}) is too large."))
            return
        self._parameters = None
        try:
            part = self._muxer.init(parameters, self._clock.now())
        except ValueError as error:
            self._cut_off(Ending(SourceProblem.GARBAGE, str(error)))
            return
        try:
            self._sink.part(part)
        except Exception as error:  # noqa: BLE001 a sealer's error must not surface inside the source
            self._cut_off(_ours(error))
            return
        self._parameters = parameters

    def access_unit(self, unit: AccessUnit) -> None:
        """See Sink. The hot path."""
        if not self._taking or self._parameters is None:
            return
        now_ms = self._clock.now()
        try:
            self._sink.part(self._muxer.media(unit, now_ms))
        except Exception as error:  # noqa: BLE001 as above
            self._cut_off(_ours(error))
            return
        self._heard_s = self._clock.monotonic()
        self._last_picture_ms = now_ms
        if self._live_from_s is None:
            self._live_from_s = self._heard_s
            self._watch()
            self._move(Event.PICTURE)

    async def _connection(self) -> Ending:
        """One connection, from making the source to why it ended."""
        self._cut, self._live_from_s, self._taking = None, None, True
        self._heard_s = self._clock.monotonic()
        try:
            async with asyncio.timeout(None) as self._guard:
                self._watch()
                await self._make_source().run(self)
            ending = Ending(SourceProblem.ENDED)
        except SourceError as error:
            ending = Ending(error.problem, error.detail)
        except CurtilageError as error:
            ending = Ending(SourceProblem.UNSUPPORTED, str(error))
        except Exception as error:  # noqa: BLE001 whatever it is, it becomes this camera's state
            ending = self._cut or _ours(error)
        finally:
            self._guard, self._taking = None, False
            if self._watch_timer is not None:
                self._watch_timer.cancel()
        return self._cut or ending

    def _watch(self) -> None:
        """Cut a connection that has been silent for too long; otherwise look again when it would be."""
        if self._watch_timer is not None:
            self._watch_timer.cancel()
        config = self._config
        patience_s = config.freeze_s
        if self._live_from_s is None:
            patience_s += config.rtsp_connect_s + _REPLIES_BEFORE_PICTURES * config.rtsp_reply_s
        left_s = self._heard_s + patience_s - self._clock.monotonic()
        if left_s <= 0:
            self._cut_off(Ending(SourceProblem.FROZEN))
        else:
            self._watch_timer = asyncio.get_running_loop().call_later(left_s, self._watch)

    def _cut_off(self, ending: Ending) -> None:
        """End the connection from inside a call of its source: its task is cancelled in the next turn of the loop."""
        if self._cut is None and self._guard is not None:
            self._cut, self._taking = ending, False
            self._guard.reschedule(asyncio.get_running_loop().time())

    def _move(self, event: Event, ending: Ending | None = None) -> None:
        state = self._state.after(event, self._clock.now(), ending, self._last_picture_ms)
        if state is not self._state:
            self._state = state
            self._changed(state)


def _ours(error: Exception) -> Ending:
    """An error of ours: logged with its place but not its text, which may quote an address."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_IN_LOG_MAX:]
    where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    logging.getLogger(LOGGER).error("%s while reading a camera, at %s", type(error).__name__, where)
    return Ending(None, type(error).__name__)
