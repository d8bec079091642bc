"""Which carrier an address names. The one place of this room that knows all kinds."""

from curtilage.carriers.carrier import Carrier
from curtilage.carriers.carrier_address import (
    GammuAddress,
    GatewayAddress,
    SimulatedNumber,
    SmppAddress,
    parse_carrier_address,
)
from curtilage.carriers.gammu import GammuCarrier
from curtilage.carriers.simulated_carrier import SimulatedNetwork
from curtilage.carriers.smpp import SmppCarrier
from curtilage.carriers.sms_gateway import SmsGatewayCarrier
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import PersonError
from curtilage.wire.identifier import Entropy

_UNREADABLE = "an address that cannot be read"


def make_carrier(
    text: str, config: Config, clock: Clock, entropy: Entropy, network: SimulatedNetwork | None = None
) -> Carrier:
    """The carrier for an address (carrier_address.py). Raises PersonError; simulated numbers need a ``network``."""
    address = parse_carrier_address(text)
    if isinstance(address, SmppAddress):
        return SmppCarrier(address, config, clock, entropy)
    if isinstance(address, GatewayAddress):
        return SmsGatewayCarrier(address, config, clock)
    if isinstance(address, GammuAddress):
        return GammuCarrier(address, config, clock)
    assert isinstance(address, SimulatedNumber)
    if network is None:
        raise PersonError("There is no simulated network here.", do="It belongs to the demo.")
    return network.carrier(address.digits)


def describe_carrier(text: str) -> str:
    """The address without name, password and number, for listings. Never raises."""
    try:
        return parse_carrier_address(text).redacted()
    except PersonError:
        return _UNREADABLE
