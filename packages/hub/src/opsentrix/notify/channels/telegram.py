"""Telegram: a message by a bot.

https://core.telegram.org/bots/api#sendmessage
"""

from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound, fields
from opsentrix.notify.receipts import DeliveryError, Receipt

_LIMIT = 4000
"""Telegram takes 4,096 characters."""


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    # Without parse_mode nothing in the text is markup.
    body: dict[str, object] = {
        "chat_id": settings["chat_id"],
        "text": f"{message.subject}\n\n{message.text}"[:_LIMIT],
        "disable_notification": message.severity == "info",
        "link_preview_options": {"is_disabled": True},
    }
    if settings["thread_id"]:
        body["message_thread_id"] = int(settings["thread_id"])
    url = f"{settings['api'].rstrip('/')}/bot{settings['token']}/sendMessage"
    try:
        return await outbound.post_json(url, body)
    except DeliveryError as error:
        # Telegram says in the body when it wants to be asked again.
        asked = fields(error.answer).get("parameters")
        wait = asked.get("retry_after") if isinstance(asked, dict) else None
        if isinstance(wait, int) and error.retry_after_s is None:
            error.retry_after_s = float(wait)
        raise


KIND = Kind(
    "Telegram",
    "Ask @BotFather for a bot and its token, add the bot to the chat; @userinfobot and the like tell a chat's id.",
    (
        Field("token", "Bot token", secret=True, required=True, pattern=r"[0-9]+:[A-Za-z0-9_-]+"),
        Field("chat_id", "Chat id", "A number, or @channel.", required=True, pattern=r"-?[0-9]+|@[A-Za-z0-9_]+"),
        Field("thread_id", "Topic id", "In a group with topics.", pattern=r"[0-9]{1,18}"),
        Field("api", "API server", type="url", destination=True, default="https://api.telegram.org"),
    ),
    _send,
)
