"""A free shell: only where the owner's policy names it, and only with the key of an operator."""

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params


def plan(_verb: str, params: Params, _allowed: Allowed, _machine: Machine) -> Plan:
    """Return the one argv in which a shell reads what was sent."""
    return Plan(("/bin/sh", "-c", str(params["command"])))
