"""What the command line of `opsentrix-agent` may say."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import opsentrix_agent
from opsentrix_agent.configfile import CONFIG_VARIABLE, DEFAULT_CONFIG

if TYPE_CHECKING:
    import argparse

TOKEN_VARIABLE = "OPSENTRIX_ENROLLMENT_TOKEN"  # noqa: S105 - the variable's name
STEPS = ("run", "settle", "state")
"""Of `execute`."""


class Arguments:
    """The arguments of one command; which there are, beside the first three, depends on the command."""

    command: str
    config: Path | None = None
    state_dir: str | None = None
    record: Path | None = None
    json: bool
    plugins: bool
    server: str | None
    token: str | None
    token_file: Path | None
    name: str | None
    type: str | None
    environment: str | None
    tag: list[str] | None
    tls_ca: str | None
    pin: str | None
    force: bool
    step: str
    manager: str
    releases: Path | None
    words: list[str]
    file: Path | None
    signer: list[str]
    apply: bool


def parse(argv: Sequence[str]) -> Arguments:
    """Return what the command line says.

    Raises:
        SystemExit: it is wrong, or asks for help or the version; what there is to say was printed.
    """
    return parse_run(argv) or _parser().parse_args(argv, Arguments())


def parse_run(argv: Sequence[str]) -> Arguments | None:
    """Return the arguments of a `run` or `execute` written in the plainest way, or None for argparse to judge.

    argparse is 0.7 MB, which a service would keep for as long as the machine is up, and 10 ms, for which commands wait.
    """
    head = 2 if argv[:1] == ["execute"] else 1
    if argv[:1] not in (["run"], ["execute"]) or len(argv) % 2 != head % 2 or (head == 2 and argv[1] not in STEPS):
        return None
    arguments = Arguments()
    arguments.command = argv[0]
    arguments.step = argv[head - 1]
    for option, value in zip(argv[head::2], argv[head + 1 :: 2], strict=True):
        if value.startswith("-"):
            return None
        if option == "--config":
            arguments.config = Path(value)
        elif option == "--state-dir":
            arguments.state_dir = value
        elif option == "--record":
            arguments.record = Path(value)
        else:
            return None
    return arguments


def _parser() -> "argparse.ArgumentParser":
    import argparse

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", type=Path, metavar="FILE", help=f"settings (default: ${CONFIG_VARIABLE} or {DEFAULT_CONFIG})"
    )
    common.add_argument(
        "--state-dir", metavar="DIR", help="where the identity is kept (default: /var/lib/opsentrix-agent for root)"
    )
    parser = argparse.ArgumentParser(prog="opsentrix-agent", description=opsentrix_agent.__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {opsentrix_agent.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_enroll(commands.add_parser("enroll", parents=[common], help="register this machine with a hub"))
    run = commands.add_parser("run", parents=[common], help="sample every second and send to the hub, until stopped")
    run.add_argument(
        "--record", type=Path, metavar="FILE", help="diagnostics: append every frame to FILE as a line of JSON"
    )
    once = commands.add_parser("once", parents=[common], help="sample twice, one second apart, and show all readings")
    once.add_argument("--json", action="store_true", help="as JSON")
    commands.add_parser("collectors", parents=[common], help="list the collectors, what they need and what they yield")
    config = commands.add_parser("config", parents=[common], help="show the settings in effect and where each is set")
    config.add_argument("--json", action="store_true", help="as JSON")
    doctor = commands.add_parser("doctor", parents=[common], help="check this machine and the way to the hub")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.add_argument("--plugins", action="store_true", help="run each plugin once")
    _add_upgrade(commands.add_parser("upgrade", parents=[common], help="upgrade as the hub asked; services run this"))
    _add_actions(commands, common)
    return parser


def _add_actions(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: "argparse.ArgumentParser"
) -> None:
    policy = commands.add_parser("policy", help="show or change what the hub may have this machine do")
    steps = policy.add_subparsers(dest="step", required=True, metavar="STEP")
    show = steps.add_parser("show", parents=[common], help="what is allowed here")
    show.add_argument("--json", action="store_true", help="as JSON")
    check = steps.add_parser("check", parents=[common], help="say whether a policy would be followed")
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: the one in use")
    allow = steps.add_parser("allow", parents=[common], help="put actions and signers into the policy")
    allow.add_argument("words", nargs="*", metavar="ACTION:ONE,TWO", help="such as service.restart:nginx,php-fpm")
    allow.add_argument(
        "--signer", action="append", default=[], metavar="hub|operator:NAME=KEY", help="whose signature counts"
    )
    rights = steps.add_parser("rights", parents=[common], help="show what polkit and sudo have to allow for the policy")
    rights.add_argument("--apply", action="store_true", help="write it, or take it away; root only")
    execute = commands.add_parser("execute", parents=[common], help="follow one command; the running agent starts this")
    execute.add_argument("step", nargs="?", choices=STEPS, default="run")


def _add_upgrade(upgrade: "argparse.ArgumentParser") -> None:
    upgrade.add_argument(
        "step", choices=("fetch", "apply"), help="fetch: verify and download; apply: replace the program, or go back"
    )
    upgrade.add_argument(
        "--manager", choices=("systemd", "user-systemd", "openrc", "background"), default="background",
        help="what runs the agent (default: nothing, a process in the background)",
    )  # fmt: skip
    upgrade.add_argument("--releases", type=Path, metavar="DIR", help="apply: where releases are (default: this one's)")


def _add_enroll(enroll: "argparse.ArgumentParser") -> None:
    enroll.description = (
        "Registers this machine with a hub and keeps its identity. The enrollment token comes from the dashboard "
        f"('add a server'). Prefer --token-file or ${TOKEN_VARIABLE}: other users can see arguments with ps."
    )
    enroll.add_argument("--server", metavar="URL", help="the hub, such as https://hub.example:8000")
    tokens = enroll.add_mutually_exclusive_group()
    tokens.add_argument("--token", help="enrollment token (visible in the process list)")
    tokens.add_argument("--token-file", type=Path, metavar="FILE", help="file with the enrollment token; - for stdin")
    enroll.add_argument("--name", help="name in the hub (default: host name)")
    enroll.add_argument("--type", help="what this agent watches (default: host)")
    enroll.add_argument("--environment", help="such as production")
    enroll.add_argument("--tag", action="append", help="may be given several times")
    enroll.add_argument("--tls-ca", metavar="FILE", help="PEM file with the CA that signed the hub's certificate")
    enroll.add_argument(
        "--pin", metavar="sha256:...", help="fingerprint of the only certificate that vouches for the hub"
    )
    enroll.add_argument("--force", action="store_true", help="replace an identity that exists")
