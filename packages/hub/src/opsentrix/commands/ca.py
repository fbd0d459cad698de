"""What `opsentrix ca` does: the hub's own certificate authority, straight on its database."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from opsentrix import vault
from opsentrix.commands.local import database as database_of
from opsentrix.commands.local import start
from opsentrix.errors import OpsentrixError, StartupError
from opsentrix.fleet import authority as authorities
from opsentrix.fleet.certificates import newest, revoke, sign
from opsentrix.model.certificates import AgentCertificate
from opsentrix.pki import names
from opsentrix.pki.authority import Authority, permitted_names
from opsentrix.pki.pins import certificate_pin
from opsentrix.settings import Settings

commands = typer.Typer(
    help="The hub's own certificate authority. The hub's database must be reachable.", no_args_is_help=True
)
_out = Console(highlight=False, soft_wrap=True)
_MAX_LISTED = 100_000


@commands.command("init")
def init(
    name: Annotated[
        list[str] | None, typer.Option(help="Host name or domain that it may sign for; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the present CA; all must pin the new one.")] = False,
) -> None:
    """Make the CA. The hub makes one by itself when it first needs it."""
    asyncio.run(_init(start(), name or [], force=force))


@commands.command("show")
def show() -> None:
    """Show the CA: its fingerprint, which agents pin, its dates, and the names that it may sign for."""
    authority = asyncio.run(_authority(start()))
    _show(authority)


@commands.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output if left out.")] = None,
) -> None:
    """Write the CA's certificate in PEM, for whoever is to trust it. Its key never leaves the hub."""
    authority = asyncio.run(_authority(start()))
    if file is None:
        typer.echo(authority.pem.decode(), nl=False)
    else:
        file.write_bytes(authority.pem)


@commands.command("issue")
def issue(
    agent: Annotated[int, typer.Argument(min=1, help="The agent's id.")],
    csr: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Its certificate request in PEM.")],
) -> None:
    """Sign a certificate request for an agent, and print the certificate; agents do this by themselves."""
    loaded = start()
    typer.echo(asyncio.run(_issue(loaded, agent, csr.read_text(encoding="utf-8"))), nl=False)


@commands.command("list")
def list_certificates(
    agent: Annotated[int | None, typer.Option(min=1, help="Of this agent only.")] = None,
) -> None:
    """List the certificates of agents, newest first."""
    now = datetime.now(UTC)
    for one in asyncio.run(_newest(start(), agent)):
        until = f"{one.not_after:%Y-%m-%d %H:%M} UTC"
        _out.print(f"{one.serial:<40} agent {one.agent_id:<8} {one.state(now):<8} until {until}")


@commands.command("revoke")
def revoke_certificates(
    serial: Annotated[str | None, typer.Argument(help="The serial number, as `list` shows it.")] = None,
    agent: Annotated[int | None, typer.Option(min=1, help="Revoke all certificates of this agent.")] = None,
) -> None:
    """Revoke certificates. Hubs that run refuse them within a second, and end the sessions that they opened."""
    if (serial is None) == (agent is None):
        raise StartupError("Name either a serial number or --agent ID.")
    revoked = asyncio.run(_revoke(start(), serial, agent))
    if not revoked:
        raise StartupError("There is no such certificate that could be revoked.")
    for one in revoked:
        _out.print(f"Revoked {one.serial} of agent {one.agent_id}.")


async def _init(settings: Settings, wanted: list[str], *, force: bool) -> None:
    given = names.named(settings.host, settings.public_url, (*settings.more_tls_names, *wanted))
    async with database_of(settings) as database:
        made = await authorities.make(
            database, vault.load(settings.key_file), [*given, *names.found(settings.host)], datetime.now(UTC),
            replace=force,
        )  # fmt: skip
    if made is None:
        raise StartupError("There is a CA already; --force replaces it, and all agents have to pin the new one.")
    _show(made)
    if force:
        _out.print("Restart the hub to use it.")


async def _authority(settings: Settings) -> Authority:
    async with database_of(settings) as database:
        found = await authorities.load(database, vault.load(settings.key_file))
    if found is None:
        raise StartupError("There is no CA yet; `opsentrix ca init` makes one.")
    return found


async def _issue(settings: Settings, agent_id: int, request: str) -> str:
    authority = await _authority(settings)
    life = timedelta(hours=settings.certificate_hours)
    async with database_of(settings) as database:
        try:
            _, pem = await sign(database, authority, life, agent_id, request, "hub", "")
        except OpsentrixError as error:
            fields = [f"{one.field} {one.detail}" for one in error.errors]
            raise StartupError("; ".join([error.detail, *fields])) from None
    return pem.decode()


async def _newest(settings: Settings, agent_id: int | None) -> list[AgentCertificate]:
    async with database_of(settings) as database:
        return await newest(database, None if agent_id is None else (agent_id,), _MAX_LISTED)


async def _revoke(settings: Settings, serial: str | None, agent_id: int | None) -> list[AgentCertificate]:
    async with database_of(settings) as database:
        return await revoke(database, serial, agent_id, "hub", "")


def _show(authority: Authority) -> None:
    certificate = authority.certificate
    _out.print(f"Pin         {certificate_pin(certificate)}")
    _out.print(f"Name        {certificate.subject.rfc4514_string()}")
    _out.print(f"Valid until {certificate.not_valid_after_utc:%Y-%m-%d}")
    _out.print(f"Signs for   {', '.join(permitted_names(certificate))}, what is below them, and addresses")
