"""`opsentrix agents`, `alerts`, `incidents`, `ack` and `query`, the program, against a real hub."""

import asyncio
import csv
import io
import json
import os
import pty

import pytest
from opsentrix.commands import terminal
from opsentrix.commands.remote import Remote
from opsentrix.commands.terminal import Column

from packages.hub.tests.api.test_incidents import change, rule
from packages.hub.tests.api.test_series import post
from packages.hub.tests.kit.agent import now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.kit.program import Ran

READ = ("read",)
__all__ = ["rule"]


async def told(hub: RunningHub, *words: str) -> str:
    code, output, errors = await (await Ran.with_words(hub, *words, permissions=READ)).ended()
    assert (code, errors) == (0, "")
    return output


def lines(output: str) -> list[list[str]]:
    return [line.split("\t") for line in output.splitlines()]


@pytest.fixture
async def fleet(hub: RunningHub) -> int:
    """Return when a minute begins in which two of three agents sent samples."""
    begin = now_ms() // 60_000 * 60 - 120
    for name, environment, level in (("web-1", "production", 0.5), ("web-2", "staging", 0.25), ("db-1", "lab", None)):
        agent = await hub.enroll(name, environment=environment, tags=["web"] if level else [], reporting_interval=1)
        if level:
            await post(hub, agent, *(
                ("system.cpu.utilization", {"state": state}, begin + second, level + second / 100)
                for second in range(10) for state in ("user", "idle")
            ))  # fmt: skip
    return begin


async def test_agents_in_a_pipe_are_lines_of_words(hub: RunningHub, fleet: int) -> None:
    head, *rows = lines(await told(hub, "agents", "--tag", "web"))
    assert head == ["id", "name", "status", "environment", "cpu", "memory", "disk", "received", "sent", "seen"]
    assert [(row[1], row[3]) for row in rows] == [("web-1", "production"), ("web-2", "staging")]
    assert await told(hub, "agents", "--status", "error") == "\t".join(head) + "\n"


async def test_agents_as_json_and_csv_are_what_the_hub_has(hub: RunningHub, fleet: int) -> None:
    items = json.loads(await told(hub, "agents", "-q", "web-", "--env", "staging", "--json"))
    assert [one["name"] for one in items] == ["web-2"]
    [row] = csv.DictReader(io.StringIO(await told(hub, "agents", "-q", "db-1", "--csv")))
    assert (row["name"], row["cpu"], row["seen"]) == ("db-1", "", "")


async def test_all_pages_of_a_list_are_read(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"m-{number}" for number in range(5)]
    for name in names:
        await hub.enroll(name)
    monkeypatch.setattr("opsentrix.commands.remote._PAGE", 2)
    token = await hub.api_token(await hub.session(), permissions=list(READ))

    def read() -> list[str]:
        with Remote(hub.url, token) as remote:
            return [one["name"] for one in remote.pages("/agents", {"q": "m-"})]

    assert await asyncio.to_thread(read) == names


async def test_a_named_agent_is_asked_series_by_series(hub: RunningHub, fleet: int) -> None:
    words = ("query", "system.cpu.utilization", "--from", str(fleet), "--to", str(fleet + 30))
    head, idle, user = lines(await told(hub, *words, "--agent", "web-1"))
    assert head == ["agent", "state", "last", "min", "avg", "max"]
    assert user == ["web-1", "user", "0.59", "0.50", "0.55", "0.59"]
    assert idle[:2] == ["web-1", "idle"]
    assert len(lines(await told(hub, *words, "state=user", "--agent", "web-1"))) == 2


async def test_the_points_of_a_named_agent_keep_their_extremes(hub: RunningHub, fleet: int) -> None:
    words = ("query", "system.cpu.utilization", "state=user", "--from", str(fleet), "--to", str(fleet + 59))
    [row] = csv.DictReader(io.StringIO(await told(hub, *words, "--agent", "web-1", "--points", "1", "--csv")))
    assert [float(row[name]) for name in ("min", "avg", "max")] == pytest.approx([0.5, 0.545, 0.59])


async def test_machines_are_put_together_in_groups(hub: RunningHub, fleet: int) -> None:
    words = ("query", "system.cpu.utilization", "state=user", "--from", str(fleet), "--to", str(fleet + 59))
    _, *rows = lines(await told(hub, *words))
    assert [(row[0], row[-1]) for row in rows] == [("web-1", "0.59"), ("web-2", "0.34")]
    head, *rows = lines(await told(hub, *words, "--across", "max", "--by", "environment"))
    assert (head[0], [row[0] for row in rows]) == ("environment", ["production", "staging"])
    answer = json.loads(await told(hub, *words, "--across", "sum", "--points", "1", "--json"))
    assert [one["members"] for one in answer["series"]] == [2]
    counted = await told(hub, *words[:3], "--across", "count", "--last", "1h", "--csv")
    [row] = csv.DictReader(io.StringIO(counted))
    assert float(row["max"]) == 2


async def test_alerts_and_incidents_are_listed_and_looked_after(hub: RunningHub, rule: int, enrolled: Enrolled) -> None:
    await change(hub, rule, enrolled)
    _, alert = lines(await told(hub, "alerts", "--agent", "web-1"))
    assert alert[:6] == ["warning", "firing", "High CPU", "web-1", "cpu=0", "0.95"]
    assert len(lines(await told(hub, "alerts", "--severity", "critical"))) == 1
    _, [number, severity, state, title, *_] = lines(await told(hub, "incidents"))
    assert (severity, state, "High CPU" in title) == ("warning", "open", True)
    words = ("ack", number, "--for", "2h")
    code, output, errors = await (await Ran.with_words(hub, *words, permissions=["alerting:write"])).ended()
    assert (code, output, errors) == (0, f"Incident {number} is yours for 2 h: {title}\n", "")
    [one] = json.loads(await told(hub, "incidents", "--state", "acknowledged", "--json"))
    assert one["acknowledged_until"] is not None
    assert len(lines(await told(hub, "incidents", "--state", "open"))) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("agents", "--json", "--csv"), "not both"),
        (("query", "cpu", "--last", "1h", "--from", "5"), "not both"),
        (("query", "cpu", "--agg", "mode"), "agg"),
        (("query", "cpu", "--agent", "nobody"), "No machines are called"),
        (("alerts", "--agent", "nobody"), "No machines are called"),
        (("ack", "7"), "alerting:write"),
    ],
)
async def test_what_cannot_be_told_says_why(words: tuple[str, ...], says: str, hub: RunningHub) -> None:
    code, output, errors = await (await Ran.with_words(hub, *words, permissions=READ)).ended()
    assert (code != 0, output, says in errors) == (True, "", True), errors


def test_a_table_on_a_terminal_is_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    primary, secondary = pty.openpty()
    with os.fdopen(secondary, "w", encoding="utf-8") as screen:
        monkeypatch.setattr("sys.stdout", screen)
        monkeypatch.setenv("TERM", "dumb")
        columns = [Column("name", lambda row: row["name"])]
        terminal.show(columns, [{"name": "a\x1b]0;x\x07[red]"}], [], "", as_json=False, as_csv=False)
    assert os.read(primary, 1000).decode().split() == ["name", "a\\x1b]0;x\\x07[red]"]
    os.close(primary)
