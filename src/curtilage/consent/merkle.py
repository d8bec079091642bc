"""The Merkle tree under every ledger: RFC 9162 §2.1 with SHA-256 (the same hashes as RFC 6962).

Pure: leaf hashes in, roots and proofs out. A ledger keeps only the ``Frontier`` in memory, the roots of the perfect
subtrees its size is made of, so that an append costs O(log n) and nothing is read.

Rules it guards:
* a leaf and a node never hash alike (prefixes 0x00 and 0x01): nobody can pass an inner node off as an entry;
* nothing is proved about an empty tree: every proof from, to or in a tree of size 0 is refused, because it would hold
  for any tree at all;
* verification never raises on what a stranger sent: it answers False.

It knows no signatures (``note.py``), no entries (``ledger.py``) and keeps nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""RFC 9162 §2.1.1: "The hash of an empty list is the hash of an empty string"."""
_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """HASH(0x00 || data)."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """HASH(0x01 || left || right)."""
    return hashlib.sha256(_NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree that can only grow: its size and the roots of its perfect subtrees, the largest (leftmost) first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()
    """One per bit set in ``size``."""

    def append(self, leaf: bytes) -> "Frontier":
        """The tree with one more leaf hash. This one stays as it is: a failed write simply keeps the old one."""
        peaks, size, peak = list(self.peaks), self.size, leaf
        while size & 1:  # like a carry: two perfect trees of one height become one of the next
            peak = node_hash(peaks.pop(), peak)
            size >>= 1
        return Frontier(self.size + 1, (*peaks, peak))

    def root(self) -> bytes:
        """MTH of RFC 9162 §2.1.1."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def frontier_of(leaves: Sequence[bytes]) -> Frontier:
    """The frontier after all ``leaves`` (leaf hashes)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier


def inclusion_proof(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """PATH of RFC 9162 §2.1.3.1, from the leaf's sibling up to the root's child.

    Raises ValueError: no such position (in an empty tree there is none).
    """
    if not 0 <= position < len(leaves):
        raise ValueError("there is no leaf at this position")
    proof: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        sibling = position ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        level = _next_level(level)
        position >>= 1
    return proof


def _next_level(level: list[bytes]) -> list[bytes]:
    """Pairs hashed; an odd last one moves up as it is, which is how the RFC's split by powers of two comes out."""
    above = [node_hash(level[index], level[index + 1]) for index in range(0, len(level) - 1, 2)]
    return above + level[len(level) & ~1 :]


def verify_inclusion(leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2: is the leaf hash at ``position`` of the tree with ``size`` leaves and this ``root``?"""
    if not 0 <= position < size:  # step 1; refuses the empty tree too
        return False
    place, last, hashed = position, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            hashed = node_hash(step, hashed)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            hashed = node_hash(hashed, step)
        place >>= 1
        last >>= 1
    return last == 0 and hashed == root


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """PROOF of RFC 9162 §2.1.4.1: that the tree of the first ``old_size`` leaves is the beginning of this one.

    Raises ValueError: ``old_size`` is 0 (holds for every tree and proves nothing) or larger than the tree.
    """
    if not 0 < old_size <= len(leaves):
        raise ValueError("no tree of this size is part of this one")
    proof: list[bytes] = []
    start, end, old, whole = 0, len(leaves), old_size, True
    while old != end - start:  # SUBPROOF, walked from the root down and turned round at the end
        split = _largest_power_below(end - start)
        if old <= split:
            proof.append(frontier_of(leaves[start + split : end]).root())
            end = start + split
        else:
            proof.append(frontier_of(leaves[start : start + split]).root())
            start, old, whole = start + split, old - split, False
    if not whole:
        proof.append(frontier_of(leaves[start:end]).root())
    return proof[::-1]


def _largest_power_below(count: int) -> int:
    """The k of RFC 9162 §2.1.1: the largest power of two smaller than ``count`` (which is at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2: does the tree behind ``new_root`` begin with the tree behind ``old_root``?"""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        place >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == new_root
