"""The household root as a configuration profile, which iPhones, iPads and Macs install (Apple, "Device Management":
CertificateRoot). Pure: the same root makes the same bytes.
"""

import plistlib
import uuid

_ROOT_TYPE = "com.apple.security.root"


def apple_profile(name: str, root_der: bytes, fingerprint: str) -> bytes:
    """A .mobileconfig that adds the root of the server of that name. It is not signed: the fingerprint is compared."""
    named = f"Curtilage at {name}"
    about = f"Lets this device trust {name}, and no other server. SHA-256 {fingerprint}"
    root = {
        "PayloadType": _ROOT_TYPE,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"curtilage.{name}.root",
        "PayloadUUID": _told_apart(fingerprint, "root"),
        "PayloadDisplayName": f"{named}: household root",
        "PayloadCertificateFileName": "household-root.crt",
        "PayloadContent": root_der,
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"curtilage.{name}",
        "PayloadUUID": _told_apart(fingerprint, "profile"),
        "PayloadDisplayName": named,
        "PayloadDescription": about,
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [root],
    }
    return plistlib.dumps(profile, sort_keys=True)


def _told_apart(fingerprint: str, what: str) -> str:
    """RFC 9562 §5.5: from the root, so that installing it again replaces it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"curtilage:{fingerprint}:{what}")).upper()
