"""Signals to processes that the owner named, by name and user."""

import os
import pwd
import signal
from pathlib import Path

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params
from opsentrix_agent.errors import RefusedError


def plan(_verb: str, params: Params, allowed: Allowed, machine: Machine) -> Plan:
    """Return how to send a signal to the very process that was meant.

    The number of a process that ended may be another's: so its start counts too, and what is signalled is what was
    looked at, by a descriptor. Where another user has to send the signal, sudo leaves a moment between look and signal.

    Raises:
        RefusedError: it is another process by now, or not one of the policy's.
    """
    pid, started, name = int(params["pid"]), int(params["started"]), str(params["signal"])
    user = _check(machine.proc / str(pid), pid, started, allowed["processes"])
    number = signal.Signals[f"SIG{name}"]
    if os.geteuid() in {0, user.pw_uid}:

        def send() -> int:
            descriptor = os.pidfd_open(pid)
            try:
                _check(machine.proc / str(pid), pid, started, allowed["processes"])
                signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)
            return 0

        return Plan(run=send)
    kill = (machine.program("kill"), "-s", name, "--", str(pid))
    return Plan((machine.program("sudo"), "-n", "-u", user.pw_name, "--", *kill))


def _check(folder: Path, pid: int, started: int, processes: tuple[tuple[str, str], ...]) -> pwd.struct_passwd:
    """Return the user of a process, which is the one that was meant and one of the policy's."""
    try:
        text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        user = pwd.getpwuid(folder.stat().st_uid)
    except (OSError, KeyError):
        raise RefusedError(f"There is no process {pid} of a known user.") from None
    name, _, rest = text.partition("(")[2].rpartition(")")
    if int(rest.split()[19]) != started:
        raise RefusedError(f"Process {pid} is another one by now: it was started at another time.")
    if (name, user.pw_name) not in processes:
        raise RefusedError(f"The policy does not list the process {name[:64]!r} of {user.pw_name}.")
    return user
