"""Authorities and certificates of a test's own, at a moment of its own."""

import secrets

from curtilage.vault.certificate import MS_PER_DAY, Certificate, IpAddress
from curtilage.vault.household_authority import HouseholdAuthority, make_authority, make_certificate

NAME = "rose.home.arpa"
NOW_MS = 1_795_000_000_000
"""2026-11-18."""
DAY_MS = MS_PER_DAY


def authority(name: str = NAME, *addresses: IpAddress, now_ms: int = NOW_MS) -> HouseholdAuthority:
    """A new one."""
    return make_authority(name, addresses, now_ms, secrets.token_bytes)


def certificate(
    name: str = NAME, *addresses: IpAddress, now_ms: int = NOW_MS, of: HouseholdAuthority | None = None
) -> Certificate:
    """For 90 days."""
    return make_certificate(of or authority(name, *addresses), name, addresses, 90, now_ms, secrets.token_bytes)
