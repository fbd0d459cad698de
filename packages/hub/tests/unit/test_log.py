"""Whatever comes from outside, a log has one line for each event, and no colour or line of somebody else's."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from opsentrix import log

HOSTILE = (
    "web\nERROR forged line", "cr\rback", "\x1b[2J\x1b[31mred", "sep\u2028para\u2029", "\x85next", "nul\0",
    "rtl\u202eend", '"}, {"event": "forged"', "\ud800",
)  # fmt: skip


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, io.StringIO]]:
    """A log in a format, and what it writes; afterwards logging is as it was."""
    out, uvicorn = io.StringIO(), logging.getLogger("uvicorn.error")
    filters = uvicorn.filters[:]
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", out)
        log.configure("info", request.param)
        yield request.param, out
    uvicorn.filters[:] = filters


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_one_line_for_each_event_whatever_it_says(text: str, written: tuple[str, io.StringIO]) -> None:
    output_format, out = written
    structlog.stdlib.get_logger("opsentrix.test").warning("agent event", message=text, agent=7)
    structlog.stdlib.get_logger("opsentrix.test").warning(text)
    logging.getLogger("uvicorn.error").warning('%s - "WebSocket %s" [accepted]', "192.0.2.1", text)
    lines = out.getvalue().splitlines()  # which ends lines at more than line feeds
    assert len(lines) == 3
    assert all(line.replace("\x1b[0m", "").replace("\x1b[", "").isprintable() for line in lines)
    assert "\x1b[2J" not in out.getvalue()
    assert "\x1b[31mred" not in out.getvalue()
    if output_format == "json":
        assert json.loads(lines[0])["message"] == text
        assert json.loads(lines[1])["event"] == text


def test_a_refused_websocket_does_not_fill_the_log_and_other_errors_do(written: tuple[str, io.StringIO]) -> None:
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.error("ASGI callable returned without completing handshake.")
    uvicorn.error("Exception in ASGI application")
    said = written[1].getvalue()
    assert "handshake" not in said
    assert "Exception in ASGI application" in said
