"""Real pictures through a packager, and a player that takes what it lists, for the tests of LL-HLS."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from curtilage.cameras.hls.hls_packager import Begin, Packager
from curtilage.cameras.hls.hls_pieces import Pieces
from curtilage.cameras.media.part import Muxer, Part
from curtilage.config import Config
from curtilage.wire.sealed_part import Kind
from tests.cameras.hls_reader import ReadPlaylist, ReadSegment, decrypted, read_playlist
from tests.cameras.pictures import Film, play

BEGIN_MS = 1_790_000_000_000
FRAME_MS = 40


def muxed(taken: Film, rounds: int = 1, every: int = 1) -> list[Part]:
    """The film's parts, timed as they would come from a camera; ``every``: only each n-th picture's time."""
    muxer = Muxer()
    parts = [muxer.init(taken.parameters, BEGIN_MS)]
    count = len(taken.units)
    for number in range(count * rounds):
        unit = taken.units[number % count]
        at = number * every
        parts.append(muxer.media(replace(unit, timestamp=at * 3600), BEGIN_MS + at * FRAME_MS))
    return parts


class Side:
    """A packager and all that it published."""

    def __init__(self, config: Config = Config(), begin: Begin = Begin()) -> None:  # noqa: B008 both are frozen
        self.pieces = Pieces()
        self.packager = Packager(self.pieces, config, secrets.token_bytes, begin, BEGIN_MS)

    def push(self, parts: Sequence[Part]) -> None:
        """All of them."""
        for part in parts:
            self.packager.part(part)

    def playlist(self, *, skip: bool = False, first_epoch: int = 0) -> ReadPlaylist:
        """As a player gets it, every rule checked."""
        text = self.packager.text(skip=skip, first_epoch=first_epoch)
        assert text is not None, "there is a playlist"
        return read_playlist(text)

    def piece(self, uri: str) -> bytes:
        """What lies under a listed address."""
        octets = self.pieces.get(label_of(uri))
        assert octets is not None, uri
        return octets

    def secret(self, segment: ReadSegment) -> bytes:
        """Its key."""
        epoch = self.packager.key(segment.key_uri.removeprefix("keys/"))
        assert epoch is not None, segment.key_uri
        return epoch.secret

    def whole(self, segment: ReadSegment) -> bytes:
        """A segment in the clear."""
        assert segment.uri is not None
        return decrypted(self.piece(segment.uri), self.secret(segment), segment.iv)

    def of_parts(self, segment: ReadSegment) -> bytes:
        """The same, from its parts."""
        secret = self.secret(segment)
        return b"".join(decrypted(self.piece(part.uri), secret, segment.iv) for part in segment.parts)

    def shown(self, segments: Sequence[ReadSegment]) -> list[int | None]:
        """The frame numbers of the marks that a player shows of these segments (all of one init part)."""
        map_uri = segments[0].map_uri
        assert map_uri is not None
        octets = self.piece(map_uri) + b"".join(self.whole(segment) for segment in segments)
        return [shown.mark_frame for shown in play([Part(Kind.INIT, keyframe=True, time_ms=0, octets=octets)])]


def label_of(uri: str) -> str:
    """The piece's name in an address."""
    return uri.rsplit("/", 1)[-1].partition(".")[0]
