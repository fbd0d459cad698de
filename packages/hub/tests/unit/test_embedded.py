"""The data directory: ours or not, locked or not."""

import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from opsentrix.db import embedded
from opsentrix.errors import StartupError


def test_an_empty_or_missing_directory_becomes_ours(tmp_path: Path) -> None:
    for data_dir in (tmp_path, tmp_path / "a/b"):
        embedded.claim(data_dir)
        embedded.claim(data_dir)
        assert json.loads((data_dir / embedded.MARKER).read_text()) == {"format": 1}
        if data_dir is tmp_path:
            (tmp_path / "a").mkdir()


def test_a_directory_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(StartupError, match="not empty and not of Opsentrix"):
        embedded.claim(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (b'{"format": 2}', "newer version"),
        (b'{"format": "x"}', "not readable"),
        (b"[]", "not readable"),
        (b"{", "not readable"),
        (b"\xff\xfe\x00", "not readable"),
    ],
)
def test_a_marker_that_says_something_else(marker: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / embedded.MARKER).write_bytes(marker)
    with pytest.raises(StartupError, match=message):
        embedded.claim(tmp_path)


def test_a_path_that_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file/below", tmp_path / ("x" * 300)):
        with pytest.raises(StartupError, match="cannot be used"):
            embedded.claim(path)


def test_a_lock_is_held_once_and_let_go(tmp_path: Path) -> None:
    with embedded.locked(tmp_path, "hub"):
        with pytest.raises(StartupError, match="Another Opsentrix hub uses"), embedded.locked(tmp_path, "hub"):
            pass
        with embedded.locked(tmp_path, "worker"):
            pass
    with embedded.locked(tmp_path, "hub"):
        pass


def test_a_lock_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "hub.lock").mkdir()
    with pytest.raises(StartupError, match="cannot be used"), embedded.locked(tmp_path, "hub"):
        pass


def test_why_the_server_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CalledProcessError(1, ["/long/path/pg_ctl", "-w", "start"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    assert embedded._why(tmp_path, failed) == f"pg_ctl ends with 1, see {tmp_path}/postgres/log"
    assert embedded._why(tmp_path, OSError("no such user")) == "no such user"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 1024**2))
    assert embedded._why(tmp_path, failed) == "no space left, only 5 MB are free on its disk"


def test_no_server_runs_on_an_empty_directory(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="No hub runs on the data directory"):
        embedded.url_of_running(tmp_path)


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of a server that is given a little longer to end than the 5 s after which PostgreSQL kills what is left."""
    monkeypatch.setattr(embedded, "STOP_WITHIN_S", 8.0)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def hung(data_dir: Path) -> tuple[psutil.Process, psutil.Process]:
    """Have a server wait for its checkpointer for ever when it is told to end; return both."""
    postmaster = psutil.Process(int((data_dir / "postgres/postmaster.pid").read_text().split()[0]))
    [checkpointer] = [one for one in postmaster.children() if "checkpointer" in " ".join(one.cmdline())]
    checkpointer.suspend()
    return postmaster, checkpointer


def test_a_server_that_does_not_end_in_order_is_ended_at_once(data_dir: Path) -> None:
    with embedded.running(data_dir):
        _, checkpointer = hung(data_dir)
    assert not embedded.alive(data_dir)
    assert not checkpointer.is_running()


def test_a_server_that_a_killed_hub_left_ending_is_ended_and_started_again(data_dir: Path) -> None:
    killed = embedded.running(data_dir)
    killed.__enter__()
    postmaster, checkpointer = hung(data_dir)
    postmaster.send_signal(signal.SIGINT)
    while "stopping" not in (data_dir / "postgres/postmaster.pid").read_text():
        time.sleep(0.01)
    with embedded.running(data_dir):
        assert not postmaster.is_running()
        assert not checkpointer.is_running()
        assert embedded.alive(data_dir)
    assert not embedded.alive(data_dir)
