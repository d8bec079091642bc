"""What the network of one WebRTC view is like, from what its viewer says: reports and packets asked for again. Pure.

From it follow what the view is shown (views/quality.py), how fast packets may leave, and how long the viewer had
better wait before it shows a picture, so that a lost packet can be sent again meanwhile.

A report's own word for loss counts what was repaired in time as received, so the packets asked for again count too.
"""

from collections import deque

from curtilage.cameras.views.quality import Seen
from curtilage.cameras.webrtc.peer import Report
from curtilage.config import Config

_WINDOW_S = 1.0
_COUNT_MIN, _COUNT_S_MAX = 20, 4.0
_ROUND_TRIPS_S = 30.0
_REPORTS_SAID_COUNT_MAX = 8
_ASKED_COUNT_MAX = 1024
_FRACTION_S = 65_536
"""Units of a second in reports (RFC 3550 §6.4.1)."""
_U32 = 0xFFFF_FFFF
_LOSS_SLOWS = 0.10
"""More than this is no chance: the path carries less than is sent."""
_GROWTH = 1.15
PROBE_S, _PROBE_DECIDED_S = 0.6, 2.0
"""How long a probe is sent; and after how long what it did to the network was reported."""
_PROBE_SHARE, _PROBE_WAIT_MS = 0.12, 180
_SLOW_PAUSE_S = 3.0
_DELAY_STEP_MS = 20
_DELAY_SHARE_MIN = 0.005
_DELAY_ROUNDS = 2
"""So many repairs of one packet fit into the wait."""
_DELAY_MARGIN_MS = 80
_DELAY_MS_MAX = 500
_DELAY_LASTS_S = 30.0


class SendWatch:
    """One view's."""

    def __init__(self, config: Config, now_s: float) -> None:
        self._config = config
        self._heard_s = now_s
        self._loss = 0.0
        self._round_trip_s: float | None = None
        self._round_trips: deque[tuple[float, float]] = deque()
        """When heard, and how long; of the last while."""
        self._counted: tuple[Report, float] | None = None
        """The report that loss and pace are counted from."""
        self._said: deque[tuple[int, float]] = deque(maxlen=_REPORTS_SAID_COUNT_MAX)
        """Our own reports, as theirs name them, and when they left."""
        self._looks: deque[tuple[float, int, int]] = deque([(now_s, 0, 0)])
        """When; packets sent until then; of these, asked for again."""
        self._asked: dict[int, None] = {}
        self._asked_count = 0
        self._strained_s = float("-inf")
        self._slowed_s = float("-inf")
        self._turned_s = float("-inf")
        self._probed_s: float | None = None
        self._probe_strained = False
        self.pace_bytes_per_s = float(config.webrtc_pace_bytes_per_s)
        """The fastest at which packets had better leave."""
        self.delay_ms: int | None = None
        """How long the viewer had better wait with each picture; None: nothing was ever lost."""

    def reported(self, middle: int, now_s: float) -> None:
        """A report of ours left; ``middle``: the middle 32 bits of its NTP time."""
        self._said.append((middle, now_s))

    def lost(self, sequence: int) -> bool:
        """The viewer asked for a packet. True: for the first time."""
        if sequence in self._asked:
            return False
        self._asked[sequence] = None
        self._asked_count += 1
        if len(self._asked) > _ASKED_COUNT_MAX:
            del self._asked[next(iter(self._asked))]
        return True

    def hear(self, report: Report, packet_bytes: float, now_s: float) -> None:
        """The viewer's report; ``packet_bytes``: the usual size of a packet."""
        self._heard_s = now_s
        left_s = next((at_s for middle, at_s in reversed(self._said) if middle == report.last_report), None)
        if left_s is not None:
            self._round_trip_s = max(0.0, now_s - left_s - report.since_last_report / _FRACTION_S)
            self._round_trips.append((now_s, self._round_trip_s))
            while now_s - self._round_trips[0][0] > _ROUND_TRIPS_S:
                self._round_trips.popleft()
        if now_s - self._turned_s < _WINDOW_S:
            return  # it may count what was sent before
        if self._counted is None:
            self._counted = report, now_s
            return
        before, since_s = self._counted
        expected, passed_s = (report.highest_sequence - before.highest_sequence) & _U32, now_s - since_s
        # Reports come with every request too: of two packets, one lost is no half.
        if passed_s < _WINDOW_S or (expected < _COUNT_MIN and passed_s < _COUNT_S_MAX):
            return
        lost = min(expected, max(0, report.lost_count - before.lost_count))
        self._loss = lost / expected if expected >= _COUNT_MIN else 0.0
        self._counted = report, now_s
        self._learn_pace((expected - lost) * packet_bytes / passed_s, now_s)

    def turned(self, now_s: float) -> None:
        """What is sent is of another track from now on: what the one before met says little about it."""
        _, sent, asked = self._looks[-1]
        self._looks = deque([(now_s, sent, asked)])
        self._counted, self._loss, self._turned_s = None, 0.0, now_s

    def look(self, sent_count: int, waits_s: float, now_s: float, *, on_main: bool) -> Seen:
        """A few times a second; ``waits_s``: how long a packet waits here before it leaves."""
        self._looks.append((now_s, sent_count, self._asked_count))
        while now_s - self._looks[0][0] > _WINDOW_S:
            self._looks.popleft()
        share = self._asked_share()
        self._learn_delay(share, now_s)
        silent_s = now_s - self._heard_s
        if not on_main:
            # A viewer that hears nothing cannot report. Less would not help it, and once it is back it needs pictures.
            silent_s = min(silent_s, self._config.quality_silence_ms * 0.75 / 1000)
        round_trip_s = self._round_trip_s or 0.0
        growth_s = round_trip_s - min((each_s for _, each_s in self._round_trips), default=round_trip_s)
        return Seen(
            wait_ms=int(max(waits_s, growth_s / 2) * 1000),
            unanswered_ms=int(silent_s * 1000),
            loss=self._loss,
            repair_share=share,
            round_trip_ms=round(round_trip_s * 1000),
        )

    def silent_s(self, now_s: float) -> float:
        """How long the viewer said nothing."""
        return now_s - self._heard_s

    def answered(self, now_s: float) -> None:
        """It is there; what it misses it will say."""
        self._heard_s = now_s

    def probe(self, now_s: float) -> None:
        """More than needed is being sent from now on, for ``PROBE_S``."""
        self._probed_s, self._probe_strained = now_s, False

    @property
    def probing(self) -> bool:
        """Its outcome is not known yet."""
        return self._probed_s is not None

    def probe_fits(self, seen: Seen, now_s: float) -> bool | None:
        """Did the probe fit? Asked with each look; None: not known yet."""
        if self._probed_s is None:
            return None
        self._probe_strained |= (
            seen.repair_share > _PROBE_SHARE or seen.wait_ms > _PROBE_WAIT_MS or seen.loss > _LOSS_SLOWS
        )
        if now_s - self._probed_s < _PROBE_DECIDED_S:
            return None
        self._probed_s = None
        return not self._probe_strained

    def _asked_share(self) -> float:
        _, sent_before, asked_before = self._looks[0]
        _, sent, asked = self._looks[-1]
        return (asked - asked_before) / max(1, sent - sent_before)

    def _learn_pace(self, delivered_bytes_per_s: float, now_s: float) -> None:
        config = self._config
        wanted = self.pace_bytes_per_s
        if self._loss > _LOSS_SLOWS:
            # What was slowed must show its effect first: else each report would count the same queue's losses again.
            if now_s - self._slowed_s >= _SLOW_PAUSE_S:
                wanted, self._slowed_s = min(wanted, delivered_bytes_per_s), now_s
        else:
            wanted = self.pace_bytes_per_s * _GROWTH
        least, most = config.webrtc_pace_bytes_per_s_min, config.webrtc_pace_bytes_per_s
        self.pace_bytes_per_s = float(min(max(wanted, least), most))

    def _learn_delay(self, share: float, now_s: float) -> None:
        if share >= _DELAY_SHARE_MIN and self._round_trip_s is not None:
            self._strained_s = now_s
            wanted = _DELAY_ROUNDS * round(self._round_trip_s * 1000) + _DELAY_MARGIN_MS
            rounded = min(_DELAY_MS_MAX, -(-wanted // _DELAY_STEP_MS) * _DELAY_STEP_MS)
            self.delay_ms = max(self.delay_ms or 0, rounded)
        elif self.delay_ms and now_s - self._strained_s > _DELAY_LASTS_S:
            self.delay_ms = 0
