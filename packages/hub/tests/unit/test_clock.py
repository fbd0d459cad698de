"""The hub's clock may be set at any moment: no good frame looks bad, and nobody's status changes."""

from datetime import UTC, datetime
from unittest.mock import MagicMock

import pytest
from opsentrix.db import Database
from opsentrix.fleet.registry import Registry
from opsentrix.ingest import validate
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.model.agents import Agent, AgentStatus
from opsentrix.model.clock import HubClock
from opsentrix_protocol import opsentrix_pb2 as pb

START = 1_800_000_000.0
HOUR = 3600.0


class Clocks:
    """A clock on the wall that a test sets, and a steady one."""

    def __init__(self) -> None:
        self.wall = START
        self.steady = 50.0

    def go_on(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def hub_clock(clocks: Clocks) -> HubClock:
    return HubClock(lambda: clocks.wall, lambda: clocks.steady)


def taken(hub_clock: HubClock, tick: float) -> bool:
    """Return whether a frame that was sampled at this time is taken."""
    frame = pb.Frame(boot_id=bytes(16), seq=1, first_tick_ms=round(tick * 1000), step_ms=1000, ticks=1)
    try:
        validate.check_header(frame, hub_clock.between(), retention_days=1)
    except FrameRejectedError:
        return False
    return True


def test_it_is_one_moment_while_the_clocks_agree(clocks: Clocks, hub_clock: HubClock) -> None:
    for _ in range(5):
        clocks.go_on(HOUR)
        clocks.wall += 0.9  # corrected slowly, which adds up
        assert hub_clock.between() == (round(clocks.wall * 1000),) * 2


@pytest.mark.parametrize("jump", [-40 * 86_400.0, -HOUR, HOUR, 40 * 86_400.0])
def test_a_clock_that_is_set_refuses_no_good_frame(jump: float, clocks: Clocks, hub_clock: HubClock) -> None:
    true = START
    clocks.wall += jump
    for _ in range(20):
        clocks.go_on(HOUR)
        true += HOUR
        assert taken(hub_clock, true)
        assert taken(hub_clock, clocks.wall)
    assert not taken(hub_clock, max(true, clocks.wall) + HOUR)
    assert not taken(hub_clock, min(true, clocks.wall) - 25 * HOUR)
    clocks.wall -= jump
    assert hub_clock.between() == (round(clocks.wall * 1000),) * 2


def test_after_a_day_the_wall_is_believed(clocks: Clocks, hub_clock: HubClock) -> None:
    clocks.wall -= 30 * HOUR
    clocks.go_on(24 * HOUR)
    assert taken(hub_clock, clocks.wall + 30 * HOUR)
    clocks.go_on(1)
    assert not taken(hub_clock, clocks.wall + 30 * HOUR)


@pytest.mark.parametrize("jump", [-40 * 86_400.0, -HOUR, HOUR, 40 * 86_400.0])
def test_status_hangs_on_no_clock_that_can_be_set(jump: float, clocks: Clocks) -> None:
    registry = Registry(MagicMock(spec=Database), lambda: clocks.wall, lambda: clocks.steady)
    created = datetime.fromtimestamp(START, UTC)
    registry.add(Agent(1, "a", "host", "h", None, "", {}, (), AgentStatus.OFFLINE, None, "", 10, {}, created))
    registry.beat(1, AgentStatus.ONLINE)
    assert [change.after for change in registry.sweep()] == [AgentStatus.ONLINE]
    clocks.wall += jump
    clocks.go_on(15)
    assert registry.sweep() == []
    clocks.go_on(10)
    assert [change.after for change in registry.sweep()] == [AgentStatus.OFFLINE]
