"""The JSON of SMS Gateway for Android."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.carrier import Submission, SubmissionId
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.sms_gateway_messages import GatewayAnswerError, read_inbox, read_state, submission_body

_ID = SubmissionId("abcdefgh")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "state", "recipients", "sender", "contentPreview", "createdAt", "error"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
_TEXT = {
    "id": "text:-7",
    "type": "SMS",
    "sender": "+4915100000001",
    "contentPreview": "Hallo",
    "createdAt": "2026-11-22T00:00:00.500+01:00",
}


def test_a_submission_says_what_the_interface_asks_for() -> None:
    plain = json.loads(submission_body(Submission(_ID, "+4915100000001", "Grüße 😀"), 0))
    assert plain == {
        "id": "abcdefgh",
        "textMessage": {"text": "Grüße 😀"},
        "phoneNumbers": ["+4915100000001"],
        "withDeliveryReport": True,
    }
    more = json.loads(submission_body(Submission(_ID, "+4915100000001", "x", receipt=False, valid_s=2), 2))
    assert (more["ttl"], more["simNumber"], more["withDeliveryReport"]) == (5, 2, False)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("Pending", None),
        ("Processed", ReceiptState.ENROUTE),
        ("Sent", ReceiptState.SENT),
        ("Delivered", ReceiptState.DELIVERED),
        ("Failed", ReceiptState.UNDELIVERED),
        ("Cancelled", ReceiptState.DELETED),
    ],
)
def test_states(name: str, state: ReceiptState | None) -> None:
    recipient = {"phoneNumber": "+49", "state": name, "error": "Send result: RESULT_ERROR_NO_SERVICE (+4915100000001)"}
    found = read_state(json.dumps({"id": "x", "state": "Pending", "recipients": [recipient]}).encode())
    assert (found.state, found.error) == (state, "RESULT_ERROR_NO_SERVICE")
    assert read_state(json.dumps({"state": name, "recipients": []}).encode()).state is state


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"state": 7}', b'{"state": "Lost"}', b"[" * 100_000, b"\xff", b'{"recipients": [7]}']
)
def test_what_is_no_state(body: bytes) -> None:
    with pytest.raises(GatewayAnswerError):
        read_state(body)


def test_an_inbox() -> None:
    others = [{**_TEXT, "type": "MMS"}, {**_TEXT, "type": "DATA_SMS"}]
    page = read_inbox(json.dumps([_TEXT, *others]).encode())
    (text,) = page.texts
    assert page.count == 3
    assert (text.sender, text.text, text.recipient, text.at_ms) == ("+4915100000001", "Hallo", "", 1795302000500)
    (own,) = read_inbox(json.dumps([{**_TEXT, "recipient": "+49"}]).encode()).texts
    assert own.recipient == "+49"
    assert "Hallo" not in repr(text)
    assert "4915" not in repr(text)


def test_ids_of_another_phone_are_other_keys() -> None:
    one, two = read_inbox(json.dumps([_TEXT, {**_TEXT, "createdAt": "2026-11-22T00:00:01Z"}]).encode()).texts
    assert one.key != two.key


def test_half_a_character_is_replaced() -> None:
    (text,) = read_inbox(
        b'[{"id":"1","sender":"+49","contentPreview":"a\\ud83d","createdAt":"2026-11-22T00:00:00Z"}]'
    ).texts
    assert text.text == "a\ufffd"


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"sender": 7},
        {"contentPreview": None},
        {"contentPreview": "x" * 70_000},
        {"createdAt": "yesterday"},
        {"createdAt": 7},
        {"sender": "x" * 65},
    ],
)
def test_what_is_no_text(change: dict[str, object]) -> None:
    with pytest.raises(GatewayAnswerError):
        read_inbox(json.dumps([{**_TEXT, **change}]).encode())


@given(st.one_of(_JSON.map(lambda value: json.dumps(value).encode()), st.binary(max_size=50)))
def test_any_answer_is_read_or_an_error(body: bytes) -> None:
    for read in (read_state, read_inbox):
        with contextlib.suppress(GatewayAnswerError):
            read(body)
