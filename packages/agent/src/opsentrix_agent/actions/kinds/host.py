"""The machine as a whole."""

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params


def reboot(_verb: str, params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to reboot; that it was done is seen at the next boot.

    Raises:
        RefusedError: there is no program for it.
    """
    if machine.systemd.is_dir():
        argv: tuple[str, ...] = (machine.program("systemctl"), "--no-ask-password", "reboot")
    else:
        argv = (machine.program("sudo"), "-n", "--", machine.program("reboot"))
    return Plan(argv, delay_s=int(params.get("delay_s", 0)), reboots=True)
