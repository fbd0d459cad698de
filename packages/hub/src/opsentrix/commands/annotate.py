"""`opsentrix annotate`: marks a deployment, or anything else, on the charts of machines."""

import sys
from typing import Annotated, Any

import typer

from opsentrix.commands.asking import Token, Url, asking
from opsentrix.commands.terminal import printable
from opsentrix.model.marks import MarkKind


def annotate(  # noqa: PLR0913, PLR0917 - each is an option
    title: Annotated[str, typer.Argument(help="What happened, such as 'deploy web 1.4'.")],
    url: Url = "",
    token: Token = "",
    on: Annotated[
        list[str] | None,
        typer.Option("--on", help="Names of machines, or status=, type=, environment= and tag=; else the whole fleet."),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag of the mark itself; repeatable.")] = None,
    kind: Annotated[MarkKind, typer.Option("--kind")] = MarkKind.DEPLOY,
    text: Annotated[str, typer.Option("--text", help="More about it.")] = "",
    link: Annotated[str, typer.Option("--link", help="Where there is more; https only.")] = "",
    time: Annotated[str, typer.Option("--time", help="When it began: Unix seconds or RFC 3339; else now.")] = "",
    end: Annotated[str, typer.Option("--end", help="When it ended; else it is a moment.")] = "",
    key: Annotated[str, typer.Option("--key", help="A repeat with the same key makes no second mark.")] = "",
) -> None:
    """Mark something on the charts of machines. Needs a token with annotations:write, and agents:read for names."""
    said = {"text": text, "url": link, "time": time, "end": end, "key": key}
    body: dict[str, Any] = {"title": title, "kind": kind, "tags": tag or [], **{k: v for k, v in said.items() if v}}
    with asking(url, token) as hub:
        made = hub.ask("POST", "/annotations", json={**body, **(hub.chosen(on) if on else {})}).json()
    about = "the whole fleet" if made["agents"] is None else f"{made['agents']} machines"
    sys.stdout.write(printable(f"Annotation {made['id']} on {about}: {made['title']}") + "\n")
