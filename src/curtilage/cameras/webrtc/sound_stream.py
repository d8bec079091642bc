"""The egress of a WebRTC view's sound: opens the sealed parts of a camera's sound and hands out their frames.

It stands beside its view's PictureStream and is the same for sound: a sealed stream of its own in ``Views``, with a
view, a key and epochs of its own, the same grant check before every part and the same checks of stream, track, epoch
and sequence. Parts of sound are few and small, so no two viewers share what was opened.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from curtilage.cameras.media.audio_codec import AudioParameters
from curtilage.cameras.media.audio_fragment_reader import AudioRun, is_init_of, read_audio_fragment
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.cameras.views.view import AlarmCause, View
from curtilage.cameras.views.view_opener import NotOurs, ViewOpener
from curtilage.cameras.webrtc.picture_stream import key_payload
from curtilage.wire.identifier import ViewNumber
from curtilage.wire.sealed_part import Kind, SealedPart


@dataclass(slots=True, eq=False)
class SoundStream(SealedStream):
    """See the module's text. Carries one view."""

    opener: ViewOpener = field(kw_only=True, repr=False)
    track: SoundTrack = field(kw_only=True, repr=False)
    agreed: AudioParameters = field(kw_only=True)
    """What the viewer was told that it gets."""
    other_codec: bool = False
    """The camera sends other sound than was agreed: nobody is to blame, and nothing more comes out."""

    def runs(self) -> Iterator[AudioRun]:
        """What came since. Evaluated lazily: stop when ``cut``. Nothing after an alarm, or ``other_codec``."""
        for carried in list(self._carried.values()):
            view = carried.view
            for part, records in self._taken(carried):
                if view.alarm is not None or self._changed():
                    return
                try:
                    if len(records) > 1:
                        self.opener.take_key(view, key_payload(records[0]))
                    run = self._run(view, part)
                except NotOurs as wrong:
                    self.refuse(wrong.cause)
                    return
                if run is not None:
                    yield run

    def refuse(self, cause: AlarmCause) -> None:
        """What was opened is not this view's own sound: one alarm, and its end."""
        for view in self.views():
            view.end(cause)
            self._over(view)

    def tell(self, number: ViewNumber, state: bytes) -> None:
        """How the camera is, its page asks elsewhere."""

    def forget(self) -> None:
        """Let go of the keys."""
        self.opener.forget()

    def _records(self, view: View, part: SealedPart) -> list[bytes]:
        """The part as it is: it is opened here, so nobody reads its record."""
        key = view.take(part)
        return [*key, part.octets] if key is not None else []

    def _changed(self) -> bool:
        """FLAC does not say which law of G.711 it holds: the track does, and while it says nothing nothing comes."""
        self.other_codec = self.other_codec or self.track.parameters not in (None, self.agreed)
        return self.other_codec

    def _run(self, view: View, part: SealedPart) -> AudioRun | None:
        """None for an init part. Raises NotOurs."""
        opened = self.opener.open(view, part)
        if opened.header.kind is Kind.INIT:
            self.other_codec = not is_init_of(opened.clear, self.agreed.codec)
            return None
        run = read_audio_fragment(opened.clear)
        if run is None:
            raise NotOurs(AlarmCause.DOES_NOT_OPEN)
        return run
