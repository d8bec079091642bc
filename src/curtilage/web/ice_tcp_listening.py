"""The port for WebRTC over TCP, bound before anything else, where HTTPS listens: public_place.py has the rule.

No HTTPS is spoken there: what enters is DTLS to the certificate that the view's answer named, to who was let in.
"""

from curtilage.config import Config
from curtilage.web.public_listening import listen_at
from curtilage.web.public_place import public_place
from curtilage.web.server import Listening


def listen_ice_tcp(config: Config) -> Listening | None:
    """None: it is switched off. Raises DoorRefused, PortTaken."""
    if not config.webrtc_tcp:
        return None
    place = public_place(config)
    return listen_at(place.listen if place is not None else None, config.webrtc_tcp_port, "webrtc_tcp_port =")
