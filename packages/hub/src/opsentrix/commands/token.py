"""`opsentrix token`: enrollment tokens, on the hub's own machine."""

import asyncio
import sys
from datetime import timedelta
from typing import Annotated

import typer

from opsentrix.commands.local import start
from opsentrix.model.agents import EnrollmentToken, TokenRequest

commands = typer.Typer(
    help="Enrollment tokens, with which agents register; the hub must be running.", no_args_is_help=True
)


@commands.command()
def create(
    hours: Annotated[int, typer.Option(min=1, max=720, help="How long it can be used.")] = 1,
    uses: Annotated[int, typer.Option(min=1, max=10_000, help="How many agents may use it.")] = 1,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="A type of agents that it lets in; all, if none.")
    ] = None,
    environment: Annotated[str, typer.Option(help="Given to all its agents.")] = "",
    tags: Annotated[list[str] | None, typer.Option("--tag", help="Given to all its agents.")] = None,
    approval: Annotated[bool, typer.Option("--approval", help="Its agents wait until a person approves them.")] = False,
    agent: Annotated[
        int | None, typer.Option(min=1, help="The agent that enrolls again and keeps its history.")
    ] = None,
) -> None:
    """Print a new token; it is shown this once."""
    from opsentrix.commands import tokens

    request = TokenRequest(
        timedelta(hours=hours),
        1 if agent else uses,
        tuple(types or ()),
        environment,
        tuple(tags or ()),
        approval,
        agent,
    )
    sys.stdout.write(asyncio.run(tokens.create(start(), request)) + "\n")


@commands.command("list")
def list_tokens(
    spent: Annotated[bool, typer.Option("--all", help="Those that cannot be used any more, too.")] = False,
) -> None:
    """Print the tokens, newest first, with the agents that each one let in; never the tokens themselves."""
    from opsentrix.commands import tokens

    for line in asyncio.run(tokens.listed(start(), _line, spent=spent)):
        sys.stdout.write(line + "\n")


@commands.command()
def revoke(number: Annotated[int, typer.Argument(help="The token's number, as `list` shows it.")]) -> None:
    """Make a token unusable; agents that it let in stay."""
    from opsentrix.commands import tokens

    asyncio.run(tokens.revoke(start(), number))
    sys.stdout.write(f"Token {number} is revoked.\n")


def _line(one: EnrollmentToken, state: str, enrolled: list[tuple[int, str]]) -> str:
    scope = [f"type {name}" for name in one.types]
    scope += [f"environment {one.environment}"] if one.environment else []
    scope += [f"tag {name}" for name in one.tags]
    scope += ["approval"] if one.approval else []
    scope += [f"agent {one.agent_id} again"] if one.agent_id else []
    let_in = ", ".join(f"{agent_id} {name}" for agent_id, name in enrolled)
    return (
        f"{one.id:<6}{state:<9}{one.uses}/{one.max_uses} used  until {one.expires_at:%Y-%m-%d %H:%M} UTC  "
        f"by {one.created_by or 'hub'}  {', '.join(scope) or 'any agent'}" + (f"  -> {let_in}" if let_in else "")
    )
