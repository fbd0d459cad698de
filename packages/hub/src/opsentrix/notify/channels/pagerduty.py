"""PagerDuty: Events API v2.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from typing import Any

from opsentrix.model.notifications import NoticeKind
from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import Receipt

_ACTIONS = {NoticeKind.ACKNOWLEDGED: "acknowledge", NoticeKind.RESOLVED: "resolve"}


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    return await outbound.post_json(settings["url"], _event(message, settings["routing_key"]), accepted=(202,))


def _event(message: Message, routing_key: str) -> dict[str, Any]:
    notice = message.notices[0]
    action = _ACTIONS.get(notice.kind, "trigger")
    event: dict[str, Any] = {
        "routing_key": routing_key, "event_action": action, "dedup_key": f"opsentrix/{message.hub_url}/{message.thread}"
    }  # fmt: skip
    if action == "trigger":
        event["client"], event["client_url"] = "Opsentrix", message.hub_url
        event["links"] = [{"href": message.url, "text": "Open in Opsentrix"}]
        event["payload"] = {
            "summary": message.subject[:1024],
            "source": notice.agent_names[0] if notice.agent_names else "opsentrix",
            "severity": notice.severity,
            "timestamp": notice.started_at.isoformat(),
            "group": notice.group_key,
            "custom_details": {"text": message.text, "labels": dict(notice.labels), "agents": notice.agent_names[:50]},
        }
    return event


KIND = Kind(
    "PagerDuty",
    "In PagerDuty: a service, Integrations, Events API V2; its integration key is the routing key.",
    (
        Field("routing_key", "Integration key", secret=True, required=True, pattern=r"[A-Za-z0-9]{32}"),
        Field("url", "Events API", type="url", destination=True, default="https://events.pagerduty.com/v2/enqueue"),
    ),
    _send,
    # Each incident has its own key there, which a summary of several could not resolve.
    bundles=False,
)
