import logging

import pytest
from opsentrix_agent.logs import OneLine


@pytest.mark.parametrize("text", ["a\nERROR forged", "\x1b[2J", "\u2028", "\x85", "\0", "\u202e", "\ud800", "\r"])
def test_a_message_is_one_printable_line_whatever_a_hub_put_into_it(text: str) -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 1, "hub rejected: %s", (text,), None)
    line = OneLine("%(levelname)s %(message)s").format(record)
    assert line.startswith("WARNING hub rejected: ")
    assert line.isprintable()


def test_what_is_printable_stays_as_it_is() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "Müller's host: 50 %% \\n", (), None)
    assert OneLine("%(message)s").format(record) == "Müller's host: 50 %% \\n"
