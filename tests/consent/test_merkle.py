"""The tree against RFC 9162's own definitions, written down a second time in the plainest way, and known vectors."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.consent.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier_of,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

DATA = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
"""The eight entries that every implementation of RFC 6962 is tried with."""
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
KNOWN = [leaf_hash(bytes.fromhex(item)) for item in DATA]

trees = st.integers(1, 70).map(lambda count: [leaf_hash(bytes([number])) for number in range(count)])


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]) as RFC 9162 §2.1.1 says it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = naive_split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_split(count: int) -> int:
    """The largest power of two smaller than ``count``."""
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def naive_path(position: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]), §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if position < k:
        return [*naive_path(position, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(position - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(old: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b), §2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if old <= k:
        return [*naive_subproof(old, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(old - k, leaves[k:], False), naive_root(leaves[:k])]


def test_an_empty_tree_has_the_hash_of_an_empty_string() -> None:
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, len(DATA) + 1))
def test_roots_are_those_every_implementation_has(size: int) -> None:
    assert frontier_of(KNOWN[:size]).root().hex() == ROOTS[size - 1]


def test_a_leaf_never_hashes_like_a_node() -> None:
    assert leaf_hash(KNOWN[0] + KNOWN[1]) != node_hash(KNOWN[0], KNOWN[1])


@given(trees)
def test_appending_one_by_one_gives_the_root_of_the_definition(leaves: list[bytes]) -> None:
    assert frontier_of(leaves).root() == naive_root(leaves)


def test_appending_leaves_the_old_tree_as_it_was() -> None:
    old = frontier_of(KNOWN[:5])
    before = old.root()
    old.append(KNOWN[5])
    assert old.root() == before
    assert old.size == 5


@given(trees, st.data())
def test_every_entry_is_proved_as_the_definition_says(leaves: list[bytes], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(leaves) - 1))
    proof = inclusion_proof(leaves, position)
    assert proof == naive_path(position, leaves)
    assert verify_inclusion(leaves[position], position, len(leaves), proof, naive_root(leaves))


@given(trees, st.data())
def test_every_beginning_is_proved_as_the_definition_says(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    proof = consistency_proof(leaves, old)
    assert proof == naive_subproof(old, leaves, True)
    assert verify_consistency(old, len(leaves), naive_root(leaves[:old]), naive_root(leaves), proof)


@given(trees, st.data())
def test_a_proof_of_something_else_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    position = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != position)) if size > 1 else position + 1
    proof, root = inclusion_proof(leaves, position), naive_root(leaves)
    assert not verify_inclusion(leaf_hash(b"another"), position, size, proof, root)
    assert not verify_inclusion(leaves[position], other, size, proof, root)
    assert not verify_inclusion(leaves[position], position, size, [*proof, root], root)
    assert not verify_inclusion(leaves[position], position, size, proof, EMPTY_ROOT)
    if proof:
        assert not verify_inclusion(leaves[position], position, size, proof[:-1], root)


@given(trees, st.data())
def test_a_rewritten_beginning_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    proof, root = consistency_proof(leaves, old), naive_root(leaves)
    rewritten = naive_root([leaf_hash(b"another"), *leaves[1:old]])
    assert not verify_consistency(old, len(leaves), rewritten, root, proof)
    assert not verify_consistency(old, len(leaves), naive_root(leaves[:old]), EMPTY_ROOT, proof)
    assert not verify_consistency(old, len(leaves), naive_root(leaves[:old]), root, [*proof, root])


def test_nothing_is_proved_about_an_empty_tree() -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof([], 0)
    with pytest.raises(ValueError, match="no tree"):
        consistency_proof(KNOWN, 0)
    assert not verify_inclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT)
    assert not verify_consistency(0, 3, EMPTY_ROOT, naive_root(KNOWN[:3]), [])
    assert not verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])


@pytest.mark.parametrize(("old", "new"), [(9, 8), (-1, 3), (3, 0)])
def test_sizes_that_cannot_be_are_refused(old: int, new: int) -> None:
    assert not verify_consistency(old, new, KNOWN[0], KNOWN[1], [])
    with pytest.raises(ValueError, match="no tree"):
        consistency_proof(KNOWN, 9)


@given(
    st.integers(-2, 2**64),
    st.integers(-2, 2**64),
    st.binary(max_size=40),
    st.lists(st.binary(max_size=40), max_size=70),
)
def test_a_strangers_proof_is_answered_and_never_raises(
    first: int, second: int, root: bytes, proof: list[bytes]
) -> None:
    assert verify_inclusion(KNOWN[0], first, second, proof, root) is False
    answer = verify_consistency(first, second, root, root, proof)
    assert answer is (first == second > 0 and not proof)
