"""Which requests count as coming with a token, and which preflights are answered: by their head alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.web.asked import Asked, read_asked
from curtilage.web.crossing import EXPOSED, PREFLIGHT, by_token, is_preflight

TOKEN = "A" * 43
HANDLE = f"/api/v1/whep/{TOKEN}"
ASKING = {
    "origin": "https://elsewhere.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "Content-Type, Authorization",
}


def asked(method: str, path: str, *headers: tuple[str, str]) -> Asked:
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    return read_asked({"method": method, "path": path, "raw_path": path.encode(), "headers": raw})


AUTHORIZATIONS = {
    f"Bearer {TOKEN}": TOKEN,
    f"bearer  {TOKEN} ": TOKEN,
    "Bearer": "",
    "Bearer short": "",
    f"Bearer {TOKEN} {TOKEN}": "",
    f"Basic {TOKEN}": None,
    TOKEN: None,
    "": None,
}


@pytest.mark.parametrize("value", list(AUTHORIZATIONS))
def test_a_token_stands_behind_bearer(value: str) -> None:
    found = asked("POST", HANDLE, ("authorization", value))
    assert found.token == AUTHORIZATIONS[value]
    assert by_token(found) is (AUTHORIZATIONS[value] is not None)
    assert TOKEN not in repr(found)


@given(st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\x00"), max_size=80))
def test_whatever_is_sent_is_a_token_or_none(value: str) -> None:
    token = asked("GET", HANDLE, ("authorization", value)).token
    assert token is None or token == "" or 16 <= len(token) <= 128


def test_it_counts_for_whep_alone_and_once() -> None:
    bearer = ("authorization", f"Bearer {TOKEN}")
    assert by_token(asked("DELETE", f"/api/v1/whep/views/{TOKEN}", bearer))
    for path in ("/api/v1/homes", "/api/v1/whepper", f"{HANDLE}/", f"{HANDLE};a", "/"):
        assert not by_token(asked("GET", path, bearer)), path
    assert not by_token(asked("GET", HANDLE, bearer, bearer)), "one of the two was put there by somebody else"


@pytest.mark.parametrize("without", [None, *ASKING])
def test_a_preflight_is_answered_when_it_names_authorization(without: str | None) -> None:
    headers = [(name, value) for name, value in ASKING.items() if name != without]
    assert is_preflight(asked("OPTIONS", HANDLE, *headers)) is (without is None)


@pytest.mark.parametrize("path", ["/api/v1/whep", "/api/v1/homes", f"{HANDLE}/", "/", f"/live/{TOKEN}/index.m3u8"])
def test_nowhere_else(path: str) -> None:
    assert not is_preflight(asked("OPTIONS", path, *ASKING.items()))
    assert not is_preflight(asked("POST", HANDLE, *ASKING.items()))


def test_nothing_is_said_of_credentials() -> None:
    assert all(name != b"access-control-allow-credentials" for name, _ in (*EXPOSED, *PREFLIGHT))
