"""Routes and the table of purposes hold each other to account (promise P2: off by default)."""

from pathlib import Path

from curtilage.consent.purpose import PURPOSES
from curtilage.web.route_list import every_route
from tests.web.house import House, in_house

NOTHING_PERSONAL = frozenset(
    {
        *("describe_api", "docs_page", "favicon", "list_problems", "show_problem", "static_file"),
        *("show_certificate", "renew_certificate", "certificate_page", "certificate_qr"),
    }
)
"""Routes without a purpose: what they answer is the same for everybody."""


def test_every_route_names_purposes_of_the_table(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        known = {purpose.id for purpose in PURPOSES}
        for route in every_route(house.app.routes):
            assert route.purposes is not None, route
            assert set(route.purposes) <= known, route
            assert bool(route.purposes) is (route.operation not in NOTHING_PERSONAL), route

    in_house(tmp_path, main)


def test_every_operation_of_the_api_stands_in_the_table_under_its_purposes(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        listed = {(purpose.id, endpoint) for purpose in PURPOSES for endpoint in purpose.endpoints}
        said = {
            (purpose, route.operation)
            for route in every_route(house.app.routes)
            if route.path.startswith("/api/v1/")
            for purpose in route.purposes or ()
        }
        assert said == listed

    in_house(tmp_path, main)


def test_the_api_describes_its_purposes(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        document = (await house.browser(session).ask("GET", "/api/v1/openapi.json")).json()
        described = {
            (operation["operationId"], tuple(operation["x-purpose"]))
            for path in document["paths"].values()
            for operation in path.values()
        }
        routes = every_route(house.app.routes)
        documented = {(route.operation, route.purposes) for route in routes if route.path.startswith("/api/v1/")}
        problems = {("list_problems", ()), ("show_problem", ())}
        assert described == documented | problems

    in_house(tmp_path, main)
