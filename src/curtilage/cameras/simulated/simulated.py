"""The ``sim:`` source: a camera that is not there, for ``make demo`` and for trying Curtilage out.

Its pictures are drawn and encoded by a process of its own (simulated/simulated_encoder.py), so that the server's loop
does no more for it than for a real camera (input/source_process.py). Drawing and encoding need Pillow and PyAV, the
extra ``demo``; without them the source says so.

The mark in the picture (wire/mark.py) carries the numbers and the key of the address.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode

from curtilage.cameras.input.process_places import HomePlaces
from curtilage.cameras.input.source import Sink
from curtilage.cameras.input.source_process import RecordMeter, require, run_process
from curtilage.cameras.media.audio_codec import SoundSink
from curtilage.cameras.simulated.simulated_sound import SoundingSink, pitch_hz
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import PersonError, install_words
from curtilage.wire.identifier import Entropy

SCHEME = "sim:"
ENCODER_MODULE = "curtilage.cameras.simulated.simulated_encoder"
SCENES = ("porch", "garden", "hall")
"""As simulated/simulated_scene.py draws them; named here too, because that file cannot be imported without Pillow."""
_ADDRESS_LENGTH_MAX = 1024
_MARK_KEY_BYTES = 32
_U16_MAX = 0xFFFF
_EXAMPLE = "Write it like sim:Rose%20house?scene=porch&seed=1."
_NEEDED = ("av", "PIL")
_NOT_INSTALLED = f"A simulated camera needs Pillow and PyAV: {install_words('demo')}."


@dataclass(frozen=True, slots=True)
class SimulatedAddress:
    """``sim:HOME'S%20NAME?scene=porch&seed=1&home=1&camera=1&mark=HEX``; all but the name may be left out."""

    name: str = field(repr=False)
    scene: str = SCENES[0]
    seed: int = 1
    """The same seed gives the same place."""
    home: int = 0
    camera: int = 0
    """What the mark says: u16 each."""
    mark_key: bytes | None = field(default=None, repr=False)
    """32 bytes. None: a random one, that nobody can check marks with."""

    @staticmethod
    def parse(text: str, name_length_max: int) -> "SimulatedAddress":
        """Raises PersonError when this is no address of a simulated camera."""
        if not text.lower().startswith(SCHEME) or len(text) > _ADDRESS_LENGTH_MAX:
            raise PersonError("This is no address of a simulated camera.", do=_EXAMPLE)
        path, _, query = text[len(SCHEME) :].partition("?")
        name = unquote(path).strip()
        if not 0 < len(name) <= name_length_max or not name.isprintable():
            raise PersonError("A simulated camera's address begins with its home's name.", do=_EXAMPLE)
        given = dict(parse_qsl(query, keep_blank_values=True))
        if set(given) - {"scene", "seed", "home", "camera", "mark"}:
            raise PersonError("A simulated camera has a scene, a seed, a home, a camera and a mark.", do=_EXAMPLE)
        seed, home, camera = (
            _number(given, key, default) for key, default in (("seed", 1), ("home", 0), ("camera", 0))
        )
        scene = given.get("scene", SCENES[(seed - 1) % len(SCENES)])
        if scene not in SCENES:
            raise PersonError(f"A simulated camera's scene is one of {', '.join(SCENES)}.", do=_EXAMPLE)
        return SimulatedAddress(name, scene, seed, home, camera, _key(given.get("mark")))

    def encode(self) -> str:
        """The whole address, mark key included: secret as a camera's password is."""
        pairs: list[tuple[str, str | int]] = [("scene", self.scene), ("seed", self.seed)]
        pairs += [("home", self.home), ("camera", self.camera)]
        if self.mark_key is not None:
            pairs.append(("mark", self.mark_key.hex()))
        return f"{SCHEME}{quote(self.name)}?{urlencode(pairs)}"

    def redacted(self) -> str:
        """For people: without the mark key."""
        return f"{SCHEME}{quote(self.name)}?{urlencode((('scene', self.scene), ('seed', self.seed)))}"


class SimulatedSource:
    """One simulated camera. Implements Source and GivesSound."""

    __slots__ = ("_address", "_clock", "_config", "_entropy", "_places", "_sound")

    def __init__(
        self,
        address: SimulatedAddress,
        config: Config,
        clock: Clock,
        entropy: Entropy,
        places: HomePlaces | None = None,
    ) -> None:
        self._address = address
        self._config = config
        self._clock = clock
        self._places = places
        self._entropy = entropy
        self._sound: SoundSink | None = None

    def sound_to(self, sink: SoundSink) -> None:
        """See GivesSound."""
        self._sound = sink

    async def run(self, sink: Sink) -> None:
        """Start the process and push its pictures until it ends. Raises SourceError."""
        require(_NEEDED, _NOT_INSTALLED)
        if self._sound is not None:
            sink = SoundingSink(sink, self._sound, pitch_hz(self._address.home, self._address.camera))
        meter = RecordMeter(self._config, self._clock)
        await run_process(ENCODER_MODULE, self._keyed().encode(), sink, meter, self._places)

    def _keyed(self) -> SimulatedAddress:
        """The address with a mark key."""
        address = self._address
        key = address.mark_key or self._entropy(_MARK_KEY_BYTES)
        return SimulatedAddress(address.name, address.scene, address.seed, address.home, address.camera, key)


def _number(given: dict[str, str], key: str, default: int) -> int:
    text = given.get(key, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= _U16_MAX):
        raise PersonError(f"A simulated camera's {key} is a number from 0 to {_U16_MAX}.", do=_EXAMPLE)
    return int(text)


def _key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _MARK_KEY_BYTES:
        raise PersonError("A simulated camera's mark key has 64 hexadecimal digits.", do="Leave it out.")
    return key
