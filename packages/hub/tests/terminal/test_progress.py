"""Long work shows on a terminal that it goes on, and writes nothing into a pipe."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

VERIFY = [sys.executable, "-m", "opsentrix", "audit", "verify"]


@pytest.fixture
def no_log(tmp_path: Path) -> Path:
    file = tmp_path / "log.jsonl"
    file.write_text("nothing\n" * 1000)
    return file


def test_a_terminal_shows_how_much_of_a_log_is_read(no_log: Path) -> None:
    primary, secondary = pty.openpty()
    ended = subprocess.run(
        [*VERIFY, no_log], stderr=secondary, env=os.environ | {"TERM": "xterm"}, check=False, timeout=60
    )
    os.close(secondary)
    written = os.read(primary, 100_000).decode()
    os.close(primary)
    assert ended.returncode == 2
    assert "Verifying" in written


def test_a_pipe_gets_the_verdict_alone(no_log: Path) -> None:
    ended = subprocess.run([*VERIFY, no_log], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, "Verifying" in ended.stderr, len(ended.stderr.splitlines())) == (2, False, 1)
