"""What the worker tells about itself."""

import socket

import httpx
import pytest
from opsentrix.errors import StartupError
from opsentrix.worker import metrics_served


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def test_its_counters_can_be_scraped_while_it_runs() -> None:
    port = free_port()
    with metrics_served(port):
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert "opsentrix_compaction_frames_total" in text
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")


def test_without_a_port_nothing_is_served() -> None:
    with metrics_served(0):
        pass


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StartupError, match="cannot be listened on"), metrics_served(taken.getsockname()[1]):
            pass
