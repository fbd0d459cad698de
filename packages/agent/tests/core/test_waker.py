from collections.abc import Iterator

import pytest
from opsentrix_agent.waker import Waker


@pytest.fixture
def waker() -> Iterator[Waker]:
    one = Waker()
    yield one
    one.close()


def test_a_wake_up_before_the_wait_is_not_lost_and_counts_once(waker: Waker) -> None:
    waker.wake()
    waker.wake()
    assert waker.wait(10)
    assert not waker.wait(0)


def test_waking_never_blocks_however_often(waker: Waker) -> None:
    for _ in range(100_000):
        waker.wake()
    assert waker.wait(10)
    assert not waker.wait(0)


def test_waking_after_close_harms_nothing() -> None:
    waker = Waker()
    waker.close()
    waker.wake()
