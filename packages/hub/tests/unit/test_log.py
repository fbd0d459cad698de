"""What the log leaves out."""

import logging

import pytest
from opsentrix import log


def test_a_refused_websocket_does_not_fill_the_log_and_other_errors_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, uvicorn = logging.getLogger(), logging.getLogger("uvicorn.error")
    before = root.handlers[:], root.level, uvicorn.filters[:]
    try:
        log.configure("info", "json")
        uvicorn.error("ASGI callable returned without completing handshake.")
        uvicorn.error("Exception in ASGI application")
    finally:
        root.handlers[:], uvicorn.filters[:] = before[0], before[2]
        root.setLevel(before[1])
    said = capsys.readouterr().err
    assert "handshake" not in said
    assert "Exception in ASGI application" in said
