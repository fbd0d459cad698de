"""`opsentrix top`: what it shows of a fleet, and its application as hands use it."""

from collections.abc import Callable, Sequence
from typing import Any

from opsentrix.commands.fleet_rows import MOST, View, arranged, counted, words
from opsentrix.commands.remote import NotGivenError
from opsentrix.commands.top_agent import AgentScreen
from opsentrix.commands.top_app import Top
from opsentrix.commands.top_help import HelpScreen
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

SMALL = (80, 24)


def agent(number: int, name: str, cpu: float | None = None, **what: Any) -> dict[str, Any]:  # noqa: ANN401 - as JSON
    summary = {"cpu": cpu, "memory": None, "disk": 0.5, "network_receive": 1024.0, "network_transmit": None}
    plain: dict[str, Any] = {
        "host": "h",
        "tags": [],
        "status": "online",
        "environment": "",
        "version": "",
        "last_heartbeat": None,
    }
    return {"id": number, "name": name, "summary": summary, "sparklines": {"cpu": [0.0, 1.0]}, **plain, **what}


class Fleet:
    """A hub that says what it is told to."""

    def __init__(self, agents: Sequence[dict[str, Any]]) -> None:
        self.agents = list(agents)
        self.away = False
        self.asked = 0

    def fleet(self) -> Sequence[dict[str, Any]]:
        if self.away:
            raise NotGivenError("The hub does not answer.")
        return list(self.agents)

    def agent(self, agent_id: int) -> dict[str, Any]:
        self.asked += 1
        return next(one for one in self.agents if one["id"] == agent_id)

    def alerts(self, agent_id: int) -> Sequence[dict[str, Any]]:
        return [
            {"severity": "critical", "state": "firing", "rule_name": "Disk\x1b[2J", "since": "2026-01-01T00:00:00Z"}
        ]


def table(app: Top) -> DataTable[Any]:
    return app._table


def names(app: Top) -> list[str]:
    return [str(table(app).get_row_at(at)[0]) for at in range(table(app).row_count)]


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(3000):
        if true():
            return
        await pilot.pause(0.01)
    assert true()


async def shown(pilot: Pilot[None], app: Top, expected: list[str]) -> None:
    await until(pilot, lambda: names(app) == expected)


def said(app: Top, where: str) -> str:
    return str(app.screen.query_one(where, Static).render())


def test_agents_are_ordered_with_those_that_say_nothing_last() -> None:
    fleet = [agent(1, "b", 0.1), agent(2, "a"), agent(3, "c", 0.9, status="offline")]

    def order(view: View) -> str:
        return "".join(one["name"] for one in arranged(fleet, view))

    assert order(View()) == "cba"
    assert order(View().ordered("cpu")) == "bca"
    assert order(View().ordered("name")) == "abc"
    assert order(View().ordered("name").ordered("name")) == "cba"
    assert order(View().ordered("status")) == "cab"
    assert counted(fleet) == "1 offline, 2 online"


def test_text_is_looked_for_in_name_host_and_tags() -> None:
    fleet = [agent(1, "web-1"), agent(2, "db-1", tags=["Web"]), agent(3, "x", host="web.example"), agent(4, "y")]
    assert [one["id"] for one in arranged(fleet, View(text="WEB"))] == [2, 1, 3]


def test_a_row_is_harmless_and_fits() -> None:
    row = words(agent(1, "a\x1b[2J" + "x" * 50, 0.123))
    assert row[0].startswith("a\\x1b[2Jxx")
    assert len(row[0]) == 19
    assert row[1:] == ("online", "12.3 %", "-", "50.0 %", "1.00 KiB/s", "-")


async def test_it_follows_sorts_and_keeps_the_cursor_on_its_agent() -> None:
    fleet = Fleet([agent(1, "web-1", 0.2), agent(2, "web-2", 0.1), agent(3, "db-1", 0.9)])
    app = Top(fleet, pause_s=0.1)
    async with app.run_test(size=SMALL) as pilot:
        await shown(pilot, app, ["db-1", "web-1", "web-2"])
        await pilot.press("down", "down")
        fleet.agents[1] = agent(2, "web-2", 1.0)
        await shown(pilot, app, ["web-2", "db-1", "web-1"])
        assert table(app).cursor_row == 0
        fleet.agents.pop(0)
        await shown(pilot, app, ["web-2", "db-1"])
        await pilot.press("n")
        await shown(pilot, app, ["db-1", "web-2"])
        await pilot.press("n")
        await shown(pilot, app, ["web-2", "db-1"])


async def test_letters_filter_and_escape_ends_that() -> None:
    app = Top(Fleet([agent(1, "web-1", 0.2), agent(2, "db-1", 0.1)]), pause_s=0.1)
    async with app.run_test(size=SMALL) as pilot:
        await shown(pilot, app, ["web-1", "db-1"])
        await pilot.press("slash", *"db")
        await shown(pilot, app, ["db-1"])
        await pilot.press("enter", "escape")
        await shown(pilot, app, ["web-1", "db-1"])


async def test_enter_shows_an_agent_and_question_mark_the_keys() -> None:
    app = Top(Fleet([agent(1, "web-1", 0.2)]), pause_s=0.1)
    async with app.run_test(size=SMALL) as pilot:
        await shown(pilot, app, ["web-1"])
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AgentScreen) and "alerts" in said(app, "#alerts"))
        assert "Disk\\x1b[2J" in said(app, "#alerts")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.screen_stack[0])
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("q")
        await until(pilot, lambda: app.screen is app.screen_stack[0])
        await pilot.press("q")
    assert app.return_code == 0


async def test_an_answer_about_an_agent_that_comes_while_somebody_leaves_harms_nothing() -> None:
    fleet = Fleet([agent(1, "web-1", 0.2)])
    app = Top(fleet, pause_s=0.1)
    async with app.run_test(size=SMALL) as pilot:
        await shown(pilot, app, ["web-1"])
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AgentScreen) and "alerts" in said(app, "#alerts"))
        await app.screen.remove_children()
        asked = fleet.asked
        await until(pilot, lambda: fleet.asked > asked + 2)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.screen_stack[0])
        await shown(pilot, app, ["web-1"])


async def test_a_hub_that_is_away_is_said_and_comes_back() -> None:
    fleet = Fleet([agent(1, "web-1")])
    app = Top(fleet, pause_s=0.1)
    async with app.run_test(size=SMALL) as pilot:
        await shown(pilot, app, ["web-1"])
        banner = app.query_one("#banner", Static)
        for away in (True, False):
            fleet.away = away
            await until(pilot, lambda: banner.display is fleet.away)
        assert names(app) == ["web-1"]


async def test_ten_thousand_agents_do_not_hold_it_up() -> None:
    many = Fleet([agent(number, f"web-{number:05}", number / 10_000) for number in range(10_000)])
    app = Top(many, pause_s=0.05)
    async with app.run_test(size=SMALL) as pilot:
        await shown(pilot, app, [f"web-{number:05}" for number in range(9_999, 9_999 - MOST, -1)])
        many.agents = [agent(number, f"web-{number:05}", 1 - number / 10_000) for number in range(10_000)]
        app._agents = many.agents
        app.refresh_rows()
        assert names(app)[0] == "web-00000"
        assert "first 500 of 10,000 shown" in said(app, "#head")
