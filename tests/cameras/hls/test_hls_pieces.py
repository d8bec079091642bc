"""Pieces: there, promised or gone; whoever waits is woken when that changes."""

from curtilage.cameras.hls.hls_pieces import Pieces


def test_a_piece_is_there_until_removed() -> None:
    pieces = Pieces()
    pieces.put("a", b"123")
    assert (pieces.get("a"), pieces.bytes) == (b"123", 3)
    pieces.remove("a")
    pieces.remove("a")
    assert (pieces.get("a"), pieces.bytes) == (None, 0)
    assert pieces.awaited("a") is None


def test_who_waits_for_a_promised_piece_is_woken_by_it() -> None:
    pieces, woken = Pieces(), list[str]()
    pieces.promise("a")
    awaited = pieces.awaited("a")
    assert awaited == set()
    assert pieces.get("a") is None
    awaited.add(lambda: woken.append("a"))
    pieces.put("a", b"1")
    assert woken == ["a"]
    assert pieces.awaited("a") is None


def test_a_broken_promise_wakes_too() -> None:
    pieces, woken = Pieces(), list[str]()
    pieces.promise("a")
    awaited = pieces.awaited("a")
    assert awaited is not None
    awaited.add(lambda: woken.append("gone"))
    pieces.remove("a")
    assert woken == ["gone"]
    assert pieces.get("a") is None
    assert pieces.awaited("a") is None


def test_nobody_promised_what_never_was() -> None:
    assert Pieces().awaited("never") is None
