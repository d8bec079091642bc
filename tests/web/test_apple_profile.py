"""The profile that iPhones, iPads and Macs install."""

import plistlib

from curtilage.web.apple_profile import apple_profile
from tests.vault.certificates import NAME, authority

MADE = authority()


def test_it_carries_the_root_and_nothing_that_is_not_public() -> None:
    octets = apple_profile(NAME, MADE.root_der, MADE.fingerprint)
    profile = plistlib.loads(octets)
    (root,) = profile["PayloadContent"]
    assert profile["PayloadType"] == "Configuration"
    assert root["PayloadType"] == "com.apple.security.root"
    assert root["PayloadContent"] == MADE.root_der
    assert MADE.fingerprint in profile["PayloadDescription"]
    assert b"PRIVATE" not in octets


def test_the_same_root_is_the_same_profile_and_another_root_another() -> None:
    once, again = (apple_profile(NAME, MADE.root_der, MADE.fingerprint) for _ in range(2))
    assert once == again
    other = authority()
    profiles = [plistlib.loads(one) for one in (once, apple_profile(NAME, other.root_der, other.fingerprint))]
    assert profiles[0]["PayloadUUID"] != profiles[1]["PayloadUUID"]
    assert profiles[0]["PayloadUUID"] != profiles[0]["PayloadContent"][0]["PayloadUUID"]
