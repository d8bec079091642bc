"""The sound of a camera by RTSP: its SETUP beside the video's (RFC 2326 §10.4), by the same way as the video's.

Rules: asked for only where sound is switched on, and after the video was agreed on. A camera that refuses, or chooses a
way that we cannot read, is shown without sound; one that does not answer, by another connection that does not ask. The
picture never fails for it.
"""

from curtilage.cameras.input.source import SourceError
from curtilage.cameras.media.audio_codec import AudioCodec, SoundSink
from curtilage.cameras.rtsp.depacketiser_aac import AacDepacketiser
from curtilage.cameras.rtsp.depacketiser_audio import AudioDepacketiser
from curtilage.cameras.rtsp.depacketiser_g711 import G711Depacketiser
from curtilage.cameras.rtsp.depacketiser_opus import OpusDepacketiser
from curtilage.cameras.rtsp.rtp_udp import RtpUdp
from curtilage.cameras.rtsp.rtsp_connection import RtspConnection
from curtilage.cameras.rtsp.rtsp_transport import by_udp, channels, interleaved, is_by_udp, report_port
from curtilage.cameras.rtsp.sdp_audio import AudioMedia

_FIRST_CHANNEL = 2
_OK = range(200, 300)


async def set_up_sound(
    connection: RtspConnection, audio: AudioMedia, url: str, sink: SoundSink, taken: tuple[int, int]
) -> bool:
    """Between the video's SETUP, whose channels are ``taken``, and PLAY. False: without sound.

    Raises SourceError when the connection ends or the camera does not answer at all.
    """
    setup = await connection.request("SETUP", url, {"Transport": interleaved(_FIRST_CHANNEL)})
    if setup.status not in _OK:
        return False
    try:
        own = channels(setup.header("transport") or "", _FIRST_CHANNEL)
    except SourceError:
        return False
    if set(own) & set(taken):
        return False
    connection.reader.listen(own[0], _depacketiser(sink, audio).packets)
    sink.audio_changed(audio.parameters)
    return True


async def set_up_sound_by_udp(
    connection: RtspConnection, audio: AudioMedia, url: str, sink: SoundSink, udp: RtpUdp
) -> bool:
    """As set_up_sound, where the picture comes by UDP; ``udp``: ports for the sound, not opened yet."""
    depacketiser, agreed = _depacketiser(sink, audio), False

    def take(packet: bytes) -> None:
        if agreed:  # nothing is sent before, but anybody can forge it
            depacketiser.packet(packet, 0, len(packet))

    try:
        await udp.open(connection.local_host(), take, _goes_on)
    except SourceError:  # no ports are free
        return False
    setup = await connection.request("SETUP", url, {"Transport": by_udp(udp.port)})
    transport = setup.header("transport") or ""
    if setup.status not in _OK or not is_by_udp(transport):
        udp.close()
        return False
    udp.report_to(report_port(transport))
    sink.audio_changed(audio.parameters)
    agreed = True
    return True


def _goes_on() -> None:
    """A goodbye of the sound alone: the picture's goes by its own ports."""


def _depacketiser(sink: SoundSink, audio: AudioMedia) -> AudioDepacketiser:
    codec = audio.parameters.codec
    if codec is AudioCodec.AAC:
        return AacDepacketiser(sink, audio)
    return OpusDepacketiser(sink, audio) if codec is AudioCodec.OPUS else G711Depacketiser(sink, audio)
