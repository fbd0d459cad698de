"""`opsentrix hub` whose clock is ten minutes ahead when it signs commands: `python -m e2e.fast_clock_hub`."""

from datetime import datetime, timedelta

from opsentrix import cli, responding
from opsentrix.access.logins import utc_now

AHEAD = timedelta(minutes=10)


def fast_now() -> datetime:
    """Return the time by this hub's clock."""
    return utc_now() + AHEAD


if __name__ == "__main__":
    vars(responding)["utc_now"] = fast_now
    cli.cli(["hub"])
