"""The hub watches itself on a real database: what goes wrong is told, and the ping stays away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from opsentrix import alarms, hubwatch
from opsentrix.alerting import timing
from opsentrix.alerting.keeper import Keeper
from opsentrix.alerting.runner import Runner
from opsentrix.model.channels import NewChannel
from opsentrix.model.frames import StoredFrame
from opsentrix.model.rules import Severity
from opsentrix.model.users import Role, Scope
from opsentrix.notify import secrets
from opsentrix.notify.notifier import Notifier
from opsentrix.storage import channels, pulses
from opsentrix.watch import canary, chain, readings
from opsentrix_protocol.catalogue import Metric

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import RunningHub, until
from packages.hub.tests.kit.postgres import Postgres
from packages.hub.tests.kit.receiver import Answer, Receiver, receiving

WATCH = "/api/v1/system/watch"
RULES = "/api/v1/alert-rules"


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    """As in production but for the pauses between passes."""
    with (
        patch.multiple(alarms, INCIDENTS_S=0.05, NOTIFY_S=0.05),
        patch.multiple(hubwatch, WATCH_S=0.05, LOOK_S=0.1),
        patch.multiple(timing, WAIT=timedelta(seconds=0.1)),
        patch.object(canary, "FIRST_S", 0.0),
    ):
        yield


@contextlib.asynccontextmanager
async def watched(dsn: str, folder: Path, url: str = "", interval: float = 3600) -> AsyncIterator[RunningHub]:
    async with hubs.running(
        dsn, folder, canary_interval=interval, deadman_url=url, notify_allow_private=True
    ) as running:
        yield running


@pytest.fixture
async def owner() -> AsyncIterator[Receiver]:
    """Whoever expects the pings."""
    async with receiving() as receiver:
        yield receiver


def value(hub: RunningHub, metric: Metric) -> float | None:
    return next((one for series, one in hub.hub.alarms.watcher.readings.items() if series.metric == metric), None)


async def lower(client: httpx.AsyncClient, name: str, expression: str) -> None:
    """Let one of the hub's rules hold at once: the rules are as all others."""
    [rule] = [one for one in (await client.get(RULES)).json()["items"] if one["name"] == name]
    body = {**rule, "expression": expression}
    taken = ("name", "expression", "severity", "summary", "advice", "labels", "group_by", "enabled")
    answer = await client.put(f"{RULES}/{rule['id']}", json={one: body[one] for one in taken})
    assert answer.status_code == 200, answer.text


async def state(client: httpx.AsyncClient, name: str) -> str:
    checks = (await client.get(WATCH)).json()["checks"]
    return str(next(one["state"] for one in checks if one["name"] == name))


class TestChecks:
    async def test_a_silent_worker_is_an_incident_that_routes_tell_and_that_ends(
        self, dsn: str, tmp_path: Path, owner: Receiver
    ) -> None:
        async with watched(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
            assert await self._routed(hub, client, owner.url) == 204
            await lower(client, "Hub: worker silent", "opsentrix.hub.worker.silent > 2m")
            await hub.fetch("INSERT INTO pulses VALUES ('worker', now() - interval '10 minutes', now())")
            await until(lambda: len(owner.got) > 0)
            [alert] = owner.got[0].json["alerts"]
            assert (alert["labels"]["severity"], alert["labels"]["instance"]) == (
                "critical", hub.hub.alarms.watcher._instance)  # fmt: skip
            assert "Hub: worker silent on hub" in alert["annotations"]["summary"]
            listed = (await client.get("/api/v1/incidents")).json()
            assert [(one["id"], one["title"]) for one in listed["items"]] == [(1, "Hub: worker silent on hub")]
            [one] = (await client.get("/api/v1/alerts")).json()["items"]
            assert (one["agent"], one["agent_name"]) == (None, "hub")
            assert await state(client, "Hub: worker silent") == "firing"
            assert (await client.get("/api/v1/agents")).json()["items"] == []
            await hub.fetch("UPDATE pulses SET beat_at = now() WHERE name = 'worker'")

            async def over() -> bool:
                return await state(client, "Hub: worker silent") == "inactive"

            await until(over)

    @staticmethod
    async def _routed(hub: RunningHub, client: httpx.AsyncClient, url: str, name: str = "ops") -> int:
        async with hub.database.transaction() as connection:
            new = NewChannel(name, "webhook", {"url": url}, secrets.seal(hub.hub.services.vault, {}))
            number = await channels.add(connection, new, datetime.now(UTC))
        [default] = (await client.get("/api/v1/routes")).json()["items"]
        body = {"name": default["name"], "targets": [{"kind": "channel", "id": number}]}
        await client.put(f"/api/v1/routes/{default['id']}", json=body)
        return 204

    async def test_what_is_about_the_hub_goes_by_another_channel_where_its_own_fails(
        self, dsn: str, tmp_path: Path, owner: Receiver
    ) -> None:
        async with watched(dsn, tmp_path) as hub, hub.client(await hub.session()) as client, receiving() as dead:
            await self._routed(hub, client, dead.url, "dead")
            async with hub.database.transaction() as connection:
                new = NewChannel("other", "webhook", {"url": owner.url}, secrets.seal(hub.hub.services.vault, {}))
                await channels.add(connection, new, datetime.now(UTC))
            await hub.fetch("UPDATE channels SET failing_since = now() - interval '1 hour', failures = 9,"
                            " retry_at = now() + interval '1 hour' WHERE name = 'dead'")  # fmt: skip
            await lower(client, "Hub: channel failing", "opsentrix.hub.channel.failing > 15m")
            await until(lambda: len(owner.got) > 0)
            [alert] = owner.got[0].json["alerts"]
            assert alert["labels"]["channel"] == "dead"
            [row] = await hub.fetch("SELECT decision FROM notifications WHERE incident_id = 1")
            assert row["decision"][-1]["told"] == ["other"]

    async def test_the_database_that_was_away_is_told_once_it_is_back(
        self, dsn: str, tmp_path: Path, owner: Receiver, postgres: Postgres
    ) -> None:
        async with watched(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
            await self._routed(hub, client, owner.url)
            await lower(client, "Hub: database away", "opsentrix.hub.database.away > 100ms keep 2m")
            async with postgres.away(hub.dsn):
                await until(lambda: (value(hub, readings.AWAY) or 0) > 0.3)
            await until(lambda: len(owner.got) > 0)
            assert "Hub: database away" in owner.got[0].json["commonAnnotations"]["summary"]

    async def test_a_commit_that_hangs_and_a_disk_that_is_full_are_seen(self, dsn: str, tmp_path: Path) -> None:
        async with watched(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
            await lower(client, "Hub: samples refused", "opsentrix.hub.ingest.closed > 0")
            await lower(client, "Hub: samples not written", "opsentrix.hub.ingest.stalled > 100ms")
            enrolled = await hub.enroll()
            with patch.object(hub.hub.intake, "open", new=False), patch.object(hub.hub.intake, "look"):
                await until(lambda: value(hub, readings.CLOSED) == 1.0)

                async def refused() -> bool:
                    return await state(client, "Hub: samples refused") == "firing"

                await until(refused)

            gate, append = asyncio.Event(), hub.hub.writer._append

            async def hang(batch: list[StoredFrame]) -> None:
                await gate.wait()
                await append(batch)

            with patch.object(hub.hub.writer, "_append", hang):
                sending = asyncio.create_task(
                    client.post(
                        f"/api/v1/agents/{enrolled.id}/metrics", json={"metrics": {"a": 1}}, headers=enrolled.headers
                    )
                )

                async def stalled() -> bool:
                    return await state(client, "Hub: samples not written") == "firing"

                await until(stalled)
                gate.set()
                assert (await sending).status_code == 200

    async def test_who_sees_some_agents_only_sees_nothing_of_it(self, dsn: str, tmp_path: Path) -> None:
        async with watched(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
            await lower(client, "Hub: worker silent", "opsentrix.hub.worker.silent >= 0s")

            async def fires() -> bool:
                return bool((await client.get("/api/v1/incidents")).json()["total"] == 1)

            await until(fires)
            scoped = await hub.session(Role.ADMIN, scope=Scope(frozenset({"lab"}), frozenset()))
            async with hub.client(scoped) as somebody:
                assert (await somebody.get("/api/v1/alerts")).json()["total"] == 0
                assert (await somebody.get("/api/v1/incidents")).json()["total"] == 0
                assert (await somebody.get("/api/v1/incidents/1")).status_code == 404
                assert (await somebody.get(WATCH)).status_code == 403


class TestDeadMan:
    async def test_it_pings_once_a_canary_came_through_and_shows_what_was_answered(
        self, dsn: str, tmp_path: Path, owner: Receiver
    ) -> None:
        owner.answer = Answer(200, b"OK, noted")
        async with watched(dsn, tmp_path, owner.url) as hub, hub.client(await hub.session()) as client:
            await until(lambda: hub.hub.alarms.hubwatch.deadman.state.ok_at is not None)
            assert hub.hub.alarms.hubwatch.canary.last is not None
            seen = (await client.get(WATCH)).json()
            assert (seen["deadman"]["host"], seen["deadman"]["answer"]["text"]) == ("127.0.0.1", "OK, noted")
            assert "hook" not in (await client.get(WATCH)).text
            assert seen["broken"] == []
            [sent] = seen["canary"]["items"]
            assert list(sent["seconds"]) == [
                "judged", "recorded", "grouped", "noticed", "planned", "sent", "received"]  # fmt: skip
            silent = {one["name"] for one in seen["checks"] if not one["readings"]}
            assert silent == {"Hub: channel failing", "Hub: certificate ends", "Hub: runbook stopped itself"}
            owner.answer = Answer(500, b"broken")
            told = (await client.post(f"{WATCH}/deadman/test")).json()
            assert told == {"ok": False, "status": 500, "text": "broken"}
            assert len(owner.got) == 2
            entries = (await client.get("/api/v1/audit")).json()["items"]
            assert entries[0]["action"] == "deadman.test"

    @pytest.mark.parametrize(
        ("where", "what", "said"),
        [
            (Runner, "_write", "no evaluation of rules"),
            (Keeper, "run_once", "no pass over incidents"),
            (Notifier, "step", "no look for notifications"),
            (pulses, "beat", "no row was written"),
        ],
    )
    async def test_nothing_leaves_while_a_stage_hangs(
        self, dsn: str, tmp_path: Path, owner: Receiver, where: object, what: str, said: str
    ) -> None:
        async with watched(dsn, tmp_path, owner.url) as hub, hub.client(await hub.session()) as client:
            await until(lambda: len(owner.got) == 1)
            hung = asyncio.Event()

            async def hang(*_: object) -> Any:  # noqa: ANN401 - as whatever hangs
                hung.set()
                await asyncio.sleep(3600)

            with patch.object(where, what, hang):
                await hung.wait()
                with patch.object(chain, "RECENT_S", 0.5):
                    await until(lambda: any(one.startswith(said) for one in hub.hub.alarms.watcher.broken()))
                    await until(lambda: bool(hub.hub.alarms.hubwatch.deadman.state.held))
                    held = (await client.post(f"{WATCH}/deadman/test")).json()
                    assert held["text"].startswith("Held back: ")
                assert len(owner.got) == 1

    async def test_nothing_leaves_while_a_canary_is_late(self, dsn: str, tmp_path: Path, owner: Receiver) -> None:
        async with watched(dsn, tmp_path, owner.url) as hub:
            await until(lambda: len(owner.got) == 1)
            with patch.object(hub.hub.alarms.notifier, "_try", side_effect=RuntimeError):
                hub.hub.alarms.hubwatch.canary._next_at = 0.0
                with patch.object(chain, "CANARY_S", 0.2):
                    await until(lambda: bool(hub.hub.alarms.hubwatch.deadman.state.held))
                    assert any("the canary" in one for one in hub.hub.alarms.watcher.broken())
                assert len(owner.got) == 1

    async def test_a_url_in_the_hubs_own_network_is_refused_unless_a_setting_allows_it(
        self, dsn: str, tmp_path: Path, owner: Receiver
    ) -> None:
        async with (
            hubs.running(dsn, tmp_path, canary_interval=0, deadman_url=owner.url) as hub,
            hub.client(await hub.session()) as client,
        ):
            await until(lambda: hub.hub.alarms.hubwatch.deadman.state.answer is not None)
            told = (await client.post(f"{WATCH}/deadman/test")).json()
            assert not told["ok"]
            assert "is refused" in told["text"]
            assert owner.got == []

    async def test_a_viewer_may_look_and_not_ping(self, hub: RunningHub) -> None:
        async with hub.client(await hub.session(Role.VIEWER)) as client:
            assert (await client.get(WATCH)).status_code == 200
            assert (await client.post(f"{WATCH}/deadman/test")).status_code == 403


async def test_every_check_has_a_severity_and_says_what_to_do(client: httpx.AsyncClient) -> None:
    checks = (await client.get(WATCH)).json()["checks"]
    assert len(checks) == 18
    assert {one["state"] for one in checks} == {"inactive"}
    assert all(one["summary"] and one["advice"] and Severity(one["severity"]) for one in checks)
