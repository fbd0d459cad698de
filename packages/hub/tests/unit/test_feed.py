"""Who is told what."""

from typing import Any

import numpy as np
import pytest
from opsentrix.live.feed import MAX_WATCHED, Feed
from opsentrix.live.summary import Summaries
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.batches import batch, series_of

A, B = series_of("a", core="0"), series_of("b")


class Listener:
    """A browser that keeps what it is told; it sees all agents unless `only` names some."""

    def __init__(self, *only: int) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.only: frozenset[int] | None = frozenset(only) if only else None
        self.may_see_responses = True
        self.checks = 0

    def seen(self) -> frozenset[int] | None:
        return self.only

    def sees(self, agent_id: int) -> bool:
        return self.only is None or agent_id in self.only

    def sees_responses(self) -> bool:
        return self.may_see_responses

    async def recheck(self) -> None:
        self.checks += 1

    def tell(self, event: str, payload: dict[str, Any]) -> None:
        self.told.append((event, payload))

    def stream(self, agent_id: int, event: str, payload: dict[str, Any]) -> None:
        assert payload["agent"] == agent_id
        self.told.append((event, payload))

    def names(self) -> list[str]:
        names = [name for name, _ in self.told]
        self.told.clear()
        return names


class Paces(dict[int, int]):
    """What each agent was asked for last."""


@pytest.fixture
def paces() -> Paces:
    return Paces()


@pytest.fixture
def summaries() -> Summaries:
    return Summaries()


@pytest.fixture
def feed(summaries: Summaries, paces: Paces) -> Feed:
    return Feed(summaries, paces.__setitem__)


def alive(agent_id: int) -> dict[str, Any] | None:
    return None if agent_id == 404 else {"status": "online", "last_heartbeat": None}


def test_samples_come_after_their_layout_and_only_of_watched_agents(feed: Feed) -> None:
    browser = Listener()
    feed.watch_agent(browser, 1)
    one = batch({A: [1, 2], B: [3, np.nan]}, time_s=11)
    feed.push(one)
    feed.push(batch({A: [9]}, agent=2))
    (first, layout), (second, samples) = browser.told
    assert (first, second) == ("layout", "samples")
    assert layout == {
        "agent": 1,
        "layout": f"{one.layouts[0].id:016x}",
        "series": [
            {"metric": "a", "unit": "1", "kind": "gauge", "labels": {"core": "0"}},
            {"metric": "b", "unit": "1", "kind": "gauge", "labels": {}},
        ],
    }
    assert (samples["t"], samples["layout"]) == ([10, 11], layout["layout"])
    assert np.array_equal(np.frombuffer(samples["v"], "<f8"), [1, 2, 3, np.nan], equal_nan=True)


def test_a_layout_is_sent_again_only_when_it_changes_or_the_watch_is_new(feed: Feed) -> None:
    browser, late = Listener(), Listener()
    feed.watch_agent(browser, 1)
    same, other = batch({A: [1]}), batch({B: [1]})
    for one in (same, same, other, same):
        feed.push(one)
    assert browser.names() == ["layout", "samples", "samples", "layout", "samples", "layout", "samples"]
    feed.watch_agent(late, 1)
    feed.push(same)
    assert (browser.names(), late.names()) == (["samples"], ["layout", "samples"])


def test_an_agent_is_asked_for_every_second_while_somebody_watches(feed: Feed, paces: Paces) -> None:
    one, two = Listener(), Listener()
    feed.watch_agent(one, 1)
    feed.watch_agent(two, 1)
    assert paces == {1: 1}
    feed.unwatch_agent(one, 1)
    feed.unwatch_agent(one, 1)
    assert paces == {1: 1}
    feed.left(two)
    assert paces == {1: 0}
    feed.push(batch({A: [1]}))
    assert one.names() == two.names() == []


def test_who_leaves_is_told_nothing_more(feed: Feed, paces: Paces) -> None:
    gone = Listener()
    feed.watch_fleet(gone)
    for agent in (1, 2, 3):
        feed.watch_agent(gone, agent)
    feed.leave(gone)
    feed.push(batch({A: [1]}))
    feed.fleet_tick(alive)
    assert gone.names() == []
    assert paces == {1: 0, 2: 0, 3: 0}


def test_a_browser_may_watch_so_many_agents_and_no_more(feed: Feed) -> None:
    browser = Listener()
    assert all(feed.watch_agent(browser, agent) for agent in range(MAX_WATCHED))
    assert not feed.watch_agent(browser, 99)
    assert feed.watch_agent(browser, 0), "watching one again is no further one"
    assert feed.watch_agent(Listener(), 99)
    feed.unwatch_agent(browser, 0)
    assert feed.watch_agent(browser, 99)


def test_the_fleet_hears_each_change_once_with_what_is_true_at_the_tick(feed: Feed, summaries: Summaries) -> None:
    browser = Listener()
    feed.watch_fleet(browser)
    load = series_of("system.cpu.load_average.1m")
    for value in (1, 2, 3):
        one = batch({load: [value]}, agent=7, time_s=100 + value)
        summaries.push(one)
        feed.push(one)
    feed.status_changed(5, "offline", None)
    feed.agent_changed(8)
    feed.agent_removed(9)
    feed.push(batch({load: [1]}, agent=404))
    feed.fleet_tick(alive)
    [(name, fleet)] = browser.told
    assert name == "fleet"
    assert [agent["id"] for agent in fleet["agents"]] == [5, 7]
    assert fleet["agents"][1]["summary"]["load_1m"] == 3
    assert (fleet["agents"][1]["status"], fleet["added"], fleet["removed"]) == ("online", [8], [9])
    browser.told.clear()
    feed.fleet_tick(alive)
    assert browser.told == []


def test_a_change_before_somebody_watches_is_not_news(feed: Feed) -> None:
    feed.push(batch({A: [1]}))
    feed.fleet_tick(alive)
    browser = Listener()
    feed.watch_fleet(browser)
    feed.fleet_tick(alive)
    assert browser.told == []


def test_a_status_reaches_the_watchers_of_the_agent_at_once(feed: Feed) -> None:
    watching, other = Listener(), Listener()
    feed.watch_agent(watching, 1)
    feed.watch_agent(other, 2)
    feed.status_changed(1, "offline", "2026-01-01T00:00:00+00:00")
    expected = {"agent": 1, "status": "offline", "last_heartbeat": "2026-01-01T00:00:00+00:00"}
    assert watching.told == [("status", expected)]
    assert other.told == []


def test_processes_are_kept_for_those_who_come_later_and_are_bounded(feed: Feed) -> None:
    table = pb.ProcessTable(time_ms=5000)
    for pid in range(70):
        table.processes.add(pid=pid, name="x" * 100, user="u", state="S", cpu=float("nan"), memory_bytes=2**64 - 1)
    feed.push(batch({A: [1]}, processes=table))
    browser = Listener()
    feed.watch_agent(browser, 1)
    [(name, told)] = browser.told
    assert (name, told["agent"], told["time"], len(told["items"])) == ("processes", 1, 5.0, 50)
    assert told["items"][3] == {
        "pid": 3, "name": "x" * 64, "user": "u", "state": "other", "cpu": 0.0, "memory_bytes": 2**62, "threads": 0,
        "read_bytes": 0.0, "write_bytes": 0.0,
    }  # fmt: skip
    assert feed.processes(1)["items"] == told["items"]
    feed.agent_removed(1)
    assert feed.processes(1) == {"time": None, "items": []}


class TestScopes:
    def told(self, feed: Feed, browser: Listener) -> dict[str, Any]:
        browser.told.clear()
        feed.fleet_tick(alive)
        if not browser.told:
            return {}
        [(_, payload)] = browser.told
        return {**payload, "agents": [one["id"] for one in payload["agents"]]}

    def test_the_fleet_is_told_as_far_as_it_is_seen(self, feed: Feed) -> None:
        browser, other, everything = Listener(1, 2), Listener(7), Listener()
        for one in (browser, other, everything):
            feed.watch_fleet(one)
        feed.status_changed(1, "online", None)
        feed.status_changed(3, "online", None)
        feed.agent_changed(2)
        feed.agent_changed(3)
        assert self.told(feed, browser) == {"agents": [1], "added": [2], "removed": []}
        assert other.told == []
        assert [one["id"] for one in everything.told[0][1]["agents"]] == [1, 3]
        assert everything.told[0][1]["added"] == [2, 3]

    def test_an_agent_that_leaves_what_is_seen_is_gone_and_one_that_enters_is_new(self, feed: Feed) -> None:
        browser = Listener(1, 2)
        feed.watch_fleet(browser)
        browser.only = frozenset((2, 3))
        assert self.told(feed, browser) == {"agents": [], "added": [3], "removed": [1]}
        assert self.told(feed, browser) == {}

    def test_a_deleted_agent_is_gone_for_those_who_saw_it_only(self, feed: Feed) -> None:
        browser, other = Listener(1, 2), Listener(2, 3)
        feed.watch_fleet(browser)
        feed.watch_fleet(other)
        feed.agent_removed(1)
        browser.only = frozenset((2,))
        assert self.told(feed, browser) == {"agents": [], "added": [], "removed": [1]}
        assert other.told == []

    def test_samples_stop_the_moment_that_an_agent_is_not_seen_any_more(self, feed: Feed, paces: Paces) -> None:
        browser, everything = Listener(1), Listener()
        for one in (browser, everything):
            feed.watch_agent(one, 1)
        feed.push(batch({A: [1]}))
        assert browser.names() == ["layout", "samples"]
        browser.only = frozenset((2,))
        feed.push(batch({A: [1]}))
        feed.status_changed(1, "offline", None)
        assert browser.names() == []
        assert "samples" in everything.names()
        feed.unwatch_agent(everything, 1)
        assert paces[1] == 1
        feed.fleet_tick(alive)
        assert paces[1] == 0, "nobody who may see it watches it"

    async def test_everybody_who_is_connected_is_looked_at_again(self, feed: Feed) -> None:
        here, gone = Listener(), Listener()
        feed.joined(here)
        feed.joined(gone)
        feed.left(gone)
        await feed.recheck()
        assert (here.checks, gone.checks) == (1, 0)
        feed.left(here)


def test_who_sees_a_machine_and_what_is_done_there_hears_that_something_was(feed: Feed) -> None:
    everything, one, other, without_right = Listener(), Listener(1), Listener(2), Listener(1)
    without_right.may_see_responses = False
    listeners = (everything, one, other, without_right)
    for listener in listeners:
        feed.joined(listener)
    feed.responses_changed(frozenset((1, 3)))
    assert [listener.told for listener in listeners] == [[("responses", {})], [("responses", {})], [], []]
    feed.left(everything)
    feed.responses_changed(frozenset((1,)))
    assert [listener.names() for listener in listeners] == [["responses"], ["responses"] * 2, [], []]
