"""The list of what happened to one agent: each kind, its order, its pages, and who is told of what."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from opsentrix.model.agent_events import Cursor, EventKind
from opsentrix.model.gaps import LedgerGap, Reason, Span
from opsentrix.model.users import Role, Scope
from opsentrix.storage import agent_events, gaps

from packages.hub.tests.kit.happenings import NOON, add_alert, add_command, add_mark, add_run, at
from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.storage.test_frames import Plans

PROD = Scope(environments=frozenset(("prod",)))


@pytest.fixture
async def agent(hub: RunningHub) -> Enrolled:
    return await hub.enroll("web", environment="prod")


async def events(client: httpx.AsyncClient, agent: Enrolled, **query: Any) -> dict[str, Any]:  # noqa: ANN401 - what httpx takes
    asked = {"start": at(-60).timestamp(), "end": at(60).timestamp(), **query}
    answer = await client.get(f"/api/v1/agents/{agent.id}/events", params=asked)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def told(client: httpx.AsyncClient, agent: Enrolled, kind: str, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    items: list[dict[str, Any]] = (await events(client, agent, kind=kind, **query))["items"]
    assert {one["kind"] for one in items} <= {kind}
    return items


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


class TestKinds:
    async def test_a_restart_is_told_from_the_first_connection(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        await hub.fetch("UPDATE agents SET version = '1.0', created_at = $2 WHERE id = $1", agent.id, at(-1))
        for minutes in (0, 20):
            await hub.fetch(
                "INSERT INTO agent_boots (agent_id, boot_id, first_seen_at) VALUES ($1, $2, $3)",
                agent.id, uuid.uuid4(), at(minutes),
            )  # fmt: skip
        assert [one["state"] for one in await told(client, agent, "restart")] == ["restarted", "first"]
        # Earlier runs may have been forgotten since.
        await hub.fetch("UPDATE agents SET created_at = $2 WHERE id = $1", agent.id, at(-9999))
        assert [one["state"] for one in await told(client, agent, "restart")] == ["restarted", "started"]
        # What reports by the API alone has one for each start of the hub.
        await hub.fetch("UPDATE agents SET version = '' WHERE id = $1", agent.id)
        assert [one["state"] for one in await told(client, agent, "restart")] == ["started"]

    async def test_an_alert_fires_and_is_resolved(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        await add_alert(hub, agent.id, at(-10), "inactive", "pending")
        await add_alert(hub, agent.id, at(-9), "pending", "firing", incident_id=7)
        await add_alert(hub, agent.id, at(-5), "firing", "unknown")
        await add_alert(hub, agent.id, at(-4), "unknown", "firing")
        await add_alert(hub, agent.id, at(-2), "firing", "inactive", incident_id=7)
        await add_alert(hub, agent.id, at(-1), "pending", "inactive")
        await add_alert(hub, agent.id, at(0), "inactive", "firing")
        await add_alert(hub, agent.id, at(0), "inactive", "firing", "a canary's", rule_id=-3)
        again, resolved, fired = await told(client, agent, "alert")
        assert (fired["state"], moment(fired["at"]), moment(fired["until"])) == ("firing", at(-9), at(-2))
        assert (fired["title"], fired["severity"], fired["labels"]) == ("CPU", "warning", {"device": "sda"})
        assert fired["link"] == {"kind": "incident", "id": 7}
        assert (resolved["state"], moment(resolved["at"]), moment(resolved["since"])) == ("resolved", at(-2), at(-9))
        assert (again["state"], again["until"], again["link"]) == ("firing", None, None)

    async def test_commands_and_runs_of_runbooks_are_one_entry_each(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        command = await add_command(hub, agent.id, at(-5), at(-4), "failed")
        run = await add_run(hub, agent.id, at(-3), verdict="fixed", ended_at=at(-1))
        await add_run(hub, agent.id, None, outcome="declined")
        await add_command(hub, agent.id, at(-2), at(-2), "succeeded", run)
        [one] = await told(client, agent, "command")
        assert (one["title"], one["state"], one["actor"]) == ("service.restart", "failed", "ann")
        assert one["params"] == {"unit": "nginx"}
        assert (one["detail"], one["link"]) == ("it hangs", {"kind": "command", "id": command})
        assert (moment(one["at"]), moment(one["until"])) == (at(-5), at(-4))
        [one] = await told(client, agent, "runbook")
        assert (one["title"], one["state"], one["link"]) == (
            "Free the disk", "fixed", {"kind": "runbook_run", "id": run},
        )  # fmt: skip

    async def test_what_lasted_into_the_time_belongs_to_it(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        time = {"start": at(0).timestamp(), "end": at(10).timestamp()}
        for state, ended in (("running", None), ("succeeded", at(1)), ("failed", at(-1))):
            await add_command(hub, agent.id, at(-5), ended, state)
        assert {one["state"] for one in await told(client, agent, "command", **time)} == {"running", "succeeded"}
        before, after = Span(1, 1, 1000, 1, 1), Span(2, 2, 1000, 2, 1)
        async with hub.database.connection() as connection:
            for first, last in ((-9000, -20), (-10, 5)):
                span = [int(at(minutes).timestamp() * 1000) for minutes in (first, last)]
                gap = LedgerGap(
                    Span(span[0], span[0], 1000, before.boot, 1), Span(span[1], span[1], 1000, after.boot, 1),
                    Reason.NOT_RUNNING, 3,
                )  # fmt: skip
                await gaps.replace(connection, agent.id, [], [gap])
        [gap_event] = await told(client, agent, "gap", **time)
        assert (gap_event["state"], gap_event["lost_frames"]) == ("agent not running", 3)
        assert (moment(gap_event["at"]), moment(gap_event["until"])) == (at(-10), at(5))
        assert len(await told(client, agent, "gap")) == 2

    async def test_a_gap_is_told_before_it_is_compacted(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        now = datetime.now(UTC)
        async with hub.client() as sender:
            for ago in (600, 595, 590, 300, 295):
                answer = await sender.post(
                    f"/api/v1/agents/{agent.id}/metrics", headers=agent.headers,
                    json={"samples": [{"metric": "cpu_usage", "value": 1, "time": now.timestamp() - ago}]},
                )  # fmt: skip
                assert answer.status_code == 200, answer.text
        await hub.fetch("UPDATE agent_metrics SET step_ms = 5000 WHERE agent_id = $1", agent.id)
        time = {"start": now.timestamp() - 3600, "end": now.timestamp()}
        [gap] = await told(client, agent, "gap", **time)
        begin, end = moment(gap["at"]), moment(gap["until"])
        assert begin is not None
        assert end is not None
        assert round((end - begin).total_seconds()) == 290
        assert await told(client, agent, "gap", **time | {"start": now.timestamp() - 200}) == []

    async def test_annotations_of_the_agent_and_of_the_fleet(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        await add_mark(hub, at(0), "for all", None)
        await add_mark(hub, at(1), "mine", [agent.id, 999])
        await add_mark(hub, at(2), "another's", [999])
        mine, everyone = await told(client, agent, "annotation")
        assert (mine["title"], everyone["title"]) == ("mine", "for all")
        assert (mine["state"], mine["actor"], mine["detail"]) == ("deploy", "ci", "from 1.3")
        assert (mine["url"], mine["until"]) == ("https://ci.example/7", None)

    async def test_versions_of_the_configuration_as_far_as_the_agent_judged_them(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        for version in (1, 2):
            await hub.fetch(
                """
                INSERT INTO agent_configs (agent_id, version, content, author, comment, created_at)
                VALUES ($1, $2, '{}', 'ann', 'less load', $3)
                """,
                agent.id, version, at(version),
            )  # fmt: skip
        assert [one["state"] for one in await told(client, agent, "configuration")] == ["wanted", "replaced"]
        for reported, refused, state in ((1, ["x"], "wanted"), (2, [], "applied"), (2, ["a.b"], "refused")):
            said = {"version": reported, "refused": [{"key": key, "reason": "no"} for key in refused]}
            await hub.fetch(
                """
                INSERT INTO agent_config_states (agent_id, state) VALUES ($1, $2)
                ON CONFLICT (agent_id) DO UPDATE SET state = excluded.state
                """,
                agent.id, said,
            )  # fmt: skip
            newest, _ = await told(client, agent, "configuration")
            assert newest["state"] == state
            assert newest["fields"] == (refused if reported == 2 else [])
        assert (newest["title"], newest["actor"], newest["detail"]) == ("2", "ann", "less load")

    async def test_upgrades(self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled) -> None:
        [row] = await hub.fetch(
            """
            INSERT INTO upgrade_rollouts (key, version, sha256, size, signatures, soak_s, max_failures, state, rings,
                created_by, created_at, changed_at)
            VALUES ($1, '1.2.0', '', 1, '[]', 0, 0, 'stopped', 1, 'ann', $2, $2) RETURNING id
            """,
            b"k" * 16, NOON,
        )  # fmt: skip
        await hub.fetch(
            """
            INSERT INTO upgrade_agents (rollout_id, agent_id, ring, state, asked_at, changed_at)
            VALUES ($1, $2, 0, 'waiting', NULL, $3)
            """,
            row["id"], agent.id, NOON,
        )  # fmt: skip
        assert await told(client, agent, "upgrade") == []
        await hub.fetch("UPDATE upgrade_agents SET state = 'staged', asked_at = $1, changed_at = $2", at(1), at(2))
        [one] = await told(client, agent, "upgrade")
        assert (one["title"], one["state"], moment(one["at"]), one["until"]) == ("1.2.0", "staged", at(1), None)
        await hub.fetch("UPDATE upgrade_agents SET state = 'reverted', detail = 'no samples'")
        [one] = await told(client, agent, "upgrade")
        assert (one["state"], one["detail"], moment(one["until"])) == ("reverted", "no samples", at(2))
        assert one["link"] == {"kind": "rollout", "id": row["id"]}

    async def test_recordings(self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled) -> None:
        await hub.fetch(
            """
            INSERT INTO recordings (agent_id, begins, ends, state, error, reason, requested_by, created_at, finished_at)
            VALUES ($1, $2, $3, 'failed', 'it was away', 'slow', 'ann', $3, $3)
            """,
            agent.id, at(-15), NOON,
        )  # fmt: skip
        [one] = await told(client, agent, "recording")
        assert (one["state"], one["detail"], one["actor"]) == ("failed", "it was away", "ann")
        assert one["link"]["kind"] == "recording"


class TestPages:
    async def test_a_cursor_goes_through_equal_times_once_each(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        for number in range(4):
            await add_mark(hub, at(0), f"m{number}", None)
            await add_command(hub, agent.id, at(0), at(0), "succeeded")
            await add_alert(hub, agent.id, at(0), "inactive", "firing", f"rule {number}")
            await add_run(hub, agent.id, at(number % 2), ended_at=at(3))
        await add_mark(hub, at(-1), "before", None)
        query: dict[str, Any] = {"kind": ["annotation", "command", "alert", "runbook"]}
        whole = (await events(client, agent, **query))["items"]
        assert len(whole) == 17
        assert [one["at"] for one in whole] == sorted((one["at"] for one in whole), reverse=True)
        for limit in (1, 3, 17):
            seen: list[str] = []
            before: dict[str, Any] = {}
            while True:
                page = await events(client, agent, limit=limit, **query, **before)
                seen += [one["id"] for one in page["items"]]
                if page["next"] is None:
                    break
                before = {"before": page["next"]}
            assert seen == [one["id"] for one in whole]

    async def test_a_cursor_never_leads_beyond_the_end(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        await add_mark(hub, at(30), "later", None)
        await add_mark(hub, at(10), "exactly at the end", None)
        far = str(Cursor(at(50), EventKind.CHANGE, 5))
        assert (await events(client, agent, end=at(10).timestamp(), before=far, kind="annotation"))["items"] == []

    @pytest.mark.parametrize(
        "query",
        [
            {"end": at(-61).timestamp()}, {"start": 0}, {"start": "yesterday"}, {"start": "nan"}, {"limit": 201},
            {"limit": 0}, {"kind": "party"}, {"before": "1.alert"}, {"before": "x.alert.1"}, {"before": "1.party.1"},
            {"before": f"1.alert.{2**63}"}, {"before": "1.alert." + "0" * 20 + "9" * 20},
            {"before": "1" * 17 + ".alert.1"}, {"before": "²1.alert.1"},
            {"before": "1.alert.-1"}, {"before": "1.alert.1'; DROP TABLE agents"}, {"kind": "alert\0"},
        ],
    )  # fmt: skip
    async def test_what_makes_no_question(
        self, query: dict[str, Any], client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        asked = {"start": at(-60).timestamp(), "end": at(60).timestamp(), **query}
        answer = await client.get(f"/api/v1/agents/{agent.id}/events", params=asked)
        assert answer.status_code == 422, answer.text


class TestWhoIsTold:
    async def test_nobody_of_agents_beyond_their_scope(self, hub: RunningHub, agent: Enrolled) -> None:
        lab = await hub.enroll("lab", environment="lab")
        await add_mark(hub, at(0), "for all", None)
        async with hub.client(await hub.session(Role.ADMIN, scope=PROD)) as scoped:
            assert [one["title"] for one in (await events(scoped, agent))["items"]] == ["for all"]
            time = {"start": at(-60).timestamp(), "end": at(60).timestamp()}
            for beyond in (lab.id, 999_999):
                answer = await scoped.get(f"/api/v1/agents/{beyond}/events", params=time)
                assert (answer.status_code, answer.json()["detail"]) == (404, f"There is no agent {beyond}.")

    async def test_changes_only_those_who_may_read_the_audit_log(
        self, hub: RunningHub, client: httpx.AsyncClient, agent: Enrolled
    ) -> None:
        assert (await client.patch(f"/api/v1/agents/{agent.id}", json={"tags": ["db"]})).status_code == 200
        now = datetime.now(UTC).timestamp()
        time = {"start": now - 60, "end": now + 60}
        changed = (await told(client, agent, "change", **time))[0]
        assert (changed["title"], changed["fields"], changed["state"]) == ("agent.update", ["tags"], "ok")
        assert changed["actor"].startswith("user:admin-")
        assert "change" in (await events(client, agent, **time))["kinds"]
        for role, scope in ((Role.ADMIN, PROD), (Role.OPERATOR, Scope()), (Role.VIEWER, Scope())):
            async with hub.client(await hub.session(role, scope=scope)) as other:
                page = await events(other, agent, **time)
                assert "change" not in page["kinds"]
                assert "change" not in {one["kind"] for one in page["items"]}
                answer = await other.get(
                    f"/api/v1/agents/{agent.id}/events", params={**time, "kind": ["alert", "change"]}
                )
                assert (answer.status_code, "audit log" in answer.json()["detail"]) == (403, True)
                assert (await other.get("/api/v1/audit")).status_code == 403

    async def test_an_api_token_is_told_what_it_may_read_elsewhere(self, hub: RunningHub, agent: Enrolled) -> None:
        cookie = await hub.session()
        readable = {
            "agents:read": {"restart", "configuration", "recording"},
            "read": {kind.value for kind in EventKind} - {"upgrade"},
        }
        for permission, kinds in readable.items():
            async with hub.bearing(await hub.api_token(cookie, role="admin", permissions=[permission])) as bearer:
                assert set((await events(bearer, agent))["kinds"]) == kinds
                time = {"start": at(-60).timestamp(), "end": at(60).timestamp()}
                for kind in EventKind:
                    answer = await bearer.get(f"/api/v1/agents/{agent.id}/events", params={**time, "kind": kind})
                    assert answer.status_code == (200 if kind in kinds else 403), (permission, kind)


_MANY = """
    INSERT INTO alert_events (fingerprint, rule_id, rule_version, rule_name, agent_id, labels, severity, loss, before,
        after, at, recorded_at)
    SELECT sha256(int4send(n)), 1, 1, 'r', CASE WHEN n % 33 = 0 THEN {mine} ELSE 1000 + n % 300 END, '{{}}', 'info',
        false, 'inactive', 'firing', {noon} - n * interval '10 s', now() FROM generate_series(1, 20000) n;
    INSERT INTO audit_log (time, actor, action, target, address, content)
    SELECT {noon} - n * interval '10 s', 'hub', 'agent.update',
        'agent:' || CASE WHEN n % 33 = 0 THEN {mine} ELSE 1000 + n % 300 END, '', '' FROM generate_series(1, 20000) n;
    INSERT INTO gaps (agent_id, first_tick, last_tick, reason, lost_frames)
    SELECT CASE WHEN n % 33 = 0 THEN {mine} ELSE 1000 + n % 300 END, {noon} - n * interval '10 s',
        {noon} - n * interval '10 s' + interval '5 s', 'not sampled', 0 FROM generate_series(1, 20000) n;
    INSERT INTO agent_boots (agent_id, boot_id, first_seen_at)
    SELECT CASE WHEN n % 33 = 0 THEN {mine} ELSE {other} END, gen_random_uuid(), {noon} - n * interval '10 s'
    FROM generate_series(1, 20000) n;
    INSERT INTO commands (action, params, effect, reason, requested_by, created_at, expires_at, timeout_s, batch_size,
        pause_s, stop_after, turns, runs, state)
    SELECT 'a', '{{}}', 'reads', '', 'ann', now(), now(), 60, 1, 0, 0, 1, 1, 'finished'
    FROM generate_series(1, 20000) n;
    INSERT INTO command_runs (command_id, agent_id, key, turn, state, sent_at, ended_at)
    SELECT id, CASE WHEN id % 33 = 0 THEN {mine} ELSE {other} END, id::text, 0, 'succeeded',
        {noon} - id * interval '10 s', {noon} - id * interval '9 s' FROM commands;
    INSERT INTO runbook_runs (runbook_name, version, definition, sha256, agent_id, cause, state, outcome, requested_by,
        created_at, begun_at, ended_at)
    SELECT 'r', 1, '{{}}', '', CASE WHEN n % 33 = 0 THEN {mine} ELSE {other} END, 'hand', 'ended', 'done', 'ann', now(),
        {noon} - n * interval '10 s', {noon} - n * interval '9 s' FROM generate_series(1, 20000) n;
    INSERT INTO annotations (kind, at, until, title, text, tags, url, agents, created_by, created_at)
    SELECT 'note', {noon} - n * interval '10 s', {noon}, 't', '', '{{}}', '',
        ARRAY[CASE WHEN n % 33 = 0 THEN {mine} ELSE {other} END], 'ann', now() FROM generate_series(1, 20000) n;
    ANALYZE
"""
_LARGE = {"alert_events", "audit_log", "gaps", "agent_boots", "command_runs", "runbook_runs", "annotations"}


async def test_no_statement_reads_a_large_table_as_a_whole(hub: RunningHub, agent: Enrolled) -> None:
    """With 20,000 rows in each, 600 of them this agent's, each kind is read by an index."""
    other = await hub.enroll("other")
    async with hub.database.connection() as connection:
        await connection.execute(_MANY.format(mine=agent.id, other=other.id, noon="'2026-03-01 12:00Z'::timestamptz"))
        plans = Plans(connection)
        page = await agent_events.page(
            plans.connection, agent.id, list(EventKind), at(-60 * 24 * 300), Cursor(at(60), EventKind.CHANGE, 0), 201
        )
    assert len(page) == 201
    scans = [node for node in plans.scans() if node.get("Relation Name") in _LARGE]
    assert {node["Relation Name"] for node in scans} == _LARGE
    assert "Seq Scan" not in {node["Node Type"] for node in scans}, json.dumps(scans)
