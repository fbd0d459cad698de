"""Updates that the package manager knows of; its lists are never refreshed, which would need the network and a lock."""

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params

_FAMILIES = {
    "apt": ("list", "--upgradable"),
    "dnf": ("-C", "-q", "list", "--upgrades"),
    "zypper": ("--non-interactive", "--no-refresh", "list-updates"),
    "pacman": ("-Qu",),
    "apk": ("--no-network", "list", "--upgradable"),
}


def list_updates(_verb: str, _params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to list them.

    Raises:
        RefusedError: there is no package manager that is known here.
    """
    path = machine.program(*_FAMILIES)
    return Plan((path, *_FAMILIES[path.rpartition("/")[2]]))
