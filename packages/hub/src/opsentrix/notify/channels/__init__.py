"""The kinds of channels: one file each, one line in `CHANNELS`, imported when used."""

import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import Receipt

Settings = Mapping[str, Any]
"""The values of a kind's fields, secret ones included."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to be set of a channel.

    Attributes:
        name: in the API.
        title: in the dashboard.
        help: a sentence about it.
        type: `text`, `url`, `number`, `choice`, `list` (of texts) or `people` (a list of their names).
        secret: sealed, and never given out again.
        required: whether a channel cannot be without it.
        destination: it says where messages go: when it changes, secrets must be given anew, or they would go there.
        default: what counts when it is not set.
        choices: of a `choice`.
        pattern: regular expression that a `text`, and each of a list, must match as a whole.
    """

    name: str
    title: str
    help: str = ""
    type: str = "text"
    secret: bool = False
    required: bool = False
    destination: bool = False
    default: Any = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel.

    Attributes:
        title: its name for people.
        help: where an admin finds what must be set.
        fields: what can be set.
        send: sends a message; raises `DeliveryError`.
        bundles: whether several notices can be one message; else what is over the cap waits.
        check: returns what is wrong with the fields together; empty when nothing is.
    """

    title: str
    help: str
    fields: tuple[Field, ...]
    send: Callable[[Message, Settings, Outbound], Awaitable[Receipt]]
    bundles: bool = True
    check: Callable[[Settings], str] = lambda _: ""


CHANNELS: Mapping[str, str] = {
    "email": "opsentrix.notify.channels.email",
    "webhook": "opsentrix.notify.channels.webhook",
    "slack": "opsentrix.notify.channels.slack",
    "discord": "opsentrix.notify.channels.discord",
    "telegram": "opsentrix.notify.channels.telegram",
    "teams": "opsentrix.notify.channels.teams",
    "ntfy": "opsentrix.notify.channels.ntfy",
    "pagerduty": "opsentrix.notify.channels.pagerduty",
    "webpush": "opsentrix.notify.channels.webpush",
    "apprise": "opsentrix.notify.channels.apprise",
}
"""Each module has a `KIND`."""


def kind_of(name: str) -> Kind:
    """Return a kind of channel by its name in `CHANNELS`."""
    kind: Kind = importlib.import_module(CHANNELS[name]).KIND
    return kind
