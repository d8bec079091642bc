"""The headers that stand on every reply, whoever asks and whatever the answer is. They are the same bytes always."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self';media-src 'self' blob:;connect-src 'self';"
    "form-action 'self';base-uri 'none';frame-ancestors 'none';require-trusted-types-for 'script'"
)
"""No third party at all, no inline script or style, nobody may frame us."""

_DENIED_FEATURES = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer")
_DENIED_FEATURES_TOO = ("microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking", "browsing-topics")
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in (*_DENIED_FEATURES, *_DENIED_FEATURES_TOO))
"""A console of cameras needs no camera, microphone or position of its visitor's machine."""

Headers = tuple[tuple[bytes, bytes], ...]

_HEADERS: Headers = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Not no-referrer: Chromium then sends "Origin: null" with our own forms, which the CSRF check refuses.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", PERMISSIONS_POLICY.encode()),
    (b"x-frame-options", b"DENY"),
)


def security_headers() -> Headers:
    """Lower-case names, as ASGI has them."""
    return _HEADERS
