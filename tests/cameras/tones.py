"""Which tone frames of sound hold, told by FFmpeg's decoders."""

import array
from collections.abc import Iterator, Mapping, Sequence

import av
from av.audio.resampler import AudioResampler

from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters

_DECODERS: Mapping[AudioCodec, str] = {
    AudioCodec.AAC: "aac",
    AudioCodec.OPUS: "opus",
    AudioCodec.PCMU: "pcm_mulaw",
    AudioCodec.PCMA: "pcm_alaw",
}
_RATE_HZ = 48_000


def tone_hz(parameters: AudioParameters, frames: Sequence[AudioFrame]) -> float:
    """Of the middle of what they hold."""
    samples = array.array("h", b"".join(_decoded(parameters, frames)))
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    rises = [place for place in range(1, len(middle)) if middle[place - 1] < 0 <= middle[place]]
    assert len(rises) > 10, "hardly any sound"
    return (len(rises) - 1) * _RATE_HZ / (rises[-1] - rises[0])


def _decoded(parameters: AudioParameters, frames: Sequence[AudioFrame]) -> Iterator[bytes]:
    """Samples of 16 bits."""
    decoder = av.CodecContext.create(_DECODERS[parameters.codec], "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate, decoder.layout = parameters.rate_hz, "mono" if parameters.channels == 1 else "stereo"
    if parameters.config:
        decoder.extradata = parameters.config
    resampler = AudioResampler("s16", "mono", _RATE_HZ)
    for frame in frames:
        for decoded in decoder.decode(av.Packet(frame.octets)):
            for same in resampler.resample(decoded):
                yield bytes(same.planes[0])[: 2 * same.samples]
