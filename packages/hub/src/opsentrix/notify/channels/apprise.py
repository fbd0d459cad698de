"""Apprise: over 100 services by a URL each, in a process of its own that reaches nothing which the guard refuses.

Apprise makes its own connections, so the guard stands around the whole process (`notify/apprise_child.py`); that
also ends what hangs, and keeps a library of this size out of the hub's memory.
"""

import asyncio
import os
import sys

import orjson

from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import ANSWER_LIMIT, Outbound, fields
from opsentrix.notify.receipts import DeliveryError, Receipt, cut

_TYPES = {"info": "info", "warning": "warning", "critical": "failure"}

_LOCAL = "file|syslog|dbus|kde|qt|glib|gnome|macosx|windows"
"""What would tell the machine on which the hub runs, and nobody else."""
_PATTERN = rf"(?!(?:{_LOCAL}):)[A-Za-z0-9_+-]{{1,32}}://\S{{1,1000}}"


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    order = {
        "url": settings["url"], "title": message.subject, "body": message.text,
        "type": "success" if message.over else _TYPES[message.severity],
        "private": outbound.reach.private, "everything": outbound.reach.everything, "proxy": outbound.proxy,
    }  # fmt: skip
    # Nothing of the hub's own environment, which has its secrets, goes along.
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SSL_CERT_FILE") if name in os.environ}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", "opsentrix.notify.apprise_child", env=kept, cwd="/", limit=ANSWER_LIMIT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told, _ = await child.communicate(orjson.dumps(order))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    answer = fields(told.decode("utf-8", "replace"))
    words = cut(str(answer.get("answer", ""))) or "It ended without a word."
    if answer.get("ok") is True:
        return Receipt(None, words)
    raise DeliveryError(words)


KIND = Kind(
    "Apprise",
    "Over 100 more services: see the list of URLs at appriseit.com/services.",
    (
        Field("url", "URL", "Such as gotify://host/token or matrix://user:password@host/#room.", secret=True,
              required=True, destination=True, pattern=_PATTERN),
    ),
    _send,
)  # fmt: skip
