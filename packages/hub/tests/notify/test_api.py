"""Channels, routes, escalations, rotas and notifications over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.model.users import Role, Scope
from opsentrix.storage import notifications

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit import people
from packages.hub.tests.kit.hub import RunningHub, until
from packages.hub.tests.kit.receiver import Answer, Receiver

API = "/api/v1"
SECRET = "xoxb-very-secret-value"


@pytest.fixture
async def hub(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with hubs.running(dsn, tmp_path, notify_allow_private=True, rate_limits=False) as hub:
        yield hub


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{API}/{path}", json=body)
    assert answer.status_code == 201, answer.text
    new: dict[str, Any] = answer.json()
    return new


async def webhook(client: httpx.AsyncClient, url: str, name: str = "hook", **fields: Any) -> int:  # noqa: ANN401
    settings = {"url": url, **fields.pop("settings", {})}
    return int(
        (await made(client, "channels", {"name": name, "kind": "webhook", "settings": settings, **fields}))["id"]
    )


async def tell(hub: RunningHub, kind: NoticeKind = NoticeKind.OPENED, **fields: Any) -> None:  # noqa: ANN401
    now = datetime.now(UTC)
    notice = Notice(kind, "critical", "disk full", now, now, 1, **({"agent_ids": (1,)} | fields))
    async with hub.database.transaction() as connection:
        await notifications.enqueue(connection, notice)


async def test_a_channel_is_made_changed_tested_and_removed_and_all_of_it_audited(
    hub: RunningHub, client: httpx.AsyncClient, provider: Receiver
) -> None:
    channel = await webhook(client, provider.url, settings={"secret": SECRET})
    shown = (await client.get(f"{API}/channels/{channel}")).json()
    assert (shown["settings"], shown["secrets"], shown["state"]) == ({"url": provider.url}, ["secret"], "unused")
    provider.answer = Answer(201, b"hello from the provider")
    test = (await client.post(f"{API}/channels/{channel}/test")).json()
    assert (test["ok"], test["status"], test["answer"]) == (True, 201, "hello from the provider")
    assert "x-opsentrix-signature" in provider.got[0].headers
    provider.answer = Answer(403, f"no access with {SECRET}".encode())
    failed = (await client.post(f"{API}/channels/{channel}/test")).json()
    assert (failed["ok"], failed["status"], failed["answer"]) == (False, 403, "no access with ***")
    changed = await client.patch(
        f"{API}/channels/{channel}", json={"name": "ops", "per_minute": 5, "subject": "{{ title }}!"}
    )
    assert (changed.json()["name"], changed.json()["per_minute"], changed.json()["secrets"]) == ("ops", 5, ["secret"])
    moved = await client.patch(f"{API}/channels/{channel}", json={"settings": {"url": "https://evil.example/"}})
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (422, "settings.secret")
    assert (await client.delete(f"{API}/channels/{channel}")).status_code == 204
    assert (await client.get(f"{API}/channels/{channel}")).status_code == 404
    log = await hub.fetch("SELECT * FROM audit_log WHERE target = $1 ORDER BY id", f"channel:{channel}")
    assert [(row["action"], row["result"]) for row in log] == [
        ("channel.create", "ok"), ("channel.test", "ok"), ("channel.test", "failed"), ("channel.update", "ok"),
        ("channel.delete", "ok"),
    ]  # fmt: skip
    assert (log[3]["before"]["per_minute"], log[3]["after"]["per_minute"]) == (20, 5)
    shown_later = (await client.get(f"{API}/notifications")).json()["items"]
    assert [one["deliveries"][0]["channel"] for one in shown_later] == ["hook", "hook"]
    for table in ("audit_log", "channels", "notifications", "notification_deliveries", "notification_attempts"):
        rows = await hub.fetch(f"SELECT t::text AS text FROM {table} t")  # noqa: S608 - from the line above
        assert all(SECRET not in row["text"] for row in rows), table


async def test_secrets_come_in_and_never_go_out(hub: RunningHub, client: httpx.AsyncClient) -> None:
    url = f"https://hooks.slack.example/services/{SECRET}"
    answers = [await client.post(f"{API}/channels", json={"name": "s", "kind": "slack", "settings": {"url": url}})]
    channel = answers[0].json()["id"]
    answers.append(await client.patch(f"{API}/channels/{channel}", json={"digest_minutes": 30}))
    answers += [await client.get(f"{API}/{path}") for path in ("channels", f"channels/{channel}", "audit")]
    async with hub.client(await hub.session(Role.VIEWER)) as viewer:
        answers.append(await viewer.get(f"{API}/channels"))
    for answer in answers:
        assert answer.is_success, answer.text
        assert SECRET not in answer.text


async def test_channels_change_only_by_who_proved_to_be_themselves(hub: RunningHub, client: httpx.AsyncClient) -> None:
    channel = await webhook(client, "https://example.com/")
    await people.age_proof(hub)
    for answer in (
        await client.post(
            f"{API}/channels", json={"name": "x", "kind": "webhook", "settings": {"url": "https://e.x/"}}
        ),
        await client.patch(f"{API}/channels/{channel}", json={"enabled": False}),
        await client.delete(f"{API}/channels/{channel}"),
    ):
        assert (answer.status_code, answer.json()["title"]) == (403, "Confirmation needed")


async def test_private_addresses_need_permission_and_the_hub_itself_the_setting(
    dsn: str, tmp_path: Path, provider: Receiver
) -> None:
    async with hubs.running(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
        channel = await webhook(client, provider.url, allow_private=True)
        test = (await client.post(f"{API}/channels/{channel}/test")).json()
        assert test["ok"] is False
        assert "127.0.0.1 is refused" in test["answer"]
        assert "OPSENTRIX_NOTIFY_ALLOW_PRIVATE" in test["answer"]
    assert provider.got == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("channels", {"name": "a", "kind": "nonsense", "settings": {}}),
        ("channels", {"name": "", "kind": "webhook", "settings": {"url": "https://a/"}}),
        ("channels", {"name": "a", "kind": "webhook", "settings": {"url": "https://a/"}, "per_minute": 0}),
        ("channels", {"name": "a", "kind": "webhook", "settings": {"url": "https://a/"}, "subject": "{{ nonsense }}"}),
        ("channels", {"name": "a", "kind": "webhook", "settings": []}),
        ("routes", {"name": "a", "targets": [{"kind": "channel", "id": 999}]}),
        ("routes", {"name": "a", "targets": [{"kind": "nonsense", "id": 1}]}),
        ("routes", {"name": "a", "targets": [], "hours": {"begins": "25:00", "ends": "09:00"}}),
        (
            "routes",
            {"name": "a", "targets": [], "hours": {"begins": "08:00", "ends": "09:00", "time_zone": "Mars/Base"}},
        ),
        ("routes", {"name": "a", "targets": [], "hours": {"begins": "08:00", "ends": "09:00", "time_zone": "../etc"}}),
        ("routes", {"name": "a", "targets": [], "hours": {"begins": "08:00", "ends": "09:00", "time_zone": "Europe"}}),
        ("routes", {"name": "a", "targets": [], "hours": {"begins": "08:00", "ends": "09:00", "weekdays": [8]}}),
        ("routes", {"name": "a", "targets": [], "severities": ["bad"]}),
        ("escalations", {"name": "a", "steps": []}),
        ("escalations", {"name": "a", "steps": [{"after_minutes": 5, "targets": []}]}),
        ("rotas", {"name": "a", "first_day": "2026-03-02", "members": []}),
        ("rotas", {"name": "a", "first_day": "2026-03-02", "members": [{"name": "ann", "channels": [999]}]}),
        ("rotas", {"name": "a", "first_day": "9999-12-31", "members": [{"name": "ann", "channels": [1]}]}),
    ],
)
async def test_what_makes_no_sense_is_refused(path: str, body: dict[str, Any], client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/{path}", json=body)
    assert answer.status_code == 422, answer.text


async def test_what_is_named_elsewhere_stays(client: httpx.AsyncClient) -> None:
    channel = await webhook(client, "https://example.com/")
    members = [{"name": "ann", "channels": [channel]}]
    rota = (await made(client, "rotas", {"name": "core", "first_day": "2026-03-02", "members": members}))["id"]
    steps = [{"after_minutes": 0, "targets": [{"kind": "rota", "id": rota}]}]
    escalation = (await made(client, "escalations", {"name": "e", "steps": steps}))["id"]
    target = {"kind": "escalation", "id": escalation}
    nested = {"name": "n", "steps": [{"after_minutes": 0, "targets": [target]}]}
    assert (await client.post(f"{API}/escalations", json=nested)).status_code == 422
    route = (await made(client, "routes", {"name": "r", "targets": [target]}))["id"]
    for path in (f"channels/{channel}", f"rotas/{rota}", f"escalations/{escalation}"):
        answer = await client.delete(f"{API}/{path}")
        assert answer.status_code == 409, answer.text
        assert "is named by" in answer.json()["detail"]
    for path in (f"routes/{route}", f"escalations/{escalation}", f"rotas/{rota}", f"channels/{channel}"):
        assert (await client.delete(f"{API}/{path}")).status_code == 204


async def test_routes_are_put_in_order_and_say_who_would_be_told(client: httpx.AsyncClient) -> None:
    day, night = (
        await webhook(client, "https://a.example/", "day"),
        await webhook(client, "https://b.example/", "night"),
    )
    hours = {"time_zone": "Europe/Paris", "begins": "20:00", "ends": "08:00", "weekdays": [1, 2, 3, 4, 5]}
    first = await made(
        client, "routes", {"name": "nights", "targets": [{"kind": "channel", "id": night}], "hours": hours}
    )
    second = await made(
        client, "routes",
        {"name": "web", "targets": [{"kind": "channel", "id": day}], "environments": ["production"], "continues": True},
    )  # fmt: skip
    listed = (await client.get(f"{API}/routes")).json()["items"]
    assert [one["name"] for one in listed] == ["nights", "web", "everything else"]
    assert listed[0]["hours"] == hours
    asked = {"environments": ["production"], "at": "2026-03-02T12:00:00+01:00"}
    preview = (await client.post(f"{API}/routes/preview", json=asked)).json()
    assert [(one["channel"], one["why"]) for one in preview["told"]] == [("day", "route web")]
    assert [(one["route"], one["why"]) for one in preview["verdicts"]] == [
        ("nights", "it is outside its hours"), ("web", "all conditions hold"),
        ("everything else", "an earlier route took it"),
    ]  # fmt: skip
    ordered = await client.put(f"{API}/routes/order", json={"ids": [second["id"], first["id"]]})
    assert [one["name"] for one in ordered.json()["items"]] == ["web", "nights", "everything else"]
    assert (await client.put(f"{API}/routes/order", json={"ids": [first["id"]]})).status_code == 409
    asked["at"] = "2026-03-02T23:00:00+01:00"
    preview = (await client.post(f"{API}/routes/preview", json=asked)).json()
    assert [one["channel"] for one in preview["told"]] == ["day", "night"]
    default = listed[-1]["id"]
    assert (await client.delete(f"{API}/routes/{default}")).status_code == 409
    body = {"name": "everything else", "targets": [{"kind": "channel", "id": day}]}
    assert (await client.put(f"{API}/routes/{default}", json=body)).status_code == 200
    assert (await client.put(f"{API}/routes/{default}", json=body | {"tags": ["web"]})).status_code == 422


async def test_a_rota_says_who_is_on_call_and_who_is_next(hub: RunningHub, client: httpx.AsyncClient) -> None:
    channel = await webhook(client, "https://example.com/")
    today = datetime.now(UTC).date()
    body = {
        "name": "core", "time_zone": "UTC", "first_day": (today - timedelta(days=1)).isoformat(), "handover": "00:00",
        "days": 2, "members": [{"name": name, "channels": [channel]} for name in ("ann", "bob")],
    }  # fmt: skip
    rota = await made(client, "rotas", body)
    assert (rota["now"]["name"], rota["next"]["name"]) == ("ann", "bob")
    now = datetime.now(UTC).timestamp()
    override = {"begins": now - 60, "ends": now + 600, "name": "bob"}
    changed = (await client.put(f"{API}/rotas/{rota['id']}", json=body | {"overrides": [override]})).json()
    assert (changed["now"]["name"], changed["next"]["name"]) == ("bob", "ann")
    [log] = await hub.fetch("SELECT before, after FROM audit_log WHERE action = 'rota.update'")
    assert (log["before"]["overrides"], len(log["after"]["overrides"])) == ([], 1)


async def test_the_hub_tells_and_shows_the_proof(
    hub: RunningHub, client: httpx.AsyncClient, provider: Receiver
) -> None:
    channel = await webhook(client, provider.url)
    listed = (await client.get(f"{API}/routes")).json()["items"]
    body = {"name": "everything else", "targets": [{"kind": "channel", "id": channel}]}
    await client.put(f"{API}/routes/{listed[-1]['id']}", json=body)
    await tell(hub)
    await tell(hub, NoticeKind.RESOLVED)
    await until(lambda: len(provider.got) == 2)

    async def proven() -> bool:
        items = (await client.get(f"{API}/notifications?incident=1")).json()["items"]
        return [one["deliveries"][0]["state"] for one in items] == ["sent", "sent"]

    await until(proven)
    first = (await client.get(f"{API}/notifications?incident=1&limit=1")).json()
    second = (await client.get(f"{API}/notifications?incident=1&limit=1&cursor={first['next']}")).json()
    assert [first["items"][0]["kind"], second["items"][0]["kind"]] == ["resolved", "opened"]
    assert second["items"][0]["deliveries"][0]["attempts"][0]["status"] == 200
    assert (await client.get(f"{API}/notifications?incident=2")).json()["items"] == []


async def test_who_sees_some_agents_sees_what_is_about_these_alone(hub: RunningHub) -> None:
    inside, outside = await hub.enroll("a", environment="lab"), await hub.enroll("b", environment="beyond")
    await tell(hub, agent_ids=(inside.id,))
    await tell(hub, agent_ids=(inside.id, outside.id))
    await tell(hub, agent_ids=())
    lab = Scope(environments=frozenset({"lab"}))
    async with hub.client(await hub.session(Role.VIEWER, scope=lab)) as viewer:
        items = (await viewer.get(f"{API}/notifications")).json()["items"]
        assert [one["agent_ids"] for one in items] == [[inside.id]]
        assert items[0]["decision"] == []
        assert (await viewer.get(f"{API}/channels")).status_code == 403


async def test_words_are_tried_before_they_are_kept(client: httpx.AsyncClient) -> None:
    preview = await client.post(
        f"{API}/channels/preview",
        json={"subject": "{{ severity }}: {{ agents }}", "body": "{{ labels.device }}\n{{ ended }} x"},
    )
    assert preview.json() == {"subject": "critical: web-1", "body": "sda"}
    kinds = (await client.get(f"{API}/channel-kinds")).json()
    assert len(kinds["items"]) == 10
    assert "title" in kinds["placeholders"]


async def test_tests_count_for_the_cap(client: httpx.AsyncClient, provider: Receiver) -> None:
    channel = await webhook(client, provider.url, per_minute=2)
    answers = [(await client.post(f"{API}/channels/{channel}/test")).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert len(provider.got) == 2
