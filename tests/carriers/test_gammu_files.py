"""The files of gammu-smsd."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.carrier import Submission, SubmissionId
from curtilage.carriers.gammu_files import inbox_texts, outbox_name, read, submission_of, written

_ID = SubmissionId("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    ("recipient", "receipt", "name"),
    [
        ("+4915100000001", True, "OUTC20261122_000000_007_+4915100000001_abcdefghijklmnopqrstuvwxyz.txtd"),
        ("11000", False, "OUTC20261122_000000_007_11000_abcdefghijklmnopqrstuvwxyz.txt"),
    ],
)
def test_a_files_name_holds_our_id(recipient: str, receipt: bool, name: str) -> None:
    made = outbox_name(Submission(_ID, recipient, "x", receipt), 1_795_305_600_007)
    assert made == name
    assert submission_of(made) == _ID


@pytest.mark.parametrize(
    "name",
    [
        ".abcdefgh",
        "OUT+4915100000001.txt",
        "OUTC20261122_000000_007_+49151_.txt",
        "OUTC20261122_000000_007_+4915_abcdefgh.smsbackup",
        "",
    ],
)
def test_others_files_are_not_ours(name: str) -> None:
    assert submission_of(name) is None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_what_is_written_is_read(text: str) -> None:
    assert read(written(text)) == text
    assert read(codecs.BOM_UTF16_LE + text.encode("utf-16-le")) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\xfe\xff\x00H\xd8\x3d\xde\x00\x00\x00\x00\x00", "H😀"),  # as gammu-smsd 1.42 writes it, with zeros
        (b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
        (b"\xff", "\ufffd"),
        (b"\xfe\xff\x00", "\ufffd"),
        (b"", ""),
    ],
)
def test_files_of_the_inbox(octets: bytes, text: str) -> None:
    assert read(octets) == text


def test_files_become_texts_in_their_order() -> None:
    names = [
        "IN20261122_002837_01_+4915100000009_02.txt",
        "IN20261122_002837_01_+4915100000009_00.txt",
        "IN20261122_002837_00_+4915100000009_00.txt",
        "IN20261122_002837_01_+4915100000009_01.txt",
        "IN20261122_002838_00_MY_BANK_00.txt",
        "IN20261122_002838_00_+33_00.bin",
        "IN20261122_002838_00_+33_00.smsbackup",
        ".swap",
    ]
    found = inbox_texts(names)
    assert [(text.sender, len(text.files)) for text in found] == [
        ("+4915100000009", 1),
        ("+4915100000009", 3),
        ("+33", 1),
        ("MY_BANK", 1),
    ]
    assert found[1].files == tuple(sorted(found[1].files))
    assert [text.moment for text in found][:2] == ["20261122_002837_00", "20261122_002837_01"]
    assert "4915" not in repr(found)


@given(st.lists(st.text(max_size=50)))
def test_any_names_are_looked_at(names: list[str]) -> None:
    assert [file for text in inbox_texts(names) for file in text.files if file not in names] == []


@given(st.binary(max_size=100))
def test_any_file_is_read(octets: bytes) -> None:
    assert isinstance(read(octets), str)
