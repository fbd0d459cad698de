"""Discord: a channel's webhook.

https://docs.discord.com/developers/resources/webhook#execute-webhook
"""

from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.colours import colour
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import Receipt


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    body = {
        "embeds": [
            {
                "title": message.subject[:256],
                "description": message.text[:4000],
                "url": message.url,
                "color": colour(message),
                "timestamp": message.at.isoformat(),
            }
        ],
        "allowed_mentions": {"parse": []},
    }
    return await outbound.post_json(settings["url"], body)


KIND = Kind(
    "Discord",
    "In Discord: the channel's settings, Integrations, Webhooks, New Webhook.",
    (Field("url", "Webhook URL", type="url", secret=True, required=True, destination=True),),
    _send,
)
