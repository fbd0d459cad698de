"""Annotations: set by people and by CI jobs, seen by those who see their agents."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from opsentrix.cli import cli
from opsentrix.model.users import Role, Scope
from opsentrix.storage import marks
from typer.testing import CliRunner

from packages.hub.tests.kit.hub import Enrolled, RunningHub

MARKS = "/api/v1/annotations"
PROD = Scope(environments=frozenset(("prod",)))
EVER: dict[str, Any] = {"start": 0, "end": 4_000_000_000}


@pytest.fixture
async def fleet(hub: RunningHub) -> dict[str, Enrolled]:
    return {
        "web": await hub.enroll("web", environment="prod", tags=["web"]),
        "lab": await hub.enroll("lab", environment="lab"),
    }


async def mark(client: httpx.AsyncClient, status: int = 201, /, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    answer = await client.post(MARKS, json={"title": "deploy web 1.4", "kind": "deploy", **body})
    assert answer.status_code == status, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def titles(client: httpx.AsyncClient, **query: Any) -> list[str]:  # noqa: ANN401 - what httpx takes
    answer = await client.get(MARKS, params={**EVER, **query})
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["items"]]


async def test_a_job_marks_a_deployment_and_may_repeat_it(hub: RunningHub, fleet: dict[str, Enrolled]) -> None:
    token = await hub.api_token(await hub.session(), role="operator", permissions=["annotations:write"])
    async with hub.bearing(token) as job:
        body: dict[str, Any] = {
            "selector": {"tag": ["web"]},
            "tags": ["web"],
            "url": "https://ci.example/7",
            "key": "build-7",
        }
        first = await mark(job, **body)
        assert (first["agents"], first["agent_names"], first["until"]) == (1, ["web"], first["at"])
        assert await mark(job, 200, **body) == first
        assert await titles(job) == ["deploy web 1.4"]
        assert (await job.get("/api/v1/agents")).status_code == 403
        assert (await job.delete(f"{MARKS}/{first['id']}")).status_code == 204
        assert await titles(job) == []
    log = await hub.fetch("SELECT action, after FROM audit_log WHERE action LIKE 'annotation.%' ORDER BY number")
    assert [row["action"] for row in log] == ["annotation.create", "annotation.delete"]
    assert log[0]["after"]["agents"] == [fleet["web"].id]


async def test_who_may(hub: RunningHub, client: httpx.AsyncClient) -> None:
    token = await hub.api_token(await hub.session(), role="operator", permissions=["annotations:read"])
    async with hub.bearing(token) as reader:
        await mark(reader, 403)
        assert await titles(reader) == []
    async with hub.client(await hub.session(Role.VIEWER)) as viewer:
        await mark(viewer, 403)


async def test_a_list_is_of_a_time_and_filtered(client: httpx.AsyncClient, fleet: dict[str, Enrolled]) -> None:
    now = time.time()
    await mark(client, title="long", time=now - 7200, end=now - 3600, agents=[fleet["web"].id], tags=["a"])
    await mark(client, title="short", time=now - 600, kind="note", agents=[fleet["lab"].id])
    await mark(client, title="everywhere", time=now - 60)
    assert await titles(client) == ["everywhere", "short", "long"]
    assert await titles(client, start=now - 4000, end=now - 3700) == ["long"]
    assert await titles(client, start=now - 3000, end=now - 600) == []
    assert await titles(client, kind="note") == ["short"]
    assert await titles(client, tag="a") == ["long"]
    assert await titles(client, agent=fleet["web"].id) == ["everywhere", "long"]
    page = (await client.get(MARKS, params={**EVER, "limit": 2})).json()
    assert await titles(client, limit=2, before=page["next"]) == ["long"]


async def test_scopes(hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]) -> None:
    both = await mark(client, title="both", agents=[one.id for one in fleet.values()])
    await mark(client, title="hidden", agents=[fleet["lab"].id])
    everywhere = await mark(client, title="everywhere")
    async with hub.client(await hub.session(Role.OPERATOR, scope=PROD)) as operator:
        assert await titles(operator) == ["everywhere", "both"]
        shown = (await operator.get(MARKS, params=EVER)).json()["items"][1]
        assert (shown["agents"], shown["agent_names"]) == (1, ["web"])
        assert (await mark(operator, 404, agents=[fleet["lab"].id]))["detail"] == (
            f"There is no agent {fleet['lab'].id}."
        )
        own = await mark(operator, title="mine")
        assert (own["agents"], own["agent_names"]) == (1, ["web"])
        for one, status in ((both, 403), (everywhere, 403), ({"id": 2}, 404), (own, 204)):
            assert (await operator.delete(f"{MARKS}/{one['id']}")).status_code == status


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": ""}, "title"), ({"kind": "party"}, "kind"), ({"url": "http://ci.example"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"), ({"url": "https://"}, "url"), ({"text": "x" * 2001}, "text"),
        ({"text": "\x1b[31m"}, "text"), ({"time": 0}, "time"), ({"time": time.time() + 200_000}, "time"),
        ({"time": 1, "end": 0}, "time"), ({"end": 5}, "end"), ({"key": "a b"}, "key"), ({"agents": []}, "agents"),
        ({"selector": {"tag": ["nobody"]}}, "selector"), ({"tags": ["a b"]}, "tags.0"),
    ],
)  # fmt: skip
async def test_what_makes_no_mark(body: dict[str, object], field: str, client: httpx.AsyncClient) -> None:
    answer = await client.post(MARKS, json={"title": "t", **body})
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_the_command_line_sends_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(201, json={"id": 7, "agents": None, "title": "deploy web 1.4"})

    made = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **how: made(**{**how, "transport": httpx.MockTransport(answer)}))
    told = CliRunner().invoke(
        cli,
        ["annotate", "deploy web 1.4", "--tag", "web", "--on", "tag=web", "--key", "b7", "--url", "https://hub",
         "--token", "t"],
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert told.output == "Annotation 7 on the whole fleet: deploy web 1.4\n"
    assert sent == [
        {"title": "deploy web 1.4", "kind": "deploy", "tags": ["web"], "key": "b7", "selector": {"tag": ["web"]}}
    ]


async def test_marks_of_a_time_that_is_not_kept_go(hub: RunningHub, client: httpx.AsyncClient) -> None:
    now = time.time()
    await mark(client, title="old", time=now - 7200, end=now - 3700)
    await mark(client, title="new", time=now - 7200, end=now - 60)
    async with hub.database.transaction() as connection:
        await marks.remove_before(connection, datetime.fromtimestamp(now - 3600, UTC))
    assert await titles(client) == ["new"]
