"""Slack: an incoming webhook.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
"""

from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.colours import colour
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import Receipt

_SECTION = 2900
"""A section of Slack's takes 3,000 characters."""


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    text = _escaped(message.text)[:_SECTION]
    body = {
        "text": _escaped(message.subject),
        "attachments": [
            {
                "color": f"#{colour(message):06x}",
                "fallback": _escaped(message.subject),
                "blocks": [
                    {"type": "section", "text": {"type": "mrkdwn", "text": text}},
                    {"type": "context", "elements": [{"type": "mrkdwn", "text": f"<{message.url}|Open in Opsentrix>"}]},
                ],
            }
        ],
    }
    return await outbound.post_json(settings["url"], body)


def _escaped(text: str) -> str:
    """Return text in which nothing mentions anybody: Slack's control characters written as it asks for."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


KIND = Kind(
    "Slack",
    "In Slack: Apps, Incoming Webhooks, Add New Webhook. Mattermost and Rocket.Chat take the same.",
    (Field("url", "Webhook URL", type="url", secret=True, required=True, destination=True),),
    _send,
)
