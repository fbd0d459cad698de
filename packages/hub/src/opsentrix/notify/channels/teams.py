"""Microsoft Teams: an adaptive card to a workflow's webhook.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

from typing import Any

from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import Receipt

_COLOURS = {"info": "Accent", "warning": "Warning", "critical": "Attention"}
_LINES = 60


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    return await outbound.post_json(settings["url"], _activity(message))


def _activity(message: Message) -> dict[str, Any]:
    colour = "Good" if message.over else _COLOURS[message.severity]
    lines = [line for line in message.text.splitlines() if line and line != message.url][:_LINES]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "size": "Medium", "weight": "Bolder", "wrap": True, "color": colour,
             "text": message.subject},
            # Runs of text rather than text blocks: those would read it as Markdown.
            *(
                {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]}
                for line in lines
            ),
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open in Opsentrix", "url": message.url}],
    }  # fmt: skip
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


KIND = Kind(
    "Microsoft Teams",
    "In Teams: the channel's Workflows, “Send webhook alerts to a channel”.",
    (Field("url", "Workflow URL", type="url", secret=True, required=True, destination=True),),
    _send,
)
