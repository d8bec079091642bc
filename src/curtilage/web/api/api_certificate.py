"""The certificate as JSON: how it stands, for everybody who is signed in; renewing it, for the operator."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel

from curtilage.web.asked import API_PREFIX
from curtilage.web.certificates import Certificates, CertificateStatus
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Operator

_NONE = Problem(
    Kind.CONFLICT,
    "This server has no certificate: other machines do not reach it.",
    "Set public_name to serve them by HTTPS (docs/https.md).",
)


class CertificateOutput(BaseModel):
    """As CertificateStatus says it; times in milliseconds since the Unix epoch."""

    household: bool
    origin: str
    fingerprint: str
    not_before_ms: int
    not_after_ms: int
    renewed_ms: int | None
    root_fingerprint: str
    root_not_after_ms: int | None
    install_address: str
    problem: str
    do: str


def make_certificate_api(parts: Parts) -> APIRouter:
    """Routes /certificate."""
    router = APIRouter(prefix=f"{API_PREFIX}certificate", tags=["certificate"])

    @router.get("", operation_id="show_certificate", openapi_extra=purposes())
    async def show_certificate() -> CertificateOutput:
        """Which certificate other machines are shown, until when, and what is wrong with it."""
        return _output(_certificates(parts).status())

    @router.post("/renew", operation_id="renew_certificate", openapi_extra=purposes())
    async def renew_certificate(_operator: Operator) -> CertificateOutput:
        """A new one of the household authority, or the given files read anew; connections go on."""
        certificates = _certificates(parts)
        certificates.renew()
        return _output(certificates.status())

    return router


def _certificates(parts: Parts) -> Certificates:
    if parts.certificates is None:
        raise Stopped(_NONE)
    return parts.certificates


def _output(status: CertificateStatus) -> CertificateOutput:
    return CertificateOutput(**asdict(status))
