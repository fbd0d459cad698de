"""A hub to which something happens, and its answers to why somebody was, or was not, paged."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from opsentrix.model.alerts import fingerprint
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import Alert, AlertState, Transition
from opsentrix.storage import alerts

from packages.hub.tests.api.test_alert_rules import HOT, RULES, report, states
from packages.hub.tests.kit.hub import Enrolled, RunningHub, until
from packages.hub.tests.kit.receiver import Receiver

WHY, GROUPS, INCIDENTS = "/api/v1/alerts/why", "/api/v1/alert-rule-groups", "/api/v1/incidents"
STAGES = ["samples", "rule", "grouping", "suppression", "route", "attempts", "receipt"]


@dataclass
class Watch:
    """A hub with an agent, a rule about it, and a receiver that the default route tells."""

    hub: RunningHub
    client: httpx.AsyncClient
    receiver: Receiver
    agent: Enrolled
    channel: int = 0
    rule: int = 0

    async def post(self, path: str, body: object, status: int = 201) -> Any:  # noqa: ANN401 - JSON
        answer = await self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def put(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        answer = await self.client.put(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rule_of(self, **fields: object) -> int:
        self.rule = (await self.post(RULES, {**HOT, **fields}))["id"]
        return self.rule

    async def routed(self, **fields: object) -> None:
        """Let the default route tell the receiver."""
        hook = {"kind": "webhook", "name": "hook", "settings": {"url": self.receiver.url}, **fields}
        self.channel = (await self.post("/api/v1/channels", hook))["id"]
        routes = (await self.client.get("/api/v1/routes")).json()["items"]
        default = next(one for one in routes if one["default"])
        targets = [{"kind": "channel", "id": self.channel}]
        await self.put(f"/api/v1/routes/{default['id']}", {"name": default["name"], "targets": targets})

    async def fire(self, agent: Enrolled | None = None, value: float = 31) -> None:
        """Report what is too hot, and wait until the alert fires and is in an incident."""
        chosen = agent or self.agent
        await report(self.hub, chosen, value)

        async def firing() -> bool:
            return await states(self.client, rule=self.rule, agent=chosen.id) == ["firing"]

        await until(firing)
        await self.keep()

    async def keep(self) -> None:
        await self.hub.hub.alarms.keeper.run_once(datetime.now(UTC))

    async def send(self, after: timedelta = timedelta()) -> None:
        """Let messages go out, at a moment that is so much later."""
        now = datetime.now(UTC) + after
        while await self.hub.hub.alarms.notifier.step(now):
            await self.hub.hub.alarms.notifier.settle()

    async def why(self, client: httpx.AsyncClient | None = None, **params: object) -> dict[str, Any]:
        if not params.keys() & {"fingerprint", "incident_id", "metric", "rule_id"}:
            params |= {"agent_id": self.agent.id, "rule_id": self.rule}
        answer = await (client or self.client).get(WHY, params=params)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        assert [one["stage"] for one in found["stages"]] == STAGES
        return found

    async def add(self, name: str, *ticks: tuple[float, float], agent: Enrolled | None = None) -> None:
        """Store samples: each with how many seconds ago it was taken."""
        now = time.time()
        samples = [{"metric": name, "value": value, "time": now - ago} for ago, value in ticks]
        chosen = agent or self.agent
        async with self.hub.client() as client:
            path = f"/api/v1/agents/{chosen.id}/metrics"
            answer = await client.post(path, headers=chosen.headers, json={"samples": samples})
        assert answer.status_code == 200, answer.text


def told(answer: dict[str, Any]) -> dict[str, str]:
    """Return each stage's verdict."""
    return {one["stage"]: one["verdict"] for one in answer["stages"]}


def text(answer: dict[str, Any], stage: str) -> str:
    return str(next(one["text"] for one in answer["stages"] if one["stage"] == stage))


def details(answer: dict[str, Any], stage: str) -> str:
    found = next(one["details"] for one in answer["stages"] if one["stage"] == stage)
    return "\n".join(one["text"] for one in found)


def stopped(answer: dict[str, Any], stage: str) -> str:
    """Return why it ended at a stage: all before it went well, and nothing came after it."""
    at = STAGES.index(stage)
    verdicts = [one["verdict"] for one in answer["stages"]]
    assert verdicts[at] == "stopped", answer
    assert set(verdicts[:at]) <= {"ok"}, answer
    assert set(verdicts[at + 1 :]) <= {"nothing"}, answer
    assert answer["paged"] is False
    assert answer["verdict"] == f"Not paged. {text(answer, stage)}"
    return text(answer, stage)


async def backdate(watch: Watch) -> None:
    """Let a rule have been there for a day, and the hub, too."""
    for statement in (
        "UPDATE alert_rules SET created_at = created_at - interval '1 day'",
        "UPDATE alert_rule_versions SET changed_at = changed_at - interval '1 day'",
        "UPDATE alert_engine_runs SET began_at = began_at - interval '1 day'",
    ):
        await watch.hub.fetch(statement)


async def lose(watch: Watch, agent: Enrolled) -> None:
    """Let an agent be lost."""
    rules = (await watch.client.get(RULES)).json()["items"]
    offline = next(one["id"] for one in rules if one["name"] == "Agent offline")
    now = datetime.now(UTC)
    key = fingerprint(offline, agent.id, ())
    alert = Alert(key, offline, 1, agent.id, {}, Severity.CRITICAL, AlertState.FIRING, now)
    async with watch.hub.database.transaction() as connection:
        await alerts.record(connection, [Transition(alert, AlertState.INACTIVE, now)], now)
    await watch.keep()
