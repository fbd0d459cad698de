"""All actions that there are. There is no other way to a process: what is not in this table, nobody can have done."""

import importlib
import string
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Parameter, Params
from opsentrix_agent.actions.rules import Rule

_UNIT = string.ascii_letters + string.digits + "._-@:"
_HOST = string.ascii_letters + string.digits + ".-:"
_PATH = string.ascii_letters + string.digits + "/._-+@:=,#~% "
_URL = string.ascii_letters + string.digits + "-._~:/?#[]@!$&()*+,;=%"
SIGNALS = ("HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP")


class Plan(NamedTuple):
    """How an action comes about: by a program, or by a function in a process of its own.

    Attributes:
        argv: an absolute path and its arguments, each one element.
        run: writes to standard output and returns the exit code.
        delay_s: waited before the program is begun.
        reboots: whether only the machine's next boot shows that it worked.
        leaves: whether what it started is to go on when it has ended, as a service that was started does.
    """

    argv: tuple[str, ...] = ()
    run: Callable[[], int] | None = None
    delay_s: int = 0
    reboots: bool = False
    leaves: bool = False


Allowed = Mapping[str, tuple[Any, ...]]
"""What the policy lists for an action, by key."""
Planner = Callable[[str, Params, Allowed, Machine], Plan]
"""Takes the part of the action's name behind the dot."""


class Action(NamedTuple):
    """One action.

    Attributes:
        effect: `reads`, `changes` or `disrupts`.
        planner: `module:function` below `kinds`.
        rules: what a policy lists.
        resource: what is locked meanwhile, with parameters in braces; empty for nothing.
        one_of: exactly one of these parameters must be given.
        open: whether further parameters are for the planner to judge.
        signers: whose signatures can ever count.
    """

    name: str
    effect: str
    planner: str
    parameters: tuple[Parameter, ...] = ()
    rules: tuple[Rule, ...] = ()
    resource: str = ""
    one_of: tuple[str, ...] = ()
    open: bool = False
    signers: tuple[str, ...] = ("hub", "operator")

    def plan(self, params: Params, allowed: Allowed, machine: Machine) -> Plan:
        """Return how to do it.

        Raises:
            RefusedError: this machine cannot, or the owner does not allow it after all.
        """
        module, _, function = self.planner.partition(":")
        planner = cast("Planner", getattr(importlib.import_module(f"opsentrix_agent.actions.kinds.{module}"), function))
        return planner(self.name.rpartition(".")[2], params, allowed, machine)


def _service(verb: str, effect: str) -> Action:
    return Action(
        f"service.{verb}",
        effect,
        "service:plan",
        (Parameter("unit", characters=_UNIT, suffix=".service"),),
        (Rule("units", "unit", "glob" if effect == "reads" else "exact", suffix=".service"),),
        "" if effect == "reads" else "service:{unit}",
    )


def _container(verb: str, effect: str) -> Action:
    return Action(
        f"container.{verb}",
        effect,
        "container:plan",
        (Parameter("name"),),
        (Rule("names", "name", "glob"),),
        "container:{name}",
    )


def _network(kind: str, *more: Parameter) -> Action:
    host = (Parameter("host", characters=_HOST, most=253), *more)
    return Action(f"network.{kind}", "reads", f"network:{kind}", host, (Rule("hosts", "host", "hosts"),))


_ACTIONS = (
    _service("status", "reads"),
    _service("start", "changes"),
    _service("stop", "disrupts"),
    _service("restart", "disrupts"),
    _service("reload", "changes"),
    Action(
        "process.signal",
        "disrupts",
        "process:plan",
        (
            Parameter("pid", "integer", least=2, most=2**22),
            Parameter("started", "integer", most=2**63 - 1, help="field 22 of /proc/PID/stat"),
            Parameter("signal", "choice", choices=SIGNALS),
        ),
        (Rule("processes", "", "processes"), Rule("signals", "signal")),
        "process:{pid}",
    ),
    _container("start", "changes"),
    _container("stop", "disrupts"),
    _container("restart", "disrupts"),
    Action(
        "host.reboot",
        "disrupts",
        "host:reboot",
        (Parameter("delay_s", "integer", required=False, most=300),),
        resource="host",
    ),
    Action("package.list_updates", "reads", "package:list_updates"),
    Action(
        "log.tail",
        "reads",
        "log:tail",
        (
            Parameter("file", required=False, characters=_PATH, most=512),
            Parameter("unit", required=False, characters=_UNIT, suffix=".service"),
            Parameter("lines", "integer", required=False, least=1, most=10_000),
        ),
        (
            Rule("files", "file", "files", required=False),
            Rule("units", "unit", "glob", suffix=".service", required=False),
        ),
        one_of=("file", "unit"),
    ),
    Action("diagnostics.collect", "reads", "diagnostics:collect"),
    _network("ping", Parameter("count", "integer", required=False, least=1, most=20)),
    _network("traceroute"),
    _network("dns"),
    Action(
        "network.http",
        "reads",
        "network:http",
        (Parameter("url", characters=_URL, most=2048),),
        (Rule("hosts", "", "hosts"),),
    ),
    Action(
        "disk.usage_top",
        "reads",
        "disk:usage_top",
        (
            Parameter("path", characters=_PATH, most=512),
            Parameter("depth", "integer", required=False, least=1, most=8),
        ),
        (Rule("paths", "path", "files"),),
    ),
    Action(
        "script",
        "disrupts",
        "script:plan",
        (Parameter("name", most=64),),
        (Rule("names", "name"),),
        "script:{name}",
        open=True,
    ),
    Action(
        "shell",
        "disrupts",
        "shell:plan",
        (Parameter("command", characters="", most=4096, dash=True),),
        resource="shell",
        signers=("operator",),
    ),
)
CATALOGUE = {action.name: action for action in _ACTIONS}
