"""Services: systemd's, or OpenRC's where that runs."""

import os

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params


def plan(verb: str, params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to start, stop, restart or reload a unit, or to tell how it is.

    Raises:
        RefusedError: this machine has neither service manager.
    """
    unit = str(params["unit"])
    if machine.systemd.is_dir():
        return Plan((machine.program("systemctl"), *systemd_words(verb), "--", f"{unit}.service"))
    argv = (machine.program("rc-service"), "--", unit, verb)
    if verb == "status" or os.geteuid() == 0:
        return Plan(argv, leaves=True)
    return Plan((machine.program("sudo"), "-n", "--", *argv), leaves=True)


def systemd_words(verb: str) -> tuple[str, ...]:
    """Return the words before the unit: never a question, never a pager."""
    return ("--no-ask-password", "--no-pager", verb)
