"""`opsentrix user`: people's accounts, on the hub's own machine, for who cannot log in to do it there."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from opsentrix.commands.local import start
from opsentrix.model.users import Account, Role
from opsentrix.settings import Settings

commands = typer.Typer(help="People who may log in; the hub must be running.", no_args_is_help=True)
Username = Annotated[str, typer.Argument(help="Who.")]


@commands.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    hours: Annotated[int, typer.Option(min=1, max=720, help="How long the link can be used.")] = 72,
) -> None:
    """Add somebody and print the link by which they set their password; it is shown this once."""
    from opsentrix.commands import accounts

    _print(lambda loaded: accounts.invite(loaded, username, role, hours))


@commands.command("list")
def list_users() -> None:
    """List everybody who may log in."""
    from opsentrix.commands import accounts

    found = asyncio.run(accounts.everyone(start()))
    for one in found:
        sys.stdout.write(_line(one) + "\n")


@commands.command("reset-password")
def reset_password(
    username: Username,
    link: Annotated[
        bool, typer.Option("--link", help="Print a link for them instead of asking for a password.")
    ] = False,
) -> None:
    """Set somebody's password and end their sessions, or print a link by which they do."""
    from opsentrix.commands import accounts

    if link:
        _print(lambda loaded: accounts.new_link(loaded, username))
        return
    loaded = start()
    password = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    asyncio.run(accounts.set_password(loaded, username, password))
    sys.stdout.write(f"The password of {username} is set.\n")


@commands.command()
def disable(username: Username) -> None:
    """Lock somebody out and end their sessions."""
    from opsentrix.commands import accounts

    asyncio.run(accounts.set_disabled(start(), username, disabled=True))
    sys.stdout.write(f"{username} is disabled.\n")


@commands.command()
def enable(username: Username) -> None:
    """Let somebody in again."""
    from opsentrix.commands import accounts

    asyncio.run(accounts.set_disabled(start(), username, disabled=False))
    sys.stdout.write(f"{username} is enabled.\n")


@commands.command("remove-totp")
def remove_totp(username: Username) -> None:
    """Remove the second factor that somebody lost."""
    from opsentrix.commands import accounts

    asyncio.run(accounts.remove_totp(start(), username))
    sys.stdout.write(f"{username} logs in with the password alone now.\n")


def _print(make: Callable[[Settings], Awaitable[str]]) -> None:
    async def run() -> str:
        return await make(start())

    sys.stdout.write(asyncio.run(run()) + "\n")


def _line(account: Account) -> str:
    who = account.user
    notes = [
        *(["disabled"] if who.disabled else []),
        *(["invited"] if account.invited else []),
        *(["two-factor"] if account.totp else []),
    ]
    seen = f"last login {account.last_login_at:%Y-%m-%d}" if account.last_login_at else "never logged in"
    return f"{who.username:<24} {who.role:<9} {seen:<22} {', '.join(notes)}".rstrip()
