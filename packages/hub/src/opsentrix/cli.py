"""The `opsentrix` command."""

import asyncio
import getpass
import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from opsentrix import __version__
from opsentrix.commands import agents, alerts, annotate, audit, ca, query, run, token, top, user
from opsentrix.commands.local import start
from opsentrix.errors import StartupError
from opsentrix.settings import Settings

cli = typer.Typer(
    help="Opsentrix: infrastructure monitoring and response. Settings are OPSENTRIX_* environment variables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
release = typer.Typer(help="Keys and signatures of the agent's releases; keep the private key off the hub.")
cli.add_typer(release, name="release")
cli.add_typer(user.commands, name="user")
cli.add_typer(token.commands, name="token")
cli.add_typer(audit.commands, name="audit")
cli.add_typer(ca.commands, name="ca")
for ask in (
    agents.agents,
    alerts.alerts,
    alerts.incidents,
    alerts.ack,
    annotate.annotate,
    query.query,
    run.run,
    top.top,
):
    cli.command()(ask)
_out = Console(highlight=False, soft_wrap=True)
_waiting = Console(stderr=True)
"""Where long work shows that it goes on, if it is a terminal; else nothing is shown."""


def main() -> None:
    """Run the command line; what cannot start says why in one sentence."""
    try:
        cli()
    except StartupError as error:
        sys.stderr.write(f"opsentrix: {error}\n")
        sys.exit(error.exit_code)


TlsOption = Annotated[
    Literal["off", "self-signed"] | None,
    typer.Option(help="self-signed: HTTPS with a certificate of the hub's own CA."),
]
TlsCert = Annotated[Path | None, typer.Option(help="PEM file with the certificate to serve HTTPS with.")]
TlsKey = Annotated[Path | None, typer.Option(help="PEM file with its key.")]
TlsName = Annotated[list[str] | None, typer.Option(help="A name that the self-signed certificate is for; repeatable.")]


@cli.command()
def up(tls: TlsOption = None, tls_cert: TlsCert = None, tls_key: TlsKey = None, tls_name: TlsName = None) -> None:
    """Run a hub, its PostgreSQL, a worker and an agent for this machine, until Ctrl-C."""
    from opsentrix import up as supervisor

    _need_agent()
    _set_tls(tls, tls_cert, tls_key, tls_name)
    sys.exit(asyncio.run(supervisor.run(start())))


@cli.command()
def hub(tls: TlsOption = None, tls_cert: TlsCert = None, tls_key: TlsKey = None, tls_name: TlsName = None) -> None:
    """Run the hub alone, until Ctrl-C."""
    import uvloop

    from opsentrix.serve import serve

    _set_tls(tls, tls_cert, tls_key, tls_name)
    loaded = start()
    uvloop.run(serve(loaded, lambda password: _welcome(loaded, password)))


@cli.command()
def worker() -> None:
    """Run the worker that compacts history, until Ctrl-C; `up` runs one."""
    import uvloop

    from opsentrix.up import database_url
    from opsentrix.worker import run

    loaded = start()
    uvloop.run(run(loaded, database_url(loaded)))


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def agent(context: typer.Context) -> None:
    """Run a command of the agent; `opsentrix agent --help` lists them."""
    _need_agent()
    os.execv(sys.executable, [sys.executable, "-m", "opsentrix_agent", *context.args])  # noqa: S606 - no shell wanted


@cli.command()
def doctor() -> None:
    """Check settings, data directory, database and port, and say what is wrong."""
    from opsentrix.doctor import examine

    findings = asyncio.run(examine(start()))
    for finding in findings:
        _out.print(f"[{'green' if finding.good else 'red'}]{'ok   ' if finding.good else 'FAULT'}[/] "
                   f"{finding.what:<15} {finding.detail}")  # fmt: skip
    sys.exit(0 if all(finding.good for finding in findings) else 1)


@cli.command("reset-password")
def reset_password(username: Annotated[str, typer.Argument()] = "admin") -> None:
    """Set a user's password and end its sessions; the hub must be running."""
    from opsentrix.commands.accounts import set_password

    loaded = start()
    password = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    asyncio.run(set_password(loaded, username, password))
    _out.print(f"The password of {username} is set.")


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write the backup.")]) -> None:
    """Write the whole database to a file while the hub runs."""
    from opsentrix import backup as backups

    with _waiting.status(f"Writing {escape(str(file))}"):
        size = asyncio.run(backups.backup(start(), file))
    _out.print(f"Wrote {file} ({size / 1024**2:.1f} MiB).")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `opsentrix backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a database that has agents.")] = False,
) -> None:
    """Put a backup into the database, all of it or nothing; the hub must be stopped."""
    from opsentrix import backup as backups

    with _waiting.status(f"Restoring {escape(str(file))}"):
        asyncio.run(backups.restore(start(), file, replace=replace))
    _out.print(f"Restored {file}.")


@release.command("keygen")
def release_keygen(
    file: Annotated[Path, typer.Argument(help="Where to write the private key, readable by you only.")],
) -> None:
    """Make a release key and print its public key, for the machines that are to trust it."""
    from opsentrix import signing

    sys.stdout.write(f"{signing.keygen(file)}\n")


@release.command("sign")
def release_sign(
    artefact: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `make agent` built.")],
    key: Annotated[Path, typer.Option("--key", exists=True, dir_okay=False, help="The private key.")],
) -> None:
    """Sign a release of the agent: writes a manifest beside it."""
    from opsentrix import signing

    _out.print(f"Wrote {signing.sign(signing.load(key), artefact)}.")


@cli.command()
def openapi(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output if left out.")] = None,
) -> None:
    """Write the OpenAPI document of the HTTP API."""
    from opsentrix.api.http import create_api

    document = orjson.dumps(create_api().openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    if file is None:
        sys.stdout.buffer.write(document)
    else:
        file.write_bytes(document)


@cli.command()
def version() -> None:
    """Print the version."""
    sys.stdout.write(f"{__version__}\n")


def _set_tls(tls: str | None, cert: Path | None, key: Path | None, names: list[str] | None) -> None:
    """Let options win over the environment, for this process and those that it starts."""
    given = {
        "OPSENTRIX_TLS": tls,
        "OPSENTRIX_TLS_CERT": cert,
        "OPSENTRIX_TLS_KEY": key,
        "OPSENTRIX_TLS_NAMES": ",".join(names or ()),
    }
    os.environ.update({name: str(value) for name, value in given.items() if value})


def _need_agent() -> None:
    if importlib.util.find_spec("opsentrix_agent") is None:
        raise StartupError("The agent is not installed here: install opsentrix-agent, or run `opsentrix hub` alone.")


def _welcome(loaded: Settings, password: str | None) -> None:
    lines = ["", f"  Opsentrix {__version__} is up", "", f"  Dashboard   [bold]{loaded.url}/dashboard[/bold]"]
    if password is not None:
        lines += [
            "  Log in as   [bold]admin[/bold]",
            f"  Password    [bold]{password}[/bold]   (shown this once: keep it)",
        ]
    else:
        lines += ["  Log in as   [bold]admin[/bold], with the password of the first start",
                  "              (lost it? `opsentrix reset-password admin`)"]  # fmt: skip
    if loaded.tls != "off":
        lines += [
            "  Trust       add servers from the dashboard: they pin this hub's CA. `opsentrix ca export` for browsers"
        ]
    lines += ["  Stop        Ctrl-C", ""]
    _out.print("\n".join(lines))
