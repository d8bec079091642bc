"""A value opens in its own place only; a key forgotten is a value gone; a look-up tells nothing without the key."""

import dataclasses
import hashlib
import pickle
import secrets

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from curtilage.vault.root_key import RootKey
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import HomeId, PersonId

ANNES, BERTS = HomeId("annes"), HomeId("berts")
ANNE, BERT = PersonId("anne"), PersonId("bert")
ROOT = RootKey(b"R" * 32)
NUMBER = "+4915112345678"


def _vault(root: RootKey = ROOT) -> Vault:
    vault = Vault(root, secrets.token_bytes)
    for home in (ANNES, BERTS):
        vault.new_home(home)
        for person in (ANNE, BERT):
            vault.new_person(home, person)
    return vault


PLACES = (
    Field("persons", "name", "row"),
    Field("persons", "name", "row", ANNES),
    Field("persons", "name", "row", ANNES, ANNE),
)
CHANGES: tuple[dict[str, object], ...] = (
    {"table": "devices"},
    {"table": "person"},
    {"column": "address"},
    {"row": "another"},
    {"row": ""},
    {"home": BERTS},
    {"home": None, "person": None},
    {"home": ANNES, "person": BERT},
    {"home": ANNES, "person": None},
    {"home": ANNES, "person": ANNE},
    {"home": BERTS, "person": ANNE},
    {"version": 2},
    {"version": 0},
    {"table": "person", "column": "sname"},
    {"column": "namer", "row": "ow"},
)


@pytest.mark.parametrize("field", PLACES, ids=["server", "home", "person"])
def test_a_value_opens_in_its_own_place(field: Field) -> None:
    vault = _vault()
    assert vault.open(field, vault.seal(field, b"Anne")) == b"Anne"


@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("field", PLACES, ids=["server", "home", "person"])
def test_a_strangers_row_does_not_open(field: Field, change: dict[str, object]) -> None:
    vault = _vault()
    elsewhere = dataclasses.replace(field, **change)  # type: ignore[arg-type]  # any one coordinate
    sealed = vault.seal(field, b"Anne")
    if elsewhere == field:
        assert vault.open(elsewhere, sealed) == b"Anne"
    elif elsewhere.home is None and elsewhere.person is not None:
        with pytest.raises(ValueError, match="needs the home"):
            vault.open(elsewhere, sealed)
    else:
        with pytest.raises(SealBroken):
            vault.open(elsewhere, sealed)


def test_every_coordinate_of_a_field_is_tried_above() -> None:
    tried = {name for change in CHANGES for name in change}
    assert tried == {item.name for item in dataclasses.fields(Field)}


FIELDS = st.builds(
    Field,
    st.text(max_size=8),
    st.text(max_size=8),
    st.text(max_size=8),
    st.sampled_from([None, ANNES, BERTS]),
    st.none(),
    st.integers(0, 300),
)
SHARED = _vault()


@given(FIELDS, FIELDS)
def test_of_any_two_fields_each_opens_its_own(one: Field, other: Field) -> None:
    sealed = SHARED.seal(one, b"x")
    if one == other:
        assert SHARED.open(other, sealed) == b"x"
    else:
        with pytest.raises(SealBroken):
            SHARED.open(other, sealed)


def test_a_place_says_who_it_is_even_under_one_key() -> None:
    # The keys differ already; were they ever the same, the associated data would still tell homes and persons apart.
    fields = {Field("t", "c", "r", home, person) for home in (ANNES, BERTS) for person in (None, ANNE, BERT)}
    assert len({field.place() for field in fields}) == len(fields)


def test_wrapped_keys_open_everything_after_a_restart() -> None:
    before = Vault(ROOT, secrets.token_bytes)
    home_key = before.new_home(ANNES)
    person_key = before.new_person(ANNES, ANNE)
    sealed = {field: before.seal(field, b"Anne") for field in PLACES}
    after = Vault(ROOT, secrets.token_bytes)
    after.load_home(ANNES, home_key)
    after.load_person(ANNES, ANNE, person_key)
    assert [after.open(field, octets) for field, octets in sealed.items()] == [b"Anne"] * 3
    assert after.lookup("phone", NUMBER, ANNES) == before.lookup("phone", NUMBER, ANNES)


def test_a_wrapped_key_is_bound_to_whom_it_belongs() -> None:
    vault = Vault(ROOT, secrets.token_bytes)
    annes, berts = vault.new_home(ANNES), vault.new_home(BERTS)
    anne = vault.new_person(ANNES, ANNE)
    fresh = Vault(ROOT, secrets.token_bytes)
    for home, wrapped in ((ANNES, berts), (BERTS, annes), (ANNES, anne), (ANNES, annes[:-1]), (ANNES, b"")):
        with pytest.raises(SealBroken):
            fresh.load_home(home, wrapped)
    fresh.load_home(ANNES, annes)
    fresh.load_home(BERTS, berts)
    for home, person in ((ANNES, BERT), (BERTS, ANNE), (BERTS, BERT)):
        with pytest.raises(SealBroken):
            fresh.load_person(home, person, anne)


def test_another_root_key_opens_nothing() -> None:
    wrapped = Vault(ROOT, secrets.token_bytes).new_home(ANNES)
    with pytest.raises(SealBroken):
        Vault(RootKey(b"Q" * 32), secrets.token_bytes).load_home(ANNES, wrapped)
    server = Field("accounts", "name", "row")
    with pytest.raises(SealBroken):
        _vault(RootKey(b"Q" * 32)).open(server, _vault().seal(server, b"x"))


def test_a_forgotten_home_is_gone_with_its_persons_and_no_other() -> None:
    vault = _vault()
    sealed = {field: vault.seal(field, b"x") for field in (*PLACES, Field("t", "c", "r", BERTS))}
    vault.forget_home(ANNES)
    vault.forget_home(ANNES)
    for field, octets in sealed.items():
        if field.home == ANNES:
            with pytest.raises(SealBroken):
                vault.open(field, octets)
            with pytest.raises(SealBroken):
                vault.seal(field, b"x")
        else:
            assert vault.open(field, octets) == b"x"
    with pytest.raises(SealBroken):
        vault.lookup("phone", NUMBER, ANNES)
    with pytest.raises(SealBroken):
        vault.new_person(ANNES, ANNE)


def test_a_forgotten_person_is_gone_and_no_other() -> None:
    vault = _vault()
    annes = Field("t", "c", "r", ANNES, ANNE)
    berts = Field("t", "c", "r", ANNES, BERT)
    sealed = {field: vault.seal(field, b"x") for field in (annes, berts)}
    vault.forget_person(ANNES, ANNE)
    vault.forget_person(BERTS, PersonId("nobody"))
    with pytest.raises(SealBroken):
        vault.open(annes, sealed[annes])
    assert vault.open(berts, sealed[berts]) == b"x"


def test_loading_a_home_again_keeps_its_persons() -> None:
    vault = Vault(ROOT, secrets.token_bytes)
    wrapped = vault.new_home(ANNES)
    vault.new_person(ANNES, ANNE)
    vault.load_home(ANNES, wrapped)
    vault.seal(Field("t", "c", "r", ANNES, ANNE), b"x")


def test_equal_values_are_found_and_unequal_are_not() -> None:
    vault = _vault()
    for home in (None, ANNES):
        assert vault.lookup("phone", NUMBER, home) == vault.lookup("phone", NUMBER, home)
        others = [vault.lookup("phone", NUMBER + "0", home), vault.lookup("name", NUMBER, home)]
        assert vault.lookup("phone", NUMBER, home) not in others
        assert len(vault.lookup("phone", NUMBER, home)) == 32


def test_one_value_in_two_homes_cannot_be_linked() -> None:
    vault = _vault()
    assert len({vault.lookup("phone", NUMBER, home) for home in (None, ANNES, BERTS)}) == 3


@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_label_and_value_do_not_run_together(label: str, value: str, label_2: str, value_2: str) -> None:
    same = SHARED.lookup(label, value) == SHARED.lookup(label_2, value_2)
    assert same == ((label, value) == (label_2, value_2))


def test_a_lookup_is_no_bare_hash() -> None:
    found = _vault().lookup("phone", NUMBER)
    assert found not in {hashlib.sha256(text.encode()).digest() for text in (NUMBER, "phone" + NUMBER)}
    assert found != _vault(RootKey(b"Q" * 32)).lookup("phone", NUMBER)


def test_the_ledger_key_stays_the_same_as_long_as_the_root_key() -> None:
    def public(root: RootKey) -> bytes:
        return Vault(root, secrets.token_bytes).ledger_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    assert public(ROOT) == public(ROOT)
    assert public(ROOT) != public(RootKey(b"Q" * 32))


def test_a_vault_is_never_shown_or_pickled() -> None:
    vault = Vault(ROOT, lambda count: b"K" * count)
    vault.new_home(ANNES)
    vault.new_person(ANNES, ANNE)
    shown = repr(vault) + repr(vault._homes) + repr(vault._persons)
    for secret in ("KKKK", "RRRR", "4b4b", ANNES, ANNE):
        assert secret not in repr(vault)
    assert "KKKK" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(vault)
