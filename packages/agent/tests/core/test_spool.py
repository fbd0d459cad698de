from opsentrix_agent.spool import Spool

from .support import BOOT, closed, layout, put

OTHER_BOOT = bytes(16)


def seqs(spool: Spool) -> list[int]:
    """Return what is in the spool, in order."""
    seen: set[tuple[bytes, int]] = set()
    while (frame := spool.first(besides=seen)) is not None:
        seen.add(frame.key)
    return sorted(seq for _, seq in seen)


def test_frames_come_out_in_the_order_they_went_in() -> None:
    spool = Spool(1 << 20)
    put(spool, 3, 1, 2)
    first = spool.first(besides=())
    assert first is not None
    assert first.key == (BOOT, 3)
    second = spool.first(besides={(BOOT, 3)})
    assert second is not None
    assert second.key == (BOOT, 1)
    assert spool.first(besides={(BOOT, 1), (BOOT, 2), (BOOT, 3)}) is None


def test_acks_come_in_any_order_and_more_than_once() -> None:
    spool = Spool(1 << 20)
    put(spool, 1, 2, 3, 4)
    assert spool.ack(BOOT, [3, 1]) == 2
    assert spool.ack(BOOT, [3, 9]) == 0
    assert spool.ack(OTHER_BOOT, [2]) == 0
    assert seqs(spool) == [2, 4]
    assert spool.dropped == 0


def test_ranges_of_acks_may_be_huge() -> None:
    spool = Spool(1 << 20)
    put(spool, 1, 2, 3, 5, 8)
    put(spool, 2, boot_id=OTHER_BOOT)
    assert spool.ack_ranges(BOOT, [(1, 2), (5, 1 << 60)]) == 4
    assert seqs(spool) == [2, 3]
    assert spool.boots() == [BOOT, OTHER_BOOT]


def test_the_oldest_make_room_and_are_counted() -> None:
    small = Spool(4000)
    put(small, *range(1, 30))
    kept = seqs(small)
    assert kept == list(range(kept[0], 30))
    assert 3 <= len(kept) <= 12
    assert small.dropped == 29 - len(kept)


def test_one_frame_is_kept_even_if_it_is_over_the_bound() -> None:
    tiny = Spool(10)
    put(tiny, 1, 2)
    assert seqs(tiny) == [2]


def test_the_bound_counts_bytes_that_were_given_back() -> None:
    spool = Spool(4000)
    for seq in range(1, 200):
        put(spool, seq)
        spool.ack(BOOT, [seq])
    assert spool.dropped == 0
    put(spool, 300, 301, 302)
    assert seqs(spool) == [300, 301, 302]


def test_a_discarded_frame_counts_as_lost() -> None:
    spool = Spool(1 << 20)
    put(spool, 1, 2)
    assert spool.discard((BOOT, 1))
    assert not spool.discard((BOOT, 1))
    assert (seqs(spool), spool.dropped) == ([2], 1)


def test_a_layout_stays_as_long_as_a_frame_uses_it() -> None:
    spool = Spool(1 << 20)
    one, two = layout("a"), layout("b")
    put(spool, 1, 2, of=one)
    put(spool, 3, of=two)
    assert set(spool.layout_ids()) == {one.id, two.id}
    spool.ack(BOOT, [1])
    assert spool.layout(one.id) == closed(1, of=one).layout.wire
    spool.ack(BOOT, [2])
    assert spool.layout(one.id) == b""
    assert spool.layout_ids() == [two.id]


def test_what_was_pushed_out_is_known_to_the_frame_behind_it() -> None:
    small = Spool(4000)
    put(small, *range(1, 30))
    oldest = seqs(small)[0]
    assert small.lost_before((BOOT, oldest)) == oldest - 1
    assert small.lost_before((BOOT, oldest + 1)) == 0
    assert small.lost_before((OTHER_BOOT, oldest)) == 0
    put(small, 30)
    assert small.lost_before((BOOT, seqs(small)[0])) == seqs(small)[0] - 1


def test_what_was_acked_or_refused_is_not_told_as_lost() -> None:
    small = Spool(4000)
    put(small, *range(1, 5))
    small.ack(BOOT, [1, 2])
    small.discard((BOOT, 3))
    assert small.lost_before((BOOT, 4)) == 0
    put(small, *range(5, 30))
    oldest = seqs(small)[0]
    assert small.lost_before((BOOT, oldest)) == oldest - 4


def test_a_smaller_bound_pushes_the_oldest_out_at_once() -> None:
    spool = Spool(1 << 20)
    put(spool, *range(1, 101))
    spool.resize(10_000)
    left = seqs(spool)
    assert left == list(range(left[0], 101))
    assert (0 < len(left) < 100, spool.dropped) == (True, 100 - len(left))
    assert spool.lost_before((BOOT, left[0])) == 100 - len(left)
