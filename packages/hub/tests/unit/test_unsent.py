"""What waits for an agent that does not read: bounded in messages and in bytes."""

import pytest
from opsentrix.api.links import carrier
from opsentrix.api.links.carrier import Unsent


def test_messages_come_out_in_order_and_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "MAX_UNSENT", 2)
    unsent = Unsent()
    assert [unsent.put(one) for one in (b"a", b"b", b"c")] == [True, True, False]
    assert unsent.take() == b"a"
    assert unsent.put(b"d")
    assert [unsent.take(), unsent.take(), len(unsent)] == [b"b", b"d", 0]


def test_bytes_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "MAX_UNSENT_BYTES", 100)
    unsent = Unsent()
    assert [unsent.put(bytes(60)), unsent.put(bytes(41)), unsent.put(bytes(40))] == [True, False, True]
    unsent.take()
    assert [unsent.put(bytes(61)), unsent.put(bytes(60))] == [False, True]
