"""What stands around every page: templates, the way around, the visitor's homes, and problems as pages.

Guards escaping: autoescape is always on and an undefined name in a template is an error. No template gets a service,
only values made for it.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from curtilage.errors import CurtilageError
from curtilage.home.actor import Actor
from curtilage.home.permission import Act, may
from curtilage.web.api.api_sessions import memberships
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, of_error
from curtilage.web.visitor import Visitor
from curtilage.wire.identifier import HomeId

_TEMPLATES = Path(__file__).parents[1] / "templates"
_CSRF_FIELD = "csrf_token"
_WAYS = (
    ("cameras", "camera", "Cameras", False),
    ("grants", "key", "Grants", False),
    ("activity", "activity", "Activity", True),
    ("displays", "display", "Displays", False),
)
"""Page, icon, words, for owners only."""


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of the rail."""

    address: str
    icon: str
    words: str
    here: bool


@dataclass(frozen=True, slots=True)
class OneHome:
    """One of the visitor's homes."""

    id: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a page of a home knows besides its own matter."""

    home: HomeId
    home_name: str = field(repr=False)
    owner: bool
    homes: tuple[OneHome, ...]
    ways: tuple[Way, ...]
    json: str
    """Address of the same as JSON; empty when there is none."""


class Pages:
    """Renders pages; holds the services for the page files."""

    __slots__ = ("environment", "parts", "route")

    def __init__(self, parts: Parts, environment: Environment) -> None:
        self.parts = parts
        self.environment = environment
        # FastAPI makes the routes itself, so what they need rides on a subclass.
        self.route: type[PageRoute] = type("CurtilagePageRoute", (PageRoute,), {"environment": self.environment})
        """The class of every page's route."""

    def show(
        self, template: str, asker: Visitor, actor: Actor, page: str, problem: Problem | None = None, **values: Any
    ) -> HTMLResponse:
        """A page of a home. ``page`` is its place in the rail, or empty; a ``problem`` is said on it, by its status."""
        frame = self._frame(asker, actor, page)
        return self._render(template, asker, problem, {"frame": frame, **values})

    def show_lone(self, template: str, asker: Visitor, problem: Problem | None = None, **values: Any) -> HTMLResponse:
        """A page outside any home."""
        return self._render(template, asker, problem, {"frame": None, **values})

    def _render(self, template: str, asker: Visitor, problem: Problem | None, values: dict[str, Any]) -> HTMLResponse:
        config = self.parts.config
        limits = {
            "name_length_max": config.name_length_max,
            "password_length_min": config.password_length_min,
            "password_length_max": config.password_length_max,
        }
        values = {"problem": problem, "csrf_token": _csrf(asker), **limits, **values}
        status = problem.status if problem is not None else 200
        return HTMLResponse(self.environment.get_template(template).render(values), status_code=status)

    def _frame(self, asker: Visitor, actor: Actor, page: str) -> Frame:
        homes = tuple(OneHome(item.id, item.name) for item in memberships(self.parts, asker))
        owner = may(actor, Act.MAKE_GRANT)
        ways = tuple(
            Way(f"/homes/{actor.home}/{name}", icon, words, name == page)
            for name, icon, words, owners_only in _WAYS
            if owner or not owners_only
        )
        name = next((home.name for home in homes if home.id == actor.home), "")
        json = f"{API_PREFIX}homes/{actor.home}/{page}" if page else ""
        return Frame(actor.home, name, owner, homes, ways, json)


def make_environment() -> Environment:
    """Templates with autoescape; sentences pass through gettext, English as written for now."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # Both names are put there at run time, by the extension and by the template.
    vars(environment)["install_null_translations"](newstyle=True)
    environment.globals["icon"] = vars(environment.get_template("parts/icons.html").make_module())["icon"]
    environment.globals["csrf"] = _csrf_field
    return environment


@pass_context
def _csrf_field(context: Context) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(_CSRF_FIELD, context["csrf_token"])


def _csrf(asker: Visitor) -> str:
    return asker.session.csrf if asker.session is not None else ""


class PageRoute(APIRoute):
    """A route whose problems are pages, the same bytes for everything that may not be seen."""

    environment: Environment
    """Set by Pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's way to stand around a route."""
        answer = super().get_route_handler()

        async def answer_with_pages(request: Request) -> Response:
            try:
                return await answer(request)
            except Stopped as stopped:
                return problem_page(self.environment, stopped.problem)
            except RequestValidationError:
                return problem_page(
                    self.environment, Problem(Kind.NOT_UNDERSTOOD, do="Go back and fill in what is missing.")
                )
            except CurtilageError as error:
                return problem_page(self.environment, of_error(error))

        return answer_with_pages


def problem_page(environment: Environment, problem: Problem) -> HTMLResponse:
    """A problem for a person. Knows nothing of who asks."""
    template = environment.get_template("problem.html")
    return HTMLResponse(template.render(problem=problem, frame=None, csrf_token=""), status_code=problem.status)
