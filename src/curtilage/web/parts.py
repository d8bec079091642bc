"""Everything the doors may use: one dataclass of services, made by main.py and given to the application."""

from dataclasses import dataclass

from curtilage.cameras.cameras import Cameras
from curtilage.cameras.views import Views
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.consent.consent import Consents
from curtilage.consent.grants import Grants
from curtilage.consent.ledger import Ledger
from curtilage.home.account import Accounts
from curtilage.home.activity import Activity
from curtilage.home.code import Codes
from curtilage.home.device import Devices
from curtilage.home.home import Homes
from curtilage.home.person import Persons
from curtilage.home.session import Sessions


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
    cameras: Cameras
    views: Views
