"""What commands that ask a hub over its API begin with: where it is, a token, and what they do when it says no."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from opsentrix.commands.remote import NotGivenError, Remote
from opsentrix.commands.terminal import printable

REFUSED = 2
"""Exit code: the hub did not take it, or cannot be reached."""

Url = Annotated[str, typer.Option("--url", envvar="OPSENTRIX_URL", help="The hub.")]
Token = Annotated[
    str, typer.Option("--token", envvar="OPSENTRIX_API_TOKEN", help="An API token.", show_envvar=True)
]  # fmt: skip


@contextmanager
def asking(url: str, token: str) -> Iterator[Remote]:
    """Lend a hub; when it says no, say why and exit with `REFUSED`.

    Raises:
        StartupError: URL or token is missing.
    """
    try:
        with Remote(url, token) as hub:
            yield hub
    except NotGivenError as error:
        sys.stderr.write(printable(f"opsentrix: {error}") + "\n")
        sys.exit(REFUSED)
