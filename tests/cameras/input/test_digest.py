"""Signing in to cameras: the RFCs' own examples, odd headers, and that the strongest offer wins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.digest import Challenge, Credentials, Proof, challenges, digest, strongest

MUFASA = Credentials("Mufasa", "Circle of Life")
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
RFC_7616 = f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={{}}, nonce="{NONCE}", opaque="FQhe"'

# RFC 7616 §3.9.1 (both), RFC 2617 §3.5, and RFC 2069 §2.4 with its erratum 749.
EXAMPLES = [
    (RFC_7616.format("MD5"), MUFASA, CNONCE, "8ca523f5e9506fed4657c9700eebdbec"),
    (RFC_7616.format("SHA-256"), MUFASA, CNONCE, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
        Credentials("Mufasa", "Circle Of Life"),
        "0a4f113b",
        "6629fae49393a05397450978507c4ef1",
    ),
    (
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"',
        Credentials("Mufasa", "CircleOfLife"),
        "",
        "1949323746fe6a43ef61f9606e7febea",
    ),
]

BASIC, MD5 = 'Basic realm="cam"', 'Digest realm="cam", nonce="n"'
SHA256 = 'Digest realm="cam", nonce="n", algorithm=SHA-256, qop="auth"'
OFFERS = [
    ([BASIC], "basic", None),
    ([BASIC, MD5], "digest", None),
    ([MD5, BASIC], "digest", None),
    ([BASIC, MD5, SHA256], "digest", "SHA-256"),
    ([f"{BASIC}, {SHA256}, {MD5}"], "digest", "SHA-256"),
    ([SHA256.replace("SHA-256", "SHA-999"), MD5], "digest", None),
    (['Digest realm="cam", qop="auth-int", nonce="n"', BASIC], "basic", None),
    (['Digest realm="no nonce"', BASIC], "basic", None),
]


@pytest.mark.parametrize(("header", "who", "cnonce", "response"), EXAMPLES)
def test_the_examples_of_the_rfcs_come_out(header: str, who: Credentials, cnonce: str, response: str) -> None:
    (challenge,) = challenges([header])
    assert f'response="{response}"' in digest(challenge, who, "GET", "/dir/index.html", 1, cnonce)


@pytest.mark.parametrize(("headers", "scheme", "algorithm"), OFFERS)
def test_the_strongest_offer_wins(headers: list[str], scheme: str, algorithm: str | None) -> None:
    best = strongest(challenges(headers))
    assert best is not None
    assert (best.scheme, best.get("algorithm")) == (scheme, algorithm)


@pytest.mark.parametrize("headers", [[], [""], ["Bearer"], ['Negotiate abc=="'], ['Digest qop="auth-int", nonce="n"']])
def test_what_we_cannot_answer_is_no_offer(headers: list[str]) -> None:
    assert strongest(challenges(headers)) is None


def test_each_use_of_a_nonce_is_counted_with_one_client_nonce() -> None:
    proof = Proof(challenges([SHA256])[0], MUFASA, lambda count: b"\7" * count)
    first, second = proof.authorization("SETUP", "rtsp://c/1"), proof.authorization("PLAY", "rtsp://c/")
    assert "nc=00000001" in first
    assert "nc=00000002" in second
    assert 'cnonce="07070707070707070707070707070707"' in first
    assert 'cnonce="07070707070707070707070707070707"' in second
    assert first.split("response=")[1] != second.split("response=")[1]


def test_basic_is_base64_of_utf8() -> None:
    proof = Proof(Challenge("basic"), Credentials("Jörg", "päss:word"), bytes)
    assert proof.authorization("PLAY", "rtsp://c") == "Basic SsO2cmc6cMOkc3M6d29yZA=="


def test_stale_and_odd_quoting_are_understood() -> None:
    (challenge,) = challenges(['digest Realm = "a \\"b\\", c" ,nonce=abc== ,, STALE=TRUE,qop=auth'])
    assert challenge.scheme == "digest"
    assert challenge.stale
    assert challenge.get("realm") == 'a "b", c'
    assert challenge.get("nonce") == "abc=="
    assert r'realm="a \"b\", c"' in digest(challenge, MUFASA, "PLAY", "u", 1, "c")


def test_a_session_variant_hashes_both_nonces_and_userhash_hides_the_name() -> None:
    (plain,) = challenges([SHA256])
    (session,) = challenges([SHA256.replace("SHA-256", "SHA-256-sess") + ", userhash=true"])
    answer = digest(session, MUFASA, "PLAY", "u", 1, "c")
    assert "Mufasa" not in answer
    assert "userhash=true" in answer
    assert answer.split("response=")[1][:60] != digest(plain, MUFASA, "PLAY", "u", 1, "c").split("response=")[1][:60]


def test_a_realm_that_is_no_utf8_is_hashed_as_it_came() -> None:
    (challenge,) = challenges([b'Digest realm="\xe9", nonce="n"'.decode(errors="surrogateescape")])
    assert "response=" in digest(challenge, MUFASA, "PLAY", "u", 1, "c")


def test_nothing_secret_is_in_a_repr() -> None:
    proof = Proof(Challenge("basic"), MUFASA, bytes)
    assert "Circle" not in repr(MUFASA) + repr(proof)


@pytest.mark.parametrize("filler", [" ", ",", ", ", "a ", "=", '="', '\\"', 'a="\\', "\t\x01"])
def test_a_header_made_to_take_long_does_not(filler: str) -> None:
    for header in ("Digest " + filler * 16_000, 'Digest realm="' + filler * 16_000, filler * 16_000 + "\x01"):
        strongest(challenges([header]))


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_header_gives_challenges(headers: list[str]) -> None:
    best = strongest(challenges(headers))
    if best is not None:
        assert Proof(best, MUFASA, bytes).authorization("PLAY", "rtsp://c/")


@given(st.dictionaries(st.sampled_from(["realm", "nonce", "opaque"]), st.text(max_size=20).map(lambda t: t)))
def test_quoted_values_come_back(values: dict[str, str]) -> None:
    fields = ", ".join(
        '{}="{}"'.format(name, value.replace("\\", "\\\\").replace('"', '\\"')) for name, value in values.items()
    )
    (challenge,) = challenges([f"Digest {fields}"])
    assert dict(challenge.parameters) == values


@pytest.mark.parametrize("headers", [["Digest " + 'a="' * 30_000], ["Basic"] * 1 + ["x" * 4096]])
def test_headers_longer_than_any_cameras_are_not_taken_apart(headers: list[str]) -> None:
    found = challenges([*headers, 'Digest realm="x", nonce="y"'])
    assert [item.scheme for item in found] == (["basic"] if "Basic" in headers else []) + ["digest"]
