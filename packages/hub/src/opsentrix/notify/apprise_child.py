"""Sends one message by Apprise and says how it went: `python -m opsentrix.notify.apprise_child`, JSON in and out.

An audit hook (PEP 578), which nothing in the process can remove, looks at each connection before it is made, whatever
name it was for; it also refuses programs, and files that are not Python's or the system's certificates.
"""

import json
import logging
import os
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

from opsentrix.notify.guard import Reach, refusal

_LIMIT_S = 20
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "ctypes.dlopen")
_FILES = (
    *filter(None, sys.path),
    sys.prefix,
    sys.base_prefix,
    "/usr/",
    "/etc/ssl/",
    "/etc/pki/",
    "/dev/null",
    "/dev/urandom",
)
_WRITES = os.O_WRONLY | os.O_RDWR


class RefusedError(OSError):
    """Something that a channel may not do."""


def guard(reach: Reach, proxy: str = "") -> None:
    """Refuse, for the rest of this process, what a channel may not do.

    Args:
        reach: what may be reached beyond public addresses.
        proxy: URL of a proxy that may be reached wherever it is.
    """
    parts = urlsplit(proxy)
    free = {one[4][0] for one in socket.getaddrinfo(parts.hostname, parts.port)} if parts.hostname else set()

    def look(event: str, given: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto"):
            _check_address(given[1], reach, free)
        elif event in _PROGRAMS:
            raise RefusedError("Channels start no programs.")
        elif event == "open":
            _check_file(given[0], given[2])

    sys.addaudithook(look)


def _check_address(address: object, reach: Reach, free: set[Any]) -> None:
    if not isinstance(address, tuple):
        raise RefusedError("Only Internet addresses can be reached.")
    if address[0] in free:
        return
    why = refusal(str(address[0]), reach)
    if why:
        raise RefusedError(f"{address[0]} is refused: {why}.")


def _check_file(path: object, flags: int) -> None:
    if isinstance(path, int):
        return
    name = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]  # what open() was given
    if (flags or 0) & _WRITES and name != "/dev/null":
        raise RefusedError("Channels write no files.")
    if not name.startswith(tuple(os.path.realpath(one) for one in _FILES)):
        raise RefusedError("Channels read no files.")


def send(order: dict[str, Any]) -> dict[str, Any]:
    """Send, and return `ok` and `answer`."""
    if order["proxy"]:
        os.environ.update(HTTP_PROXY=order["proxy"], HTTPS_PROXY=order["proxy"])
    import apprise

    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: _note(lines, record)  # type: ignore[method-assign]  # a list is all it needs
    logging.getLogger("apprise").addHandler(handler)
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    guard(Reach(order["private"], order["everything"]), order["proxy"])
    sender = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False, storage_mode="memory", async_mode=False))
    if not sender.add(order["url"]):
        return {"ok": False, "answer": "Apprise does not know such a URL.\n" + "\n".join(lines)}
    lines.clear()
    done = sender.notify(body=order["body"], title=order["title"], notify_type=order["type"], timeout=_LIMIT_S)
    return {"ok": bool(done), "answer": "\n".join(lines)}


def _note(lines: list[str], record: logging.LogRecord) -> None:
    """Keep what is said to people, and the provider's answer; the rest shows what was sent."""
    text = record.getMessage()
    if record.levelno >= logging.INFO or text.startswith("Response Details"):
        lines.append(text)


def main() -> None:
    """Read an order from standard input and write how it went."""
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        answer = send(json.load(sys.stdin))
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises is how it went
        answer = {"ok": False, "answer": f"{type(error).__name__}: {error}"}
    json.dump(answer, answers)


if __name__ == "__main__":
    main()
