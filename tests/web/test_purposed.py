"""Routes say their purposes."""

from starlette.types import Receive, Scope, Send

from curtilage.web.purposed import EXTENSION, PurposedRoute, purposes


def test_purposes_stand_in_the_openapi_extension() -> None:
    assert purposes("a", "b") == {EXTENSION: ["a", "b"]}
    assert purposes() == {EXTENSION: []}


def test_each_route_gets_a_list_of_its_own() -> None:
    first, second = purposes("a"), purposes("a")
    first[EXTENSION].append("b")
    assert second == {EXTENSION: ["a"]}


def test_a_plain_route_says_its_purposes_too() -> None:
    class Endpoint:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            """ASGI."""

    route = PurposedRoute("/x", Endpoint(), method="POST", name="x", ids=("a",))
    assert route.openapi_extra == purposes("a")
    assert route.methods == {"POST"}
