"""The table of purposes against what the program really stores.

The other half, against the HTTP API's operations, is tests/web/test_purpose.py.
"""

import re
from pathlib import Path

import apsw
import pytest

from curtilage.config import Config
from curtilage.consent.purpose import NOT_PERSONAL, PURPOSES, Purpose, purpose
from curtilage.store.base_table import read_base_tables
from curtilage.store.sqlite import SqliteStore


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """``table.column`` -> type, of the tables the store really makes; the wall's own home column is not the rooms'."""
    folder = tmp_path_factory.mktemp("store")
    store = SqliteStore.open(folder / "data", Config())
    store._close()
    connection = apsw.Connection(str(folder / "data" / "curtilage.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        types: dict[str, str] = {}
        for table in read_base_tables(connection):
            rows = connection.execute("SELECT name, type FROM pragma_table_xinfo($1)", (table.name,)).fetchall()
            types |= {f"{table.noun}.{name}": str(kind) for name, kind in rows if name in table.columns}
        return types
    finally:
        connection.close()


def purposes_of(column: str) -> list[str]:
    return [item.id for item in PURPOSES if column in item.fields]


def test_every_stored_text_and_byte_has_one_purpose_or_a_reason(columns: dict[str, str]) -> None:
    wrong = {
        column: purposes_of(column)
        for column, kind in columns.items()
        if kind != "INTEGER" and len(purposes_of(column)) + (column in NOT_PERSONAL) != 1
    }
    assert not wrong


def test_the_table_names_nothing_that_is_not_stored(columns: dict[str, str]) -> None:
    named = {column for item in PURPOSES for column in item.fields} | set(NOT_PERSONAL)
    assert named <= set(columns)


def test_every_column_that_is_sealed_has_a_purpose(columns: dict[str, str]) -> None:
    """Bytes are sealed values, digests or keys; only the latter two may stand in NOT_PERSONAL."""
    without = {column for column, kind in columns.items() if kind == "BLOB" and column in NOT_PERSONAL}
    assert without == {"homes.home_key", "ledger_entries.leaf", "server_ledger_entries.leaf"}


@pytest.mark.parametrize("item", PURPOSES, ids=lambda item: item.id)
def test_every_purpose_says_all_a_person_must_know(item: Purpose) -> None:
    for words in (item.what, item.to_whom, item.why, item.kept):
        assert re.fullmatch(r"[A-Z].*\.", words, re.DOTALL)
    assert item.title[0].isupper()
    assert not item.title.endswith(".")
    assert item.dpv.startswith("dpv:")
    assert item.endpoints


def test_every_reason_is_one() -> None:
    assert all(len(reason) > 5 for reason in NOT_PERSONAL.values())


def test_purposes_are_found_by_id() -> None:
    assert [purpose(item.id) for item in PURPOSES] == list(PURPOSES)
    with pytest.raises(KeyError):
        purpose("marketing")


def test_other_words_are_another_version() -> None:
    versions = {item.words_version() for item in PURPOSES}
    assert len(versions) == len(PURPOSES)
    assert all(0 <= version < 2**48 for version in versions)


def test_calls_that_leave_are_to_cameras_and_to_servers_the_operator_set() -> None:
    assert {call for item in PURPOSES for call in item.outgoing} == {"rtsp", "onvif", "ffmpeg", "stun", "turn"}


def test_the_source_makes_no_other_outgoing_call() -> None:
    """Whoever opens a connection outwards names it in a purpose first."""
    package = Path(__file__).parents[2] / "src" / "curtilage"
    opens = re.compile(
        r"open_connection\((?!sock=)|create_connection\(|create_datagram_endpoint\(|httpx\.(Client|AsyncClient|get|post)|urlopen\(|httpcore\.Async\w*Connection\(|av\.open\(url"
    )
    found = {file.relative_to(package).as_posix() for file in package.rglob("*.py") if opens.search(file.read_text())}
    assert {path for path in found if not path.startswith(("cli/", "carriers/"))} <= {
        "cameras/rtsp/rtp_udp.py",
        "cameras/rtsp/rtsp_tls.py",
        "cameras/ffmpeg/ffmpeg_reader.py",
        "cameras/onvif/onvif_device.py",
        "cameras/onvif/onvif_network.py",
    }


def test_nothing_joins_the_carriers_before_a_purpose_names_them() -> None:
    """They open connections outwards. Until a purpose says to whom and why, no other room may use them."""
    package = Path(__file__).parents[2] / "src" / "curtilage"
    joined_in = {
        file.relative_to(package).parts[0]
        for file in package.rglob("*.py")
        if "curtilage.carriers" in file.read_text(encoding="utf-8")
    }
    assert joined_in <= {"carriers"}
