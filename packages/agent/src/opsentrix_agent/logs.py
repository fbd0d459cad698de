"""The agent's log: lines on standard error."""

import logging
import os
import sys

from opsentrix_agent.errors import SettingsError

LEVEL_VARIABLE = "OPSENTRIX_LOG_LEVEL"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class OneLine(logging.Formatter):
    """Writes a message as one line of printable text: a hub, a plugin or a file may have put anything into it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Return the line of a record, without its traceback."""
        if not record.message.isprintable():
            record.message = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in record.message)
        return super().formatMessage(record)


def set_up_logging() -> None:
    """Write the log from now on.

    Raises:
        SettingsError: the level is none.
    """
    level = os.environ.get(LEVEL_VARIABLE, "INFO").upper()
    if level not in _LEVELS:
        raise SettingsError(f"{LEVEL_VARIABLE} must be one of {', '.join(_LEVELS)}, and not {level!r}.")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    logging.raiseExceptions = False  # a closed stderr must not stop the agent
