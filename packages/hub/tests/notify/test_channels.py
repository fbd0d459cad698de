"""What each kind of channel sends, received by a real server."""

import hashlib
import hmac
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from opsentrix.errors import InvalidError
from opsentrix.model.channels import Templates
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.notify import fields
from opsentrix.notify.browsers import payload
from opsentrix.notify.channels import CHANNELS, kind_of
from opsentrix.notify.guard import Reach
from opsentrix.notify.messages import Message, compose
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import DeliveryError, Receipt
from opsentrix.notify.secrets import complete, redacted
from opsentrix.notify.webpush import PAYLOAD_BYTES

from packages.hub.tests.kit.mailbox import Mailbox, collecting
from packages.hub.tests.kit.receiver import Answer, receiving
from packages.hub.tests.kit.selfsigned import certify

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HUB = "https://hub.example"


def notice(kind: NoticeKind = NoticeKind.OPENED, incident: int = 7, **changes: Any) -> Notice:  # noqa: ANN401
    given: dict[str, Any] = {
        "severity": "critical", "title": "CPU of <web-1> & co", "at": NOW, "started_at": NOW - timedelta(minutes=125),
        "lines": ("system.cpu.utilization is 97 %, limit 90 %",), "labels": {"device": "sda", "alertname": "cpu"},
        "agent_ids": (1,), "agent_names": ("web-1",), "path": f"/dashboard/incidents/{incident}",
        "group_key": "cpu/production", "fingerprints": ("ab" * 32,),
        "resolved_at": NOW if kind is NoticeKind.RESOLVED else None,
    }  # fmt: skip
    return Notice(kind, incident_id=incident, **(given | changes))


def message(*notices: Notice, key: str = "55", **words: str) -> Message:
    return compose(key, notices or (notice(),), "summary", Templates(**words), HUB, NOW)


async def send(kind: str, one: Message, tls: Any = None, **settings: Any) -> Receipt:  # noqa: ANN401
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    way = Outbound(Reach(everything=True), tls or ssl.create_default_context(), resolve)
    chosen = kind_of(kind)
    plain, hidden = fields.checked(chosen, settings, {}, {})
    return await chosen.send(one, complete(chosen, plain, hidden), way)


async def sent(kind: str, one: Message, field: str = "url", **settings: Any) -> Any:  # noqa: ANN401 - JSON
    """Return what a provider gets, after checking that its answer is the receipt."""
    async with receiving() as provider:
        provider.answer = Answer(202 if kind == "pagerduty" else 200, b"thanks")
        receipt = await send(kind, one, **{field: provider.url}, **settings)
        assert receipt.answer == "thanks"
        assert len(provider.got) == 1
        return provider.got[0].json


async def test_a_webhook_gets_what_alertmanager_would_post_signed() -> None:
    async with receiving() as provider:
        one = message(notice(NoticeKind.RESOLVED))
        await send("webhook", one, url=provider.url, secret="s3cret-key", bearer="t0ken")
        got = provider.got[0]
    stamp, _, digest = got.headers["x-opsentrix-signature"].partition(",")
    assert stamp == f"t={int(NOW.timestamp())}"
    wanted = hmac.new(b"s3cret-key", stamp[2:].encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert digest == f"v1={wanted}"
    assert (got.headers["authorization"], got.headers["x-opsentrix-delivery"]) == ("Bearer t0ken", "55")
    body = got.json
    assert (body["version"], body["status"], body["groupKey"]) == ("4", "resolved", "cpu/production")
    [alert] = body["alerts"]
    assert alert["labels"] == {"alertname": "cpu", "severity": "critical", "instance": "web-1", "device": "sda"}
    assert (alert["startsAt"], alert["endsAt"]) == ("2026-03-02T09:55:00Z", "2026-03-02T12:00:00Z")
    assert alert["generatorURL"] == f"{HUB}/dashboard/incidents/7"


async def test_a_webhook_gets_all_alerts_of_a_summary_up_to_a_hundred() -> None:
    body = await sent("webhook", message(*(notice(incident=number) for number in range(1, 131))))
    assert (len(body["alerts"]), body["truncatedAlerts"], body["status"]) == (100, 30, "firing")
    assert body["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"


async def test_slack_mentions_nobody_whatever_the_title_says() -> None:
    body = await sent("slack", message(notice(title="<!channel> & more")))
    assert "&lt;!channel&gt; &amp; more" in body["text"]
    assert "<!channel>" not in str(body)


async def test_discord_mentions_nobody() -> None:
    body = await sent("discord", message())
    assert body["allowed_mentions"] == {"parse": []}
    assert body["embeds"][0]["url"] == f"{HUB}/dashboard/incidents/7"


async def test_telegram_is_asked_by_its_token_and_says_when_to_come_again() -> None:
    async with receiving() as provider:
        settings = {"api": f"http://127.0.0.1:{provider.port}", "token": "123:abc-D", "chat_id": "-100200"}
        provider.answer = Answer(429, b'{"ok":false,"parameters":{"retry_after":31}}')
        with pytest.raises(DeliveryError) as caught:
            await send("telegram", message(), **settings, thread_id="4")
        assert caught.value.retry_after_s == 31
        assert provider.got[0].path == "/bot123:abc-D/sendMessage"
        assert provider.got[0].json["message_thread_id"] == 4


async def test_teams_gets_an_adaptive_card_without_markup() -> None:
    body = await sent("teams", message())
    card = body["attachments"][0]["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert card["actions"][0]["url"] == f"{HUB}/dashboard/incidents/7"


async def test_ntfy_rings_for_what_is_critical() -> None:
    body = await sent("ntfy", message(), topic="ops", token="tk_1")
    assert (body["topic"], body["priority"], body["click"]) == ("ops", 5, f"{HUB}/dashboard/incidents/7")
    over = await sent("ntfy", message(notice(NoticeKind.RESOLVED)), topic="ops")
    assert over["priority"] == 3


async def test_pagerduty_triggers_acknowledges_and_resolves_by_the_same_key() -> None:
    kinds = (NoticeKind.OPENED, NoticeKind.ACKNOWLEDGED, NoticeKind.RESOLVED)
    events = [await sent("pagerduty", message(notice(kind)), routing_key="k" * 32) for kind in kinds]
    assert [one["event_action"] for one in events] == ["trigger", "acknowledge", "resolve"]
    assert len({one["dedup_key"] for one in events}) == 1
    assert events[0]["payload"]["severity"] == "critical"


async def test_apprise_delivers_from_a_process_of_its_own() -> None:
    async with receiving() as provider:
        receipt = await send("apprise", message(), url=f"json://127.0.0.1:{provider.port}/x")
        assert "Sent JSON" in receipt.answer
        assert provider.got[0].json["title"].startswith("[critical]")


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1:{port}/x", "json://localhost:{port}/", "mailto://a:b@127.0.0.1:{port}?to=a@b.c"]
)
async def test_apprise_reaches_nothing_that_the_guard_refuses(url: str) -> None:
    async with receiving() as provider:
        way = Outbound(Reach(private=True), ssl.create_default_context())
        with pytest.raises(DeliveryError):
            await kind_of("apprise").send(message(), {"url": url.format(port=provider.port)}, way)
        assert provider.got == []


def mail_settings(mailbox: Mailbox, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "host": "mail.example", "port": mailbox.port, "security": "none", "sender": "hub@example.com",
        "recipients": ["ann@example.com", "bob@example.com"], **changes,
    }  # fmt: skip


async def test_mail_has_text_and_html_and_one_thread_for_each_incident() -> None:
    async with collecting() as mailbox:
        receipt = await send("email", message(), **mail_settings(mailbox))
        await send("email", message(notice(NoticeKind.RESOLVED), key="56"), **mail_settings(mailbox))
    assert receipt.answer == "250 2.0.0 kept as 42"
    first, second = mailbox.mails
    assert mailbox.recipients[0] == ["ann@example.com", "bob@example.com"]
    assert first["Subject"] == "[critical] CPU of <web-1> & co"
    assert first["Message-ID"] == "<55@hub.example>"
    assert first["References"] == second["References"] == "<incident-7@hub.example>"
    assert first["List-Id"] == "Opsentrix alerts <alerts.hub.example>"
    text, html = first.get_body(("plain",)), first.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "system.cpu.utilization is 97 %" in text.get_content()
    assert "Since: 2026-03-02 09:55:00 UTC" in text.get_content()
    assert "CPU of &lt;web-1&gt; &amp; co" in html.get_content()
    resolved = second.get_body(("plain",))
    assert resolved is not None
    assert "(after 2 h 5 min)" in resolved.get_content()


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_goes_encrypted_and_by_password(security: str, tmp_path: Path) -> None:
    server, trusting = certify(tmp_path, "mail.example")
    async with collecting(*((server,) if security == "starttls" else (None, server))) as mailbox:
        settings = mail_settings(mailbox, security=security, username="hub", password="right")
        await send("email", message(), trusting, **settings)
        assert mailbox.logins == [("hub", "right")]
        with pytest.raises(DeliveryError) as caught:
            await send("email", message(), trusting, **(settings | {"password": "wrong"}))
        assert caught.value.status == 535
        with pytest.raises(DeliveryError, match=r"(?i)certificate"):
            await send("email", message(), **settings)
    assert len(mailbox.mails) == 1


async def test_without_starttls_no_mail_goes_where_it_is_wanted() -> None:
    async with collecting() as mailbox:
        with pytest.raises(DeliveryError, match="STARTTLS"):
            await send("email", message(), **mail_settings(mailbox, security="starttls"))
    assert mailbox.mails == []


async def test_who_is_refused_is_named_while_the_others_get_it() -> None:
    async with collecting() as mailbox:
        mailbox.refuses = "bob"
        receipt = await send("email", message(), **mail_settings(mailbox))
        assert "refused bob@example.com: 550" in receipt.answer
        mailbox.refuses = "example.com"
        with pytest.raises(DeliveryError, match="nobody of this name"):
            await send("email", message(), **mail_settings(mailbox))
        mailbox.refuses, mailbox.answer = "", "554 5.7.1 looks like spam"
        with pytest.raises(DeliveryError, match="looks like spam") as caught:
            await send("email", message(), **mail_settings(mailbox))
        assert caught.value.permanent
    assert mailbox.recipients[0] == ["ann@example.com"]


@pytest.mark.parametrize("kind", CHANNELS)
async def test_no_kind_is_thrown_off_by_odd_words(kind: str) -> None:
    odd = notice(
        title="\u202e\x00\r\nBcc: all@example.com {{ title }} " + "x" * 5000, lines=("\x1b[31m" + "é" * 9000,) * 50,
        agent_names=("\ud800".encode("utf-8", "replace").decode(),) * 3000, labels={}, fingerprints=(),
    )  # fmt: skip
    one = message(odd)
    assert "\n" not in one.subject
    assert len(one.subject) <= 200
    assert len(one.text) <= 8000
    settings = {
        "webhook": {}, "slack": {}, "discord": {}, "teams": {}, "ntfy": {"topic": "t"},
        "telegram": {"token": "1:a", "chat_id": "1"}, "pagerduty": {"routing_key": "k" * 32}, "apprise": {},
    }  # fmt: skip
    if kind == "webpush":
        assert len(payload(one)) <= PAYLOAD_BYTES
        return
    if kind == "email":
        async with collecting() as mailbox:
            await send("email", one, **mail_settings(mailbox))
        assert mailbox.mails[0]["Bcc"] is None
        return
    async with receiving() as provider:
        provider.answer = Answer(202 if kind == "pagerduty" else 200)
        url = f"json://127.0.0.1:{provider.port}/" if kind == "apprise" else provider.url
        await send(kind, one, **{"api" if kind == "telegram" else "url": url}, **settings[kind])
        assert provider.got[0].json


@pytest.mark.parametrize(
    ("kind", "settings", "named"),
    [
        ("webhook", {}, "settings.url"),
        ("webhook", {"url": "http://a/", "nonsense": 1}, "settings.nonsense"),
        ("webhook", {"url": "ftp://a/"}, "settings.url"),
        ("webhook", {"url": "http://user:password@a/"}, "settings.url"),
        ("webhook", {"url": "http://a/\r\nX: y"}, "settings.url"),
        ("webhook", {"url": 5}, "settings.url"),
        ("webhook", {"url": "http://a/" + "x" * 3000}, "settings.url"),
        ("ntfy", {"topic": "a/b"}, "settings.topic"),
        ("telegram", {"token": "1:a/../b", "chat_id": "1"}, "settings.token"),
        ("pagerduty", {"routing_key": "short"}, "settings.routing_key"),
        ("apprise", {"url": "file:///etc/passwd"}, "settings.url"),
        ("apprise", {"url": "syslog://"}, "settings.url"),
        ("email", {"host": "a", "sender": "a@b", "recipients": []}, "settings.recipients"),
        ("email", {"host": "a", "sender": "a@b", "recipients": ["a@b", "x\r\nBcc: y@z"]}, "settings.recipients"),
        ("email", {"host": "a", "sender": "a@b", "recipients": ["a@b"], "port": 70_000}, "settings.port"),
        ("email", {"host": "a", "sender": "a@b", "recipients": ["a@b"], "security": "maybe"}, "settings.security"),
        (
            "email",
            {"host": "a", "sender": "a@b", "recipients": ["a@b"], "security": "none", "username": "u", "password": "p"},
            "settings",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(kind: str, settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidError) as caught:
        fields.checked(kind_of(kind), settings, {}, {})
    assert named in [one.field for one in caught.value.errors]


def test_a_secret_does_not_move_to_another_destination() -> None:
    kind = kind_of("webhook")
    settings, secrets = fields.checked(kind, {"url": "https://good.example/", "secret": "key"}, {}, {})
    assert (settings, secrets) == ({"url": "https://good.example/"}, {"secret": "key"})
    with pytest.raises(InvalidError, match=r"settings\.secret"):
        fields.checked(kind, {"url": "https://evil.example/"}, settings, secrets)
    moved = fields.checked(kind, {"url": "https://evil.example/", "secret": "new"}, settings, secrets)
    assert moved[1] == {"secret": "new"}
    assert fields.checked(kind, {"url": "https://evil.example/", "secret": None}, settings, secrets)[1] == {}


def test_secrets_and_their_parts_are_taken_out_of_answers() -> None:
    url = "https://hooks.slack.com/services/T0001/B00002/XXXXsecret"
    answer = f"hooks.slack.com: no_service for XXXXsecret at {url}"
    assert redacted(answer, [url]) == "hooks.slack.com: no_service for *** at ***"
    assert redacted("nothing", ["", 5]) == "nothing"
