"""Web push: the browsers and phones of people who turned notifications on in their account."""

from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import Receipt


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    return await outbound.push(settings["people"], message, outbound)


KIND = Kind(
    "Browser push",
    "Each person turns it on in their account, in each browser that is to ring. Make a channel for each person"
    " who must be reached: a channel counts as told once one browser took the message.",
    (Field("people", "People", type="people", required=True, pattern=r".{1,64}"),),
    _send,
)
