"""The colour of a message, for providers that show one."""

from opsentrix.notify.messages import Message

_OVER = 0x2E9E5B
_COLOURS = {"info": 0x3B82F6, "warning": 0xE0A100, "critical": 0xD92D20}


def colour(message: Message) -> int:
    """Return a message's colour as 0xRRGGBB: that of the highest severity, or green when all is over."""
    return _OVER if message.over else _COLOURS[message.severity]
