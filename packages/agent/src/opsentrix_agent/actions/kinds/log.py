"""The end of a log: of a file, or of a unit's journal."""

import os
import sys

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.kinds.plainfile import open_plain
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params

DEFAULT_LINES = 100
MAX_BYTES = 1 << 20
"""Read of a file's end; lines beyond it are left out."""


def tail(_verb: str, params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to show the last lines.

    Raises:
        RefusedError: there is no journal here.
    """
    lines = int(params.get("lines", DEFAULT_LINES))
    if "unit" in params:
        words = ("--no-pager", "--quiet", "--output=short-iso", f"--lines={lines}", f"--unit={params['unit']}.service")
        return Plan((machine.program("journalctl"), *words))
    path = str(params["file"])
    return Plan(run=lambda: _show(path, lines))


def _show(path: str, lines: int) -> int:
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - MAX_BYTES))
        data = file.read(MAX_BYTES)
    found = data.splitlines(keepends=True)
    if size > MAX_BYTES:
        del found[:1]  # most likely it begins in the middle of a line
    sys.stdout.buffer.write(b"".join(found[-lines:]))
    return 0
