"""Everything the doors may use: one dataclass of services, made by main.py and given to the application."""

from dataclasses import dataclass

from curtilage.cameras.cameras import Cameras
from curtilage.cameras.hls.hls import Hls
from curtilage.cameras.onvif.onvif_network import CameraSearch
from curtilage.cameras.views.views import Views
from curtilage.cameras.webrtc.ice_servers import IceServers
from curtilage.cameras.webrtc.ice_tcp import IceTcp
from curtilage.cameras.webrtc.whep import Whep
from curtilage.cameras.webrtc.whep_address import WhepAddresses
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.consent.consent import Consents
from curtilage.consent.grants import Grants
from curtilage.consent.ledger import Ledger
from curtilage.home.account import Accounts
from curtilage.home.activity import Activity
from curtilage.home.code import Codes
from curtilage.home.device import Devices
from curtilage.home.display import Displays
from curtilage.home.home import Homes
from curtilage.home.pairing import Pairings
from curtilage.home.person import Persons
from curtilage.home.session import Sessions
from curtilage.web.certificates import Certificates
from curtilage.web.display_news import DisplayNews
from curtilage.web.public_place import PublicPlace


@dataclass(frozen=True, slots=True)
class Parts:
    """The services of one running server."""

    config: Config
    """With the port that is really listened on."""
    clock: Clock
    ledger: Ledger
    activity: Activity
    consents: Consents
    grants: Grants
    homes: Homes
    persons: Persons
    accounts: Accounts
    sessions: Sessions
    codes: Codes
    devices: Devices
    displays: Displays
    pairings: Pairings
    display_news: DisplayNews
    cameras: Cameras
    search: CameraSearch
    views: Views
    hls: Hls
    whep: Whep
    whep_addresses: WhepAddresses
    ice_servers: IceServers
    ice_tcp: IceTcp
    place: PublicPlace | None
    """Where other machines reach this server; None: nowhere."""
    certificates: Certificates | None
    """None without a public place."""
