"""`opsentrix top`: the fleet live in a terminal, over the hub's API with a token."""

import sys

from opsentrix.commands.asking import Token, Url, asking
from opsentrix.errors import StartupError


def top(url: Url = "", token: Token = "") -> None:
    """Watch the fleet in the terminal: sorted, filtered, one agent by Enter; ? tells the keys."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise StartupError("`opsentrix top` needs a terminal; in a pipe take `opsentrix agents`.")
    # Textual takes a third of a second to import, which no other command should pay.
    from opsentrix.commands.top_app import RemoteSource, Top

    with asking(url, token) as hub:
        # What is wrong with the token is said here, and not on a screen that covers everything.
        hub.ask("GET", "/agents", params={"limit": 1})
        Top(RemoteSource(hub)).run()
