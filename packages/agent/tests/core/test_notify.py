"""What systemd is told, on a real datagram socket."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opsentrix_agent.identity import Identity, save_identity
from opsentrix_agent.notify import Notifier

from .fakehub import CREDENTIAL, FakeHub


class Systemd:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(20)

    def messages(self, count: int) -> list[str]:
        return [self.socket.recv(4096).decode() for _ in range(count)]

    def silent(self) -> bool:
        self.socket.setblocking(False)
        try:
            return not self.socket.recv(4096)
        except BlockingIOError:
            return True


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "notify")


@pytest.fixture
def systemd(path: str) -> Iterator[Systemd]:
    one = Systemd(path)
    yield one
    one.socket.close()


def test_a_service_tells_its_life(systemd: Systemd, path: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path}, 7)
    notifier.ready()
    notifier.reloading(12_345_678)
    notifier.ready()
    notifier.stopping()
    expected = ["READY=1", "RELOADING=1\nMONOTONIC_USEC=12345678", "READY=1", "STOPPING=1"]
    assert systemd.messages(4) == expected
    notifier.close()


def test_an_abstract_address(path: str) -> None:
    name = f"opsentrix-test-{os.getpid()}"
    systemd = Systemd("\0" + name)
    notifier = Notifier({"NOTIFY_SOCKET": "@" + name}, 7)
    notifier.ready()
    assert systemd.messages(1) == ["READY=1"]
    notifier.close()
    systemd.socket.close()


@pytest.mark.parametrize("pid", [{}, {"WATCHDOG_PID": "7"}])
def test_the_watchdog_is_fed_each_quarter_of_its_time(systemd: Systemd, path: str, pid: dict[str, str]) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "60000000"} | pid, 7)
    for second in range(31):
        notifier.alive(100.0 + second)
    assert systemd.messages(3) == ["WATCHDOG=1"] * 3
    assert systemd.silent()
    notifier.close()


@pytest.mark.parametrize(
    "environ",
    [{}, {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}],
)
def test_no_watchdog_is_fed_that_is_not_ours(systemd: Systemd, path: str, environ: dict[str, str]) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path} | environ, 7)
    notifier.alive(1000.0)
    assert systemd.silent()
    notifier.close()


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}])
def test_without_systemd_nothing_happens(environ: dict[str, str]) -> None:
    notifier = Notifier(environ, 7)
    notifier.ready()
    notifier.alive(0.0)
    notifier.close()


def test_a_socket_that_is_gone_is_warned_of_once(path: str, caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4"}, 7)
    notifier.ready()
    notifier.alive(1.0)
    assert [record.message for record in caplog.records] == [
        "systemd cannot be told how the agent is: [Errno 2] No such file or directory"
    ]
    notifier.close()


def test_the_agent_is_ready_ticks_and_stops(systemd: Systemd, path: str, tmp_path: Path) -> None:
    with FakeHub() as hub:
        save_identity(tmp_path, Identity(7, CREDENTIAL, hub.url))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPSENTRIX_")}
        command = [sys.executable, "-m", "opsentrix_agent", "run", "--state-dir", str(tmp_path)]
        with subprocess.Popen(command, env=environment | {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4"}) as agent:
            try:
                told = systemd.messages(3)
            finally:
                agent.terminate()
    assert told == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
    while (last := systemd.messages(1)) == ["WATCHDOG=1"]:
        pass
    assert last == ["STOPPING=1"]
