"""Browsers that are pushed notifications: from a subscription, and from a rule, to what a push service gets."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from opsentrix import alarms
from opsentrix.model.channels import Templates
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.model.users import EVERYTHING, Role, Scope
from opsentrix.notify import browsers
from opsentrix.notify.messages import compose
from opsentrix.notify.receipts import DeliveryError

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit import people
from packages.hub.tests.kit.hub import RunningHub, until
from packages.hub.tests.kit.pushed import FakeBrowser, b64, unb64
from packages.hub.tests.kit.receiver import Answer, Got, Receiver, receiving
from packages.hub.tests.kit.selfsigned import certify

API = "/api/v1"
PUSH = f"{API}/account/push"


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    """A push service at https://localhost, which hubs of this test trust."""
    server, client = certify(tmp_path, "localhost")
    monkeypatch.setattr(alarms, "trusted", lambda: client)
    monkeypatch.setattr(browsers, "_AGAIN_S", 0.0)
    async with receiving(server) as receiver:
        receiver.answer = Answer(201, b"")
        yield receiver


@pytest.fixture
async def hub(dsn: str, tmp_path: Path, service: Receiver) -> AsyncIterator[RunningHub]:
    async with hubs.running(
        dsn, tmp_path, notify_allow_private=True, push_services="localhost", push_contact="mailto:ops@example.com"
    ) as hub:
        yield hub


def browser(service: Receiver, name: str = "1") -> FakeBrowser:
    return FakeBrowser(f"https://localhost:{service.port}/secret-sub-{name}")


async def subscribed(client: httpx.AsyncClient, one: FakeBrowser) -> int:
    answer = await client.post(PUSH, json=one.body, headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def channel(client: httpx.AsyncClient, *names: str) -> int:
    body = {"name": "phones", "kind": "webpush", "settings": {"people": list(names)}}
    answer = await client.post(f"{API}/channels", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def held(hub: RunningHub) -> list[str]:
    rows = await hub.fetch("SELECT u.username FROM push_subscriptions p JOIN users u ON u.id = p.user_id ORDER BY p.id")
    return [row["username"] for row in rows]


async def test_a_browser_subscribes_is_tested_and_removed_and_its_address_stays_secret(
    hub: RunningHub, client: httpx.AsyncClient, service: Receiver
) -> None:
    one = browser(service)
    answers = [await client.get(PUSH), await client.post(PUSH, json=one.body), await client.get(PUSH)]
    assert answers[0].json()["items"] == []
    [shown] = answers[2].json()["items"]
    assert (shown["fingerprint"], shown["service"], shown["failures"]) == (one.fingerprint, "localhost", 0)
    service.answer = Answer(201, f"made {one.endpoint}".encode())
    answers.append(await client.post(f"{PUSH}/{shown['id']}/test"))
    tested = answers[-1].json()
    assert (tested["ok"], tested["status"]) == (True, 201)
    [got] = service.got
    told = one.read(got.body)
    assert (told["title"], told["path"]) == ("Test: notifications reach this browser", "/dashboard/account")
    assert (got.headers["content-encoding"], got.headers["ttl"]) == ("aes128gcm", "3600")
    token, key = (part.split("=", 1)[1] for part in got.headers["authorization"].removeprefix("vapid ").split(", "))
    assert key == answers[0].json()["key"] == answers[2].json()["key"]
    x, y = unb64(key)[1:33], unb64(key)[33:]
    public = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y)})
    claims = jwt.decode(token, public, algorithms=["ES256"]).claims
    assert (claims["aud"], claims["sub"]) == (f"https://localhost:{service.port}", "mailto:ops@example.com")
    assert (await client.post(f"{PUSH}/{shown['id']}/test")).status_code == 429
    [later] = (await client.get(PUSH)).json()["items"]
    assert later["last_delivered_at"] is not None
    assert (await client.delete(f"{PUSH}/{shown['id']}")).status_code == 204
    assert (await client.delete(f"{PUSH}/{shown['id']}")).status_code == 404
    log = await hub.fetch("SELECT action, result FROM audit_log WHERE action LIKE 'push.%' ORDER BY id")
    assert [(row["action"], row["result"]) for row in log] == [
        ("push.subscribe", "ok"), ("push.test", "ok"), ("push.unsubscribe", "ok"),
    ]  # fmt: skip
    await client.post(PUSH, json=one.body)
    rows = await hub.fetch("SELECT t::text AS text FROM push_subscriptions t UNION ALL SELECT a::text FROM audit_log a")
    for text in (*(row["text"] for row in rows), *(each.text for each in answers)):
        for secret in ("secret-sub", b64(one.point), b64(one.auth), one.auth.hex(), b"secret-sub".hex()):
            assert secret not in text


async def test_browsers_are_limited_and_everybody_has_their_own(
    hub: RunningHub, client: httpx.AsyncClient, service: Receiver
) -> None:
    mine = [await subscribed(client, browser(service, str(number))) for number in range(browsers.MOST)]
    assert (await client.post(PUSH, json=browser(service, "more").body)).status_code == 409
    assert await subscribed(client, browser(service, "0")) == mine[0]
    async with hub.client(await hub.session(Role.VIEWER, "vera")) as vera:
        assert (await vera.get(PUSH)).json()["items"] == []
        assert (await vera.delete(f"{PUSH}/{mine[0]}")).status_code == 404
        assert (await vera.post(f"{PUSH}/{mine[0]}/test")).status_code == 404
        # She logged in on the same machine: its browser is hers now, and shows nobody else's notifications.
        assert await subscribed(vera, browser(service, "0")) == mine[0]
    assert len((await client.get(PUSH)).json()["items"]) == browsers.MOST - 1
    assert service.got == []


async def test_an_endpoint_leads_nowhere_else(hub: RunningHub, dsn: str, tmp_path: Path, service: Receiver) -> None:
    one = browser(service)
    async with hub.client(await hub.session(Role.VIEWER)) as client:
        for endpoint in (
            "https://169.254.169.254/latest",
            "https://example.com/",
            one.endpoint.replace("https", "http"),
        ):
            answer = await client.post(PUSH, json=one.body | {"endpoint": endpoint})
            assert answer.status_code == 422, endpoint
    # Where any service may be reached, the addresses are still judged.
    async with (
        hubs.running(dsn, tmp_path, push_services="") as strict,
        strict.client(await strict.session(Role.VIEWER, "vic")) as client,
    ):
        made = await subscribed(client, one)
        tested = (await client.post(f"{PUSH}/{made}/test")).json()
        assert (tested["ok"], tested["status"]) == (False, None)
        assert "localhost is refused" in tested["answer"]
    assert service.got == []


@pytest.mark.parametrize("status", [404, 410])
async def test_what_the_push_service_calls_gone_is_removed(
    status: int, hub: RunningHub, client: httpx.AsyncClient, service: Receiver
) -> None:
    made = await subscribed(client, browser(service))
    service.answer = Answer(status, b"no such subscription")
    tested = (await client.post(f"{PUSH}/{made}/test")).json()
    assert (tested["ok"], tested["status"]) == (False, status)
    assert "no such subscription (it is gone, and was removed)" in tested["answer"]
    assert await held(hub) == []


async def test_from_a_rule_to_a_browser_and_its_end_takes_the_place_of_the_alarm(
    hub: RunningHub, client: httpx.AsyncClient, service: Receiver
) -> None:
    one = browser(service)
    async with hub.client(await hub.session(Role.OPERATOR, "Olga")) as olga:
        await subscribed(olga, one)
    to = await channel(client, "olga")
    default = (await client.get(f"{API}/routes")).json()["items"][-1]
    body = {"name": default["name"], "targets": [{"kind": "channel", "id": to}]}
    assert (await client.put(f"{API}/routes/{default['id']}", json=body)).is_success
    agent = await hub.enroll()
    rule = {"name": "Too hot", "expression": "room.temperature > 30", "severity": "critical"}
    assert (await client.post(f"{API}/alert-rules", json=rule)).is_success
    path = f"{API}/agents/{agent.id}/metrics"
    async with hub.client() as sender:
        await sender.post(path, headers=agent.headers, json={"metrics": {"room.temperature": 31}})
        await until(lambda: len(service.got) == 1)
        told = one.read(service.got[0].body)
        assert told["title"] == "[critical] Too hot on web-1"
        assert (told["severity"], told["incident"], told["path"]) == ("critical", 1, "/dashboard/incidents/1")
        assert (service.got[0].headers["urgency"], service.got[0].headers["topic"]) == ("high", "incident-1")
    assert (await client.post(f"{API}/incidents/1/resolve", json={})).is_success
    await until(lambda: len(service.got) == 2)
    over = one.read(service.got[1].body)
    assert (over["over"], over["tag"], service.got[1].headers["topic"]) == (True, told["tag"], "incident-1")

    async def proven() -> list[str]:
        items = (await client.get(f"{API}/notifications?incident=1")).json()["items"]
        return [each["attempts"][0]["answer"] for item in items for each in item["deliveries"]]

    await until(lambda: _settled(hub))
    assert await proven() == ["Olga, localhost: 201 Told"] * 2


async def _settled(hub: RunningHub) -> bool:
    rows = await hub.fetch("SELECT FROM notification_deliveries WHERE state <> 'sent'")
    return not rows


async def test_one_browser_that_fails_is_tried_again_and_rings_at_no_other(
    hub: RunningHub, client: httpx.AsyncClient, service: Receiver
) -> None:
    good, bad = browser(service, "good"), browser(service, "bad")
    for name, one in (("ann", good), ("bob", bad)):
        async with hub.client(await hub.session(Role.VIEWER, name)) as person:
            await subscribed(person, one)
    await hub.session(Role.VIEWER, "cyd")

    async def react(got: Got) -> Answer:
        return Answer(500, b"oops") if "bad" in got.path else Answer(201, b"")

    service.react = react
    to = await channel(client, "ann", "bob", "cyd")
    tested = (await client.post(f"{API}/channels/{to}/test")).json()
    assert tested["ok"] is True
    assert tested["answer"].splitlines() == [
        "ann, localhost: 201 Told", "bob, localhost: 500 oops", "cyd: has no browser",
    ]  # fmt: skip
    assert sorted(got.path for got in service.got) == ["/secret-sub-bad"] * 2 + ["/secret-sub-good"]
    [row] = await hub.fetch("SELECT failures, last_error FROM push_subscriptions WHERE failures > 0")
    assert (row["failures"], row["last_error"]) == (1, "oops")


async def test_a_channel_that_reaches_nobody_fails(
    hub: RunningHub, client: httpx.AsyncClient, service: Receiver
) -> None:
    token = await hub.session(Role.VIEWER, "ann")
    to = await channel(client, "ann")
    tested = (await client.post(f"{API}/channels/{to}/test")).json()
    assert (tested["ok"], tested["answer"]) == (False, "No browser to push to: turned on by none of ann.")
    async with hub.client(token) as ann:
        await subscribed(ann, browser(service))
    service.answer = Answer(410)
    tested = (await client.post(f"{API}/channels/{to}/test")).json()
    assert (tested["ok"], tested["status"]) == (False, 410)
    assert await held(hub) == []


async def test_a_channel_names_people_who_are_there(client: httpx.AsyncClient, service: Receiver) -> None:
    for given in (["nobody"], [], "ann", ["x" * 65]):
        body = {"name": "phones", "kind": "webpush", "settings": {"people": given}}
        answer = await client.post(f"{API}/channels", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "settings.people"), given


async def ended(hub: RunningHub, client: httpx.AsyncClient, person: httpx.AsyncClient, how: str) -> None:
    user = (await person.get(f"{API}/auth/me")).json()["id"]
    acts: dict[str, Any] = {
        "logged out": lambda: person.post(f"{API}/auth/logout"),
        "disabled": lambda: client.patch(f"{API}/users/{user}", json={"disabled": True}),
        "deleted": lambda: client.delete(f"{API}/users/{user}"),
        "ended by an admin": lambda: client.delete(f"{API}/users/{user}/sessions"),
    }
    answer = await acts[how]()
    assert answer.is_success, answer.text


@pytest.mark.parametrize("how", ["logged out", "disabled", "deleted", "ended by an admin"])
async def test_who_is_out_gets_nothing_any_more(
    how: str, hub: RunningHub, client: httpx.AsyncClient, service: Receiver
) -> None:
    async with hub.client(await hub.session(Role.VIEWER, "ann")) as ann:
        await subscribed(ann, browser(service))
        await ended(hub, client, ann, how)
    assert await held(hub) == []


async def test_ending_other_sessions_ends_their_pushes_and_a_login_that_runs_out_does_not(
    hub: RunningHub, service: Receiver
) -> None:
    user = await people.add(hub, "ann")
    async with hub.client() as here, hub.client() as there:
        for one, name in ((here, "here"), (there, "there")):
            await people.log_in(one, "ann")
            await subscribed(one, browser(service, name))
        assert (await here.delete(f"{API}/account/sessions")).json() == {"ended": 1}
        assert await held(hub) == ["ann"]
        async with hub.database.connection() as connection:
            await connection.execute("UPDATE user_sessions SET expires_at = created_at WHERE user_id = $1", user)
        async with hub.client() as again:
            await people.log_in(again, "ann")
            assert await held(hub) == ["ann"]
            assert len((await again.get(PUSH)).json()["items"]) == 1


async def test_api_tokens_push_nowhere(hub: RunningHub, service: Receiver) -> None:
    token = await hub.api_token(await hub.session(), permissions=["alerting:read", "alerting:write"])
    async with hub.bearing(token) as script:
        assert (await script.get(PUSH)).status_code == 403
        assert (await script.post(PUSH, json=browser(service).body)).status_code == 403


async def test_who_sees_some_agents_is_pushed_no_names_beyond(
    hub: RunningHub, client: httpx.AsyncClient, service: Receiver
) -> None:
    lab = Scope(environments=frozenset({"lab"}))
    inside, outside = await hub.enroll("lab-1", environment="lab"), await hub.enroll("db-1", environment="beyond")
    one, other = browser(service, "lara"), browser(service, "ann")
    for name, each, scope in (("lara", one, lab), ("ann", other, EVERYTHING)):
        async with hub.client(await hub.session(Role.OPERATOR, name, scope)) as person:
            await subscribed(person, each)
    people_of = {"both": ("lara", "ann"), "lara": ("lara",)}
    now = datetime.now(UTC)

    async def tell(to: str, *agents: int) -> tuple[dict[str, list[dict[str, Any]]], str]:
        service.got.clear()
        notice = Notice(
            NoticeKind.OPENED, "critical", "disk of db-1 full", now, now, 7, ("on db-1",), agent_ids=agents,
            path="/dashboard/incidents/7",
        )  # fmt: skip
        message = compose("1", (notice,), "", Templates(), "https://hub.example", now)
        try:
            receipt = await hub.hub.services.browsers.tell(people_of[to], message, hub.hub.services.outbound)
        except DeliveryError as error:
            return {}, error.answer if error.permanent else "for now"
        got = {name: [each.read(got.body) for got in service.got if name in got.path]
               for name, each in (("lara", one), ("ann", other))}  # fmt: skip
        return got, receipt.answer

    got, _ = await tell("both", inside.id)
    assert [each["title"] for each in got["lara"]] == ["[critical] disk of db-1 full"]
    got, _ = await tell("both", inside.id, outside.id)
    [some] = got["lara"]
    assert (some["title"], some["body"], some["incident"]) == ("[critical] Incident 7", "", 7)
    assert "db-1" not in str(some)
    assert got["ann"][0]["title"] == "[critical] disk of db-1 full"
    got, answer = await tell("both", outside.id)
    assert got["lara"] == []
    assert "lara, localhost: it is about agents that they do not see" in answer
    for agents in ((outside.id,), ()):
        assert await tell("lara", *agents) == ({}, "It is about agents that nobody of them sees.")
    assert service.got == []
    # A channel's test says nothing of agents.
    to = await channel(client, "lara")
    assert (await client.post(f"{API}/channels/{to}/test")).json()["ok"] is True
