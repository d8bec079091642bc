"""The egress of a WebRTC view: opens the sealed parts of one view and hands out pictures in payloads.

It is a sealed stream (views/sealed_stream.py) whose viewer sits in this process: the same grant check before every
part, the same cut, the same checks of stream, track, epoch and sequence. It holds the view's own private key, gets the
epoch keys wrapped to it as a page does, and makes all checks of docs/spec/sealed-part.md §3 and §4. The first thing
that does not fit ends the view with one alarm, and no picture comes out.

Viewers of one camera share what was opened: under the very bytes of the sealed part, so that whoever was handed other
bytes finds nothing, and only for a view that got the epoch's key. Clear pictures live nowhere else, and no longer than
the last view of the camera.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from curtilage.cameras.media.fragment_reader import ParameterSets, is_h265, read_fragment, read_init
from curtilage.cameras.media.h264 import read_sps
from curtilage.cameras.views.carried_view import CarriedView
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.views.view import AlarmCause, View
from curtilage.cameras.views.view_opener import NotOurs, Opened, ViewOpener
from curtilage.cameras.webrtc.packetiser import Picture, packetise
from curtilage.config import Config
from curtilage.wire.identifier import ViewNumber
from curtilage.wire.sealed_part import Kind, SealedPart, Track
from curtilage.wire.stream_record import StreamRecord

_KEY_RECORD_BYTES_MAX = 1024
_EPOCH_ID = slice(20, 36)
"""Where it stands in a part's clear header."""


class SharedPictures:
    """The newest group of one stream's pictures, as its views have opened them."""

    __slots__ = ("_bytes", "_config", "_pictures", "views_count")

    def __init__(self, config: Config) -> None:
        self._config = config
        self._pictures: dict[bytes, Picture] = {}
        self._bytes = 0
        self.views_count = 0
        """Views that share them; whoever lets the last one go lets these go."""

    def find(self, sealed: bytes) -> Picture | None:
        """What was opened of exactly these bytes."""
        return self._pictures.get(sealed)

    def add(self, sealed: bytes, picture: Picture) -> None:
        """A keyframe takes the place of all before it; so does what would exceed the bound of one camera's cache."""
        config = self._config
        full = self._bytes + picture.bytes > config.cache_camera_bytes_max
        if picture.keyframe or full or len(self._pictures) >= config.cache_camera_parts_count_max:
            self._pictures.clear()
            self._bytes = 0
        self._pictures[sealed] = picture
        self._bytes += picture.bytes


class SharedPool:
    """What the views of each stream share, and how many there are of them; nothing of a stream that none is on."""

    __slots__ = ("_config", "_shared")

    def __init__(self, config: Config) -> None:
        self._config = config
        self._shared: dict[bytes, SharedPictures] = {}

    def __len__(self) -> int:
        """Streams that views are on."""
        return len(self._shared)

    def share(self, stream_id: bytes) -> SharedPictures:
        """One more view is on this stream."""
        shared = self._shared.setdefault(stream_id, SharedPictures(self._config))
        shared.views_count += 1
        return shared

    def give_up(self, given: SharedPictures) -> None:
        """One less."""
        given.views_count -= 1
        if given.views_count == 0:
            self._shared = {key: shared for key, shared in self._shared.items() if shared is not given}

    def reshare(self, given: SharedPictures, stream_id: bytes) -> SharedPictures:
        """It was turned to this stream."""
        self.give_up(given)
        return self.share(stream_id)


@dataclass(slots=True, eq=False)
class PictureStream(SealedStream):
    """See the module's text. Carries one view."""

    opener: ViewOpener = field(kw_only=True, repr=False)
    shared: SharedPictures = field(kw_only=True, repr=False)
    config: Config = field(kw_only=True, repr=False)
    parameters: ParameterSets | None = field(default=None, repr=False)
    """Of the newest init part this view opened."""
    reshare: Callable[[SharedPictures, bytes], SharedPictures] | None = field(default=None, kw_only=True, repr=False)
    """Gives up what this view shares for what the views of another stream id share; None: it is turned to no other."""
    turned: bool = False
    """What comes is of another track than before; whoever takes the pictures sets it back."""
    _parameters: dict[Track, ParameterSets] = field(default_factory=dict, repr=False)
    other_codec: bool = False
    """The camera's video is none that WebRTC carries here: the view ended, and nobody is to blame."""
    group: list[Picture] = field(default_factory=list, repr=False)
    """The newest group of pictures this view opened: what it is sent again after a PLI."""

    def begin(self) -> ParameterSets | None:
        """Open the init part that stands first on the shelf. None: there is none yet, or the view ended."""
        for _ in self._opened():
            break
        return self.parameters

    def pictures(self) -> Iterator[Picture]:
        """What came since. Evaluated lazily: stop when ``cut``."""
        for picture in self._opened():
            if picture is not None:
                yield picture

    def newest_group(self) -> list[Picture]:
        """What a PLI is answered with; nothing once the cache forgot the pictures as too old to be shown."""
        if not any(carried.shelf.read(None).parts for carried in self._carried.values()):
            self.group = []
        return self.group

    def tell(self, number: ViewNumber, state: bytes) -> None:
        """WebRTC has no words: how the camera is, its page asks elsewhere."""

    def forget(self) -> None:
        """Let go of whatever is clear."""
        self.group.clear()
        self.opener.forget()
        self.parameters = None
        self._parameters.clear()

    def _opened(self) -> Iterator[Picture | None]:
        """For each part taken, its picture; None for an init part."""
        for carried in list(self._carried.values()):
            view = carried.view
            self._turn(carried)
            for part, records in self._taken(carried):
                if view.alarm is not None:
                    return
                try:
                    if len(records) > 1:
                        self.opener.take_key(view, key_payload(records[0]))
                    picture = self._picture(view, part)
                except NotOurs as wrong:
                    self._refuse(view, wrong.cause)
                    return
                if self.other_codec:
                    self.cut_now()
                    return
                if picture is not None:
                    self._keep(picture)
                yield picture

    def _records(self, view: View, part: SealedPart) -> list[bytes]:
        """The part as it is: it is opened here, so nobody reads its record."""
        key = view.take(part)
        return [*key, part.octets] if key is not None else []

    def _turn(self, carried: CarriedView) -> None:
        """Another track has pictures, parameters and a group of its own."""
        before = carried.view.keys.track
        if self.reshare is None or not carried.turn_if_due():
            return
        keys = carried.view.keys
        self._listen()
        self.group = []
        if keys.track is not before:
            if self.parameters is not None:
                self._parameters[before] = self.parameters
            self.parameters = self._parameters.get(keys.track)
            self.shared = self.reshare(self.shared, keys.stream_id)
            self.turned = True

    def _picture(self, view: View, part: SealedPart) -> Picture | None:
        """None for an init part. Raises NotOurs."""
        known = self.shared.find(part.octets) if self.opener.holds(part.octets[_EPOCH_ID]) else None
        if known is not None:
            return known
        opened = self.opener.open(view, part)
        if opened.header.kind is Kind.INIT:
            self._take_parameters(view, opened.clear)
            return None
        picture = self._packetise(opened)
        self.shared.add(part.octets, picture)
        return picture

    def _take_parameters(self, view: View, init: bytes) -> None:
        """Of an init part. Raises NotOurs."""
        self.parameters = read_init(init)
        other_codec = self.parameters is None and is_h265(init)
        if self.parameters is None and not other_codec:
            raise NotOurs(AlarmCause.DOES_NOT_OPEN)
        if view.keys.track is not Track.SUB:
            self.other_codec = other_codec
        elif self.parameters is None or reorders(self.parameters):
            self._carried[view.number].give_up_sub()

    def _packetise(self, opened: Opened) -> Picture:
        sample = read_fragment(opened.clear)
        if sample is None or self.parameters is None:
            raise NotOurs(AlarmCause.DOES_NOT_OPEN)
        return packetise(sample, self.parameters, opened.header.time_ms, keyframe=opened.header.keyframe)

    def _keep(self, picture: Picture) -> None:
        if picture.keyframe:
            self.group = [picture]
        elif self.group and len(self.group) < self.config.cache_camera_parts_count_max:
            self.group.append(picture)
        else:
            self.group = []  # too long to be sent again; the next keyframe begins another

    def _refuse(self, view: View, cause: AlarmCause) -> None:
        view.end(cause)
        self._over(view)


def reorders(parameters: ParameterSets) -> bool:
    """The camera sends B-frames, which WebRTC cannot carry."""
    said = read_sps(parameters.sps)
    return said is not None and said.reorder


def key_payload(record: bytes) -> bytes:
    """Of a KEY record that this stream made. Raises NotOurs."""
    try:
        found = StreamRecord.decode(record, _KEY_RECORD_BYTES_MAX)
    except ValueError:
        found = None
    if found is None:
        raise NotOurs(AlarmCause.BAD_KEY)
    return found[0].payload
