"""ntfy: a topic, on ntfy.sh or a server of one's own.

https://docs.ntfy.sh/publish/#publish-as-json
"""

from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import Receipt

_PRIORITIES = {"info": 2, "warning": 3, "critical": 5}
_TAGS = {"info": "information_source", "warning": "warning", "critical": "rotating_light"}
_LIMIT = 3800
"""Above 4,096 bytes ntfy makes a file of the message."""


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    text = message.text.encode()[:_LIMIT].decode("utf-8", "ignore")
    body = {
        "topic": settings["topic"],
        "title": message.subject,
        "message": text,
        "priority": 3 if message.over else _PRIORITIES[message.severity],
        "tags": ["white_check_mark" if message.over else _TAGS[message.severity]],
        "click": message.url,
    }
    headers = {"Authorization": f"Bearer {settings['token']}"} if settings["token"] else {}
    return await outbound.post_json(settings["url"], body, headers)


KIND = Kind(
    "ntfy",
    "Choose a topic that nobody guesses, and subscribe to it in the app.",
    (
        Field("url", "Server", type="url", destination=True, default="https://ntfy.sh"),
        Field("topic", "Topic", required=True, pattern=r"[A-Za-z0-9_-]{1,64}"),
        Field("token", "Access token", secret=True, pattern=r"[\x21-\x7e]+"),
    ),
    _send,
)
