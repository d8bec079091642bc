"""The console's page Certificate: how long it lasts, the fingerprint to compare, and the QR of the install page."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from curtilage.vault.certificate import MS_PER_DAY
from curtilage.web.certificates import CertificateStatus
from curtilage.web.pages.pages_display import can_draw, qr
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.pages.pages_words import exact_words
from curtilage.web.problem import seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Visitor


def make_certificate_page(pages: Pages) -> APIRouter:
    """/certificate and its QR."""
    router = APIRouter(route_class=pages.route)
    certificates = pages.parts.certificates

    @router.get("/certificate", name="certificate_page", openapi_extra=purposes())
    async def certificate_page(asker: Asker) -> Response:
        return _show(pages, asker, certificates.status() if certificates is not None else None)

    @router.get("/certificate/qr", name="certificate_qr", openapi_extra=purposes())
    async def certificate_qr() -> Response:
        address = seen(certificates).status().install_address
        return Response(seen(qr(seen(address or None))), media_type="image/svg+xml")

    return router


def _show(pages: Pages, asker: Visitor, status: CertificateStatus | None) -> HTMLResponse:
    values: dict[str, Any] = {"shown": status, "drawn": can_draw()}
    if status is not None:
        values |= _times(pages, status)
    actor = asker.actor(asker.home) if asker.home is not None else None
    if actor is None:
        return pages.show_lone("certificate.html", asker, **values)
    return pages.show("certificate.html", asker, actor, "", **values)


def _times(pages: Pages, status: CertificateStatus) -> dict[str, str]:
    now_ms = pages.parts.clock.now()
    root_until, renewed = status.root_not_after_ms, status.renewed_ms
    return {
        "since": exact_words(status.not_before_ms, now_ms),
        "until": exact_words(status.not_after_ms, now_ms),
        "left": days_words(status.not_after_ms - now_ms),
        "renewed": exact_words(renewed, now_ms) if renewed is not None else "",
        "root_until": exact_words(root_until, now_ms) if root_until is not None else "",
    }


def days_words(left_ms: int) -> str:
    """89 more days, one more day, less than a day, over."""
    days = left_ms // MS_PER_DAY
    if left_ms <= 0:
        return "over"
    return "less than a day" if days == 0 else "one more day" if days == 1 else f"{days} more days"
