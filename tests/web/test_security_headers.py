"""The headers of every reply, word for word."""

from curtilage.web.security_headers import CONTENT_SECURITY_POLICY, security_headers


def test_the_policy_lets_nothing_of_a_third_party_in() -> None:
    directives = dict(directive.split(" ", 1) for directive in CONTENT_SECURITY_POLICY.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["base-uri"] == "'none'"
    assert directives["require-trusted-types-for"] == "'script'"
    allowed = {source for sources in directives.values() for source in sources.split()}
    assert allowed == {"'none'", "'self'", "blob:", "'script'"}
    assert "blob:" not in directives["script-src"]


def test_every_header_stands_once_and_in_lower_case() -> None:
    names = [name for name, _ in security_headers()]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    assert {b"content-security-policy", b"x-content-type-options", b"referrer-policy", b"x-frame-options"} <= set(names)


def test_our_own_forms_say_where_they_come_from() -> None:
    """With no-referrer Chromium sends them with ``Origin: null``, which the check of changes refuses."""
    assert dict(security_headers())[b"referrer-policy"] == b"same-origin"
