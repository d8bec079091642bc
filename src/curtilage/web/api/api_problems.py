"""What each problem's ``type`` leads to: the kind explained. Nothing personal; the same for everybody."""

from fastapi import APIRouter

from curtilage.web.api.api_models import ProblemKindOutput
from curtilage.web.problem import NOT_FOUND, TYPE_PREFIX, Kind, Stopped
from curtilage.web.purposed import purposes


def make_problems() -> APIRouter:
    """Routes /api/problems."""
    router = APIRouter(prefix=TYPE_PREFIX.rstrip("/"), tags=["problems"])

    @router.get("", operation_id="list_problems", openapi_extra=purposes())
    async def list_problems() -> list[ProblemKindOutput]:
        """Every kind of problem."""
        return [_output(kind) for kind in Kind]

    @router.get("/{slug}", operation_id="show_problem", openapi_extra=purposes())
    async def show_problem(slug: str) -> ProblemKindOutput:
        """One kind of problem."""
        for kind in Kind:
            if kind.slug == slug:
                return _output(kind)
        raise Stopped(NOT_FOUND)

    return router


def _output(kind: Kind) -> ProblemKindOutput:
    return ProblemKindOutput(type=TYPE_PREFIX + kind.slug, title=kind.title, status=kind.status, do=kind.do)
