"""A household to look at: an owner and a member, two cameras that really move, grants for all of it."""

from dataclasses import dataclass

from curtilage.home.session import Session
from curtilage.wire.identifier import DeviceId, HomeId, PersonId
from tests.web.browser.console import Console
from tests.web.house import House

CAMERAS = {"Porch": "sim:porch", "Yard": "sim:yard"}


@dataclass(frozen=True)
class Household:
    """Who lives there and what they have."""

    home: HomeId
    owner: Session
    owner_person: PersonId
    member: Session
    member_person: PersonId
    cameras: dict[str, DeviceId]

    @property
    def page(self) -> str:
        """The cameras' page."""
        return f"/homes/{self.home}/cameras"


def make_household(console: Console, name: str = "Rose house") -> Household:
    """Everybody may see everything until revoked."""

    async def make(house: House) -> Household:
        home, owner = await house.home(name, f"Alma of {name}")
        person, member = await house.member(home, f"Ada of {name}")
        cameras = {camera: await house.camera(home, camera, address) for camera, address in CAMERAS.items()}
        mine = house.parts.persons.of_account(owner.account)[0]
        return Household(home, owner, mine.id, member, person.id, cameras)

    made = console.do(make)
    for camera in made.cameras.values():
        for person in (made.owner_person, made.member_person):
            console.grant(made.home, camera, person)
    return made


def causes(console: Console, household: Household) -> list[str]:
    """The causes of the alarms in the home's ledger, newest first."""

    async def read(house: House) -> list[str]:
        entries = await house.parts.ledger.entries(household.home, None, 50)
        return [entry.event.fact("cause") for entry in entries if entry.event.kind.value == "view_cut"]

    return console.do(read)
