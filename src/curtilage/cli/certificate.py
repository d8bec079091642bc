"""Commands about the certificate that other machines are shown; see commands.py."""

from collections.abc import Mapping
from typing import Any

from curtilage.cli.asked import Asked
from curtilage.cli.when import show


async def certificate_show(asked: Asked) -> str:
    """How it stands, and the fingerprint to compare."""
    status = await asked.client.get("/certificate")
    return asked.said(status, _words(asked, status))


async def certificate_renew(asked: Asked) -> str:
    """A new one at once."""
    status = await asked.client.post("/certificate/renew")
    done = "Renewed." if status["household"] else "The files were read anew."
    return asked.said(status, f"{done}\n{_words(asked, status)}")


def _words(asked: Asked, status: Mapping[str, Any]) -> str:
    lines = [f"Address      {status['origin']}"]
    if status["fingerprint"]:
        kind = "of the household authority" if status["household"] else "given"
        lines.append(f"Certificate  {kind}, until {show(status['not_after_ms'], asked.now)}{_renewal(asked, status)}")
        lines.append(f"             SHA-256 {status['fingerprint']}")
    if status["root_fingerprint"]:
        lines.append(f"Root         until {show(status['root_not_after_ms'], asked.now)}; compare this on each device:")
        lines.append(f"             SHA-256 {status['root_fingerprint']}")
    if status["install_address"]:
        lines.append(f"To trust it  open {status['install_address']} on the device")
    if status["problem"]:
        lines.append(f"Problem      {status['problem']} {status['do']}".rstrip())
    return "\n".join(lines)


def _renewal(asked: Asked, status: Mapping[str, Any]) -> str:
    at_ms = status["renewed_ms"]
    return "" if at_ms is None else f", renewed by itself on {show(at_ms, asked.now)}"
