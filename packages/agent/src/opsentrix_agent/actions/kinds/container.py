"""Containers, over the socket of the runtime, which speaks HTTP/1.1 (Docker Engine API, `/containers/NAME/VERB`)."""

import json
import socket
from http.client import HTTPConnection, HTTPException

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params

STOP_S = 10
_TIMEOUT_S = 600.0
_MAX_ANSWER = 64 * 1024


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_TIMEOUT_S)
        self.sock.connect(self._path)


def plan(verb: str, params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to start, stop or restart a container; the name holds nothing that a URL would have to escape."""
    target = f"/containers/{params['name']}/{verb}" + ("" if verb == "start" else f"?t={STOP_S}")

    def run() -> int:
        connection = _UnixConnection(str(machine.docker))
        try:
            connection.request("POST", target)
            answer = connection.getresponse()
            body = answer.read(_MAX_ANSWER)
        except (OSError, HTTPException) as error:
            print(f"{machine.docker}: {error}")  # noqa: T201 - standard output is the command's
            return 1
        finally:
            connection.close()
        if answer.status == 304:
            print("It is so already.")  # noqa: T201
        elif answer.status != 204:
            print(f"HTTP {answer.status}: {_message(body)}")  # noqa: T201
        return 0 if answer.status in {204, 304} else 1

    return Plan(run=run)


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])[:1000]
    except (ValueError, KeyError, TypeError, RecursionError):
        return body[:200].decode(errors="replace")
