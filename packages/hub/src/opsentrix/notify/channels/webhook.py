"""Webhook: the payload of Prometheus' Alertmanager, version 4, signed with HMAC-SHA256.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import orjson

from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import Receipt

SIGNATURE = "X-Opsentrix-Signature"
_LISTED = 100
_NEVER = "0001-01-01T00:00:00Z"
"""How Alertmanager writes the end of what has not ended."""


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    body = orjson.dumps(payload(message))
    headers = {"Content-Type": "application/json", "X-Opsentrix-Delivery": message.key}
    if settings["secret"]:
        headers[SIGNATURE] = signature(settings["secret"], int(message.at.timestamp()), body)
    if settings["bearer"]:
        headers["Authorization"] = f"Bearer {settings['bearer']}"
    return await outbound.post(settings["url"], body, headers)


def signature(secret: str, unix_s: int, body: bytes) -> str:
    """Return `t=<Unix seconds>,v1=<hex>`: the HMAC-SHA256 of `<Unix seconds>.<body>`.

    The time is signed, too, so that a receiver can refuse old requests that somebody repeats.
    """
    digest = hmac.new(secret.encode(), f"{unix_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={unix_s},v1={digest}"


def payload(message: Message) -> dict[str, Any]:
    """Return what Alertmanager would post, with what is ours beside it under `opsentrix`."""
    alerts = [_alert(one, message.hub_url) for one in message.notices[:_LISTED]]
    labels = [dict(alert["labels"].items()) for alert in alerts]
    common = {name: value for name, value in labels[0].items() if all(one.get(name) == value for one in labels)}
    return {
        "version": "4",
        "groupKey": message.notices[0].group_key if len(alerts) == 1 else message.key,
        "truncatedAlerts": max(0, len(message.notices) - _LISTED),
        "status": "resolved" if message.over else "firing",
        "receiver": "opsentrix",
        "groupLabels": common,
        "commonLabels": common,
        "commonAnnotations": {"summary": message.subject, "description": message.text},
        "externalURL": message.hub_url,
        "alerts": alerts,
        "opsentrix": {"delivery": message.key, "kinds": [one.kind for one in message.notices[:_LISTED]]},
    }


def _alert(notice: Notice, hub_url: str) -> dict[str, Any]:
    resolved = notice.kind is NoticeKind.RESOLVED
    labels = {
        **notice.labels, "alertname": notice.labels.get("alertname", notice.title), "severity": notice.severity,
    }  # fmt: skip
    if len(notice.agent_names) == 1:
        labels.setdefault("instance", notice.agent_names[0])
    return {
        "status": "resolved" if resolved else "firing",
        "labels": labels,
        "annotations": {"summary": notice.title, "description": "\n".join(notice.lines)},
        "startsAt": _rfc3339(notice.started_at),
        "endsAt": _rfc3339(notice.resolved_at) if resolved and notice.resolved_at else _NEVER,
        "generatorURL": hub_url + notice.path,
        "fingerprint": notice.fingerprints[0][:16] if notice.fingerprints else "",
    }


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


KIND = Kind(
    "Webhook",
    "Anything that understands Alertmanager's webhook.",
    (
        Field("url", "URL", type="url", required=True, destination=True),
        Field(
            "secret",
            "Signing secret",
            "Signs each request with HMAC-SHA256, header X-Opsentrix-Signature.",
            secret=True,
        ),
        Field("bearer", "Bearer token", "Sent in the Authorization header.", secret=True),
    ),
    _send,
)
