"""Back-pressure towards one browser."""

from typing import Any

import pytest
from opsentrix.live.outbox import IN_FLIGHT, QUEUED, Outbox

from packages.hub.tests.kit.hub import measured


class Wire:
    """Keeps what is emitted."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    def emit(self, event: str, payload: dict[str, Any]) -> None:
        self.sent.append((event, payload.get("n", payload.get("layout"))))


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def outbox(wire: Wire) -> Outbox:
    return Outbox(wire.emit)


def send(outbox: Outbox, numbers: range, agent: int = 1) -> None:
    for number in numbers:
        outbox.send(agent, "samples", {"agent": agent, "n": number})


def test_sends_no_more_than_the_window_without_confirmation(wire: Wire, outbox: Outbox) -> None:
    send(outbox, range(IN_FLIGHT + 3))
    assert [number for _, number in wire.sent] == list(range(IN_FLIGHT))


def test_each_confirmation_lets_one_more_out_in_order(wire: Wire, outbox: Outbox) -> None:
    send(outbox, range(IN_FLIGHT + 3))
    assert outbox.confirmed() is None
    assert outbox.confirmed() is None
    assert [number for _, number in wire.sent] == list(range(IN_FLIGHT + 2))


def test_drops_the_oldest_and_tells_how_many(wire: Wire, outbox: Outbox) -> None:
    before = measured("opsentrix_live_dropped_batches_total")
    total = IN_FLIGHT + QUEUED + 5
    send(outbox, range(total))
    assert outbox.confirmed() == (1, 5)
    assert outbox.confirmed() is None
    assert measured("opsentrix_live_dropped_batches_total") == before + 5
    for _ in range(total):
        outbox.confirmed()
    expected = [*range(IN_FLIGHT), *range(IN_FLIGHT + 5, total)]
    assert [number for _, number in wire.sent] == expected


def test_tells_of_each_agent_that_lost_batches(outbox: Outbox) -> None:
    send(outbox, range(IN_FLIGHT + 3), agent=1)
    send(outbox, range(QUEUED), agent=2)
    send(outbox, range(2), agent=3)
    told = {outbox.confirmed(), outbox.confirmed()}
    assert told == {(1, 3), (2, 2)}


def test_a_layout_is_never_dropped_while_samples_of_it_follow(wire: Wire, outbox: Outbox) -> None:
    send(outbox, range(IN_FLIGHT))
    outbox.send(1, "layout", {"agent": 1, "layout": "aa"})
    send(outbox, range(100, 100 + 3 * QUEUED))
    for _ in range(IN_FLIGHT + QUEUED + 1):
        outbox.confirmed()
    after = wire.sent[IN_FLIGHT:]
    assert after[0] == ("layout", "aa")
    assert after[-1] == ("samples", 100 + 3 * QUEUED - 1)


def test_layouts_alone_do_not_pile_up(wire: Wire, outbox: Outbox) -> None:
    send(outbox, range(IN_FLIGHT))
    for number in range(200):
        outbox.send(1, "layout", {"agent": 1, "layout": f"{number:x}"})
        outbox.send(1, "samples", {"agent": 1, "n": number})
    for _ in range(IN_FLIGHT + 3 * QUEUED):
        outbox.confirmed()
    after = wire.sent[IN_FLIGHT:]
    assert len(after) <= QUEUED + 1
    # What is left is still in pairs: no samples whose layout was dropped.
    known = ""
    for event, value in after:
        if event == "layout":
            known = value
        else:
            assert known == f"{value:x}"


def test_more_confirmations_than_events_harm_nothing(wire: Wire, outbox: Outbox) -> None:
    for _ in range(20):
        outbox.confirmed()
    send(outbox, range(IN_FLIGHT + 5))
    assert len(wire.sent) == IN_FLIGHT
