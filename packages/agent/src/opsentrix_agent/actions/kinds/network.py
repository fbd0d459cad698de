"""What the network looks like from this machine."""

import socket
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params
from opsentrix_agent.actions.rules import host_matches
from opsentrix_agent.errors import RefusedError

DEFAULT_COUNT = 4
_HTTP_TIMEOUT_S = 20.0
_MAX_BODY = 1 << 20


def ping(_verb: str, params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to send some echo requests.

    Raises:
        RefusedError: there is no program for it.
    """
    count = str(params.get("count", DEFAULT_COUNT))
    return Plan((machine.program("ping"), "-n", "-c", count, "--", str(params["host"])))


def traceroute(_verb: str, params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to trace the way to a host.

    Raises:
        RefusedError: there is no program for it.
    """
    return Plan((machine.program("traceroute"), "-n", "-w", "2", "--", str(params["host"])))


def dns(_verb: str, params: Params, _allowed: Allowed, _machine: Machine) -> Plan:
    """Return how to look a name up, as this machine's programs would."""
    host = str(params["host"])

    def run() -> int:
        began = time.monotonic()
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as error:
            print(f"{host}: {error}")  # noqa: T201 - standard output is the command's
            return 1
        for address in dict.fromkeys(str(one[4][0]) for one in found):
            print(address)  # noqa: T201
        print(f"{(time.monotonic() - began) * 1000:.1f} ms")  # noqa: T201
        return 0

    return Plan(run=run)


def http(_verb: str, params: Params, allowed: Allowed, _machine: Machine) -> Plan:
    """Return how to ask a URL once; what it leads to is not followed, and the body is not shown.

    Raises:
        RefusedError: it is no URL, or its host is not one of the policy's.
    """
    url = str(params["url"])
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise RefusedError(f"url is none: {error}.") from None
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        raise RefusedError("url must be an http or https URL without a user.")
    if not any(host_matches(entry, host) for entry in allowed["hosts"]):
        raise RefusedError(f"The policy does not list the host {host!r}.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Plan(run=lambda: _ask(parts.scheme, host, port, target))


def _ask(scheme: str, host: str, port: int | None, target: str) -> int:
    began = time.monotonic()
    connection = (
        HTTPConnection(host, port, timeout=_HTTP_TIMEOUT_S)
        if scheme == "http"
        else HTTPSConnection(host, port, timeout=_HTTP_TIMEOUT_S, context=ssl.create_default_context())
    )
    try:
        connection.request("GET", target, headers={"User-Agent": "opsentrix-agent"})
        answer = connection.getresponse()
        body = len(answer.read(_MAX_BODY))
    except (OSError, HTTPException, ValueError) as error:
        print(f"{type(error).__name__}: {error}")  # noqa: T201 - standard output is the command's
        return 1
    finally:
        connection.close()
    print(f"HTTP {answer.status} {ascii(answer.reason)[1:-1]}")  # noqa: T201
    print(f"{body} bytes in {(time.monotonic() - began) * 1000:.1f} ms")  # noqa: T201
    return 0 if answer.status < 500 else 1
