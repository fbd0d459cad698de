"""What single actions do, and what they refuse; service managers and runtimes are stand-ins."""

import contextlib
import os
import pwd
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opsentrix_agent.actions.kinds.plainfile import open_plain
from opsentrix_agent.errors import RefusedError

from .support import ANA, Place, Result, ask, command, follow, live, make_place, policy_content, policy_of

ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path.resolve(), {})


def allow(place: Place, **actions: object) -> None:
    place.write_policy(
        {"actions": {key.replace("__", "."): value for key, value in actions.items()}, "signers": {"hub": True}}
    )


def program(place: Place, name: str) -> None:
    (place.programs / name).write_text('#!/bin/sh\nfor one; do echo "[$one]"; done\n')
    (place.programs / name).chmod(0o755)


def test_openrc_is_asked_where_there_is_no_systemd(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.root / "systemd").rmdir()
    program(place, "rc-service")
    program(place, "sudo")
    policy = policy_of({"service.restart": {"units": ["nginx"]}, "service.status": {"units": ["*"]}})
    restart = command("service.restart", {"unit": "nginx"})
    rc_service = str(place.programs / "rc-service")
    plan = ask(restart, policy, machine=place.machine).plan
    assert (plan.argv, plan.leaves) == ((rc_service, "--", "nginx", "restart"), True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    plan = ask(restart, policy, machine=place.machine).plan
    assert plan.argv == (str(place.programs / "sudo"), "-n", "--", rc_service, "--", "nginx", "restart")
    plan = ask(command("service.status", {"unit": "x"}), policy, machine=place.machine).plan
    assert plan.argv == (rc_service, "--", "x", "status")


def test_a_machine_without_the_program_says_so(place: Place) -> None:
    with pytest.raises(RefusedError, match="This machine has no systemctl"):
        ask(
            command("service.stop", {"unit": "a"}), policy_of({"service.stop": {"units": ["a"]}}), machine=place.machine
        )
    with pytest.raises(RefusedError, match="no apt and no dnf"):
        ask(command("package.list_updates"), policy_of({"package.list_updates": {}}), machine=place.machine)


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["/bin/sleep", "600"]) as process:
        yield process
        process.kill()


def started(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def test_a_signal_reaches_the_very_process_that_was_meant(place: Place, sleeper: "subprocess.Popen[bytes]") -> None:
    allow(place, process__signal={"processes": [{"name": "sleep", "user": ME}], "signals": ["TERM"]})
    params = {"pid": sleeper.pid, "started": started(sleeper.pid), "signal": "TERM"}
    result, _ = follow(place, live("process.signal", params | {"started": started(sleeper.pid) + 1}))
    assert (result.status, "another one by now" in result.error) == (Result.STATUS_REFUSED, True)
    result, _ = follow(place, live("process.signal", params | {"signal": "KILL"}))
    assert "does not list the signal" in result.error
    assert sleeper.poll() is None
    result, _ = follow(place, live("process.signal", params))
    assert (result.status, sleeper.wait(10)) == (Result.STATUS_SUCCEEDED, -15)


@pytest.mark.parametrize("listed", [{"name": "sleep", "user": "nobody"}, {"name": "slee", "user": ME}])
def test_a_process_that_the_owner_does_not_name_is_let_be(
    place: Place, sleeper: "subprocess.Popen[bytes]", listed: dict[str, str]
) -> None:
    allow(place, process__signal={"processes": [listed], "signals": ["TERM"]})
    params = {"pid": sleeper.pid, "started": started(sleeper.pid), "signal": "TERM"}
    result, _ = follow(place, live("process.signal", params))
    assert "does not list the process 'sleep'" in result.error


def test_another_users_process_is_signalled_by_sudo(
    place: Place, sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    program(place, "sudo")
    program(place, "kill")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1000)
    policy = policy_of({"process.signal": {"processes": [{"name": "sleep", "user": ME}], "signals": ["TERM"]}})
    params = {"pid": sleeper.pid, "started": started(sleeper.pid), "signal": "TERM"}
    plan = ask(command("process.signal", params), policy, machine=place.machine).plan
    kill = [str(place.programs / "kill"), "-s", "TERM", "--", str(sleeper.pid)]
    assert plan.argv == (str(place.programs / "sudo"), "-n", "-u", ME, "--", *kill)


class Engine(threading.Thread):
    """A container runtime of one answer."""

    def __init__(self, path: Path, answer: bytes) -> None:
        super().__init__(daemon=True)
        self.heard = b""
        self._answer = answer
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self.start()

    def run(self) -> None:
        connection, _ = self._socket.accept()
        with connection, self._socket:
            self.heard = connection.recv(4096)
            connection.sendall(self._answer)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", Result.STATUS_SUCCEEDED, b""),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", Result.STATUS_SUCCEEDED, b"It is so already.\n"),
        (
            b'HTTP/1.1 404 Not Found\r\nContent-Length: 21\r\n\r\n{"message":"no such"}',
            Result.STATUS_FAILED,
            b"HTTP 404: no such\n",
        ),
        (b"no http\r\n\r\n", Result.STATUS_FAILED, b"docker.sock: no http"),
    ],
)
def test_containers_are_asked_for_over_the_runtimes_socket(
    place: Place, answer: bytes, status: int, said: bytes
) -> None:
    allow(place, container__restart={"names": ["web-*"]})
    engine = Engine(place.root / "docker.sock", answer)
    result, output = follow(place, live("container.restart", {"name": "web-1"}))
    engine.join(10)
    assert engine.heard.startswith(b"POST /containers/web-1/restart?t=10 HTTP/1.1\r\n")
    assert result.status == status
    assert said in output


def test_a_container_runtime_that_is_not_there(place: Place) -> None:
    allow(place, container__stop={"names": ["*"]})
    result, output = follow(place, live("container.stop", {"name": "web-1"}))
    assert (result.status, b"docker.sock" in output) == (Result.STATUS_FAILED, True)


def test_the_end_of_a_file(place: Place) -> None:
    logs = place.root / "logs"
    logs.mkdir()
    (logs / "a.log").write_bytes(b"".join(b"line %d\n" % number for number in range(200_000)))
    allow(place, log__tail={"files": [f"{logs}/*.log"]})
    _, output = follow(place, live("log.tail", {"file": f"{logs}/a.log", "lines": 2}))
    assert output == b"line 199998\nline 199999\n"
    _, output = follow(place, live("log.tail", {"file": f"{logs}/a.log"}))
    assert len(output.splitlines()) == 100


@pytest.mark.parametrize("how", ["file", "folder", "fifo", "directory", "gone"])
def test_nothing_leads_a_log_elsewhere(place: Place, how: str) -> None:
    logs, secret = place.root / "logs", place.root / "secret"
    secret.mkdir()
    (secret / "a.log").write_text("secret\n")
    if how == "folder":
        logs.symlink_to(secret)
    else:
        logs.mkdir()
    make: dict[str, Callable[[], object]] = {
        "file": lambda: (logs / "a.log").symlink_to(secret / "a.log"),
        "fifo": lambda: os.mkfifo(logs / "a.log"),
        "directory": (logs / "a.log").mkdir,
    }
    make.get(how, lambda: None)()
    allow(place, log__tail={"files": [f"{logs}/*.log"]})
    result, output = follow(place, live("log.tail", {"file": f"{logs}/a.log"}))
    assert (result.status, result.exit_code) == (Result.STATUS_FAILED, 127)
    assert b"secret\n" not in output


def test_a_folder_swapped_for_a_link_under_way_leads_nowhere(place: Place) -> None:
    logs, secret = place.root / "logs", place.root / "secret"
    secret.mkdir()
    logs.mkdir()
    for folder, text in ((logs, "log\n"), (secret, "secret\n")):
        (folder / "a.log").write_text(text)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            logs.rename(place.root / "aside")
            logs.symlink_to(secret)
            logs.unlink()
            (place.root / "aside").rename(logs)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(3000):
            with contextlib.suppress(OSError), open_plain(f"{logs}/a.log") as file:
                assert file.read() == b"log\n"
    finally:
        stop.set()
        thread.join()


def test_what_fills_a_folder(place: Place) -> None:
    data = place.root / "data"
    (data / "big").mkdir(parents=True)
    (data / "small").mkdir()
    (data / "big" / "file").write_bytes(bytes(1 << 20))
    (data / "small" / "file").write_bytes(bytes(1 << 14))
    (data / "big" / "loop").symlink_to(data)
    (data / "bad\nname").mkdir()
    allow(place, disk__usage_top={"paths": [str(data)]})
    _, output = follow(place, live("disk.usage_top", {"path": str(data), "depth": 1}))
    rows = [line.split(maxsplit=1) for line in output.decode().splitlines()]
    assert [name for _, name in rows][:3] == [str(data), f"{data}/big", f"{data}/small"]
    assert int(rows[1][0]) >= 1 << 20
    assert r"bad\nname" in output.decode()


def test_diagnostics_hold_no_arguments_of_processes(place: Place) -> None:
    allow(place, diagnostics__collect={})
    with subprocess.Popen([sys.executable, "-c", "input()", "hunter2"], stdin=subprocess.PIPE) as process:
        result, output = follow(place, live("diagnostics.collect"))
        process.kill()
    assert result.status == Result.STATUS_SUCCEEDED
    for title in (b"== loadavg", b"== meminfo", b"== processes by memory", b"== file systems", b"== kernel"):
        assert title in output
    assert b"hunter2" not in output


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *_given: object) -> None:
        pass


def test_a_url_is_asked_once_and_led_nowhere(place: Place) -> None:
    allow(place, network__http={"hosts": ["127.0.0.0/8"]})
    with HTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        result, output = follow(place, live("network.http", {"url": f"{base}/x?y"}))
        away, said = follow(place, live("network.http", {"url": f"{base}/away"}))
        server.shutdown()
    assert (result.status, output.split(b"\n")[0]) == (Result.STATUS_SUCCEEDED, b"HTTP 200 OK")
    assert b"secret" not in output
    assert (away.status, said.split(b"\n")[0]) == (Result.STATUS_SUCCEEDED, b"HTTP 302 Found")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://10.0.0.1/", "does not list the host"),
        ("http://127.1/", "neither a name nor an address"),
        ("http://2130706433/", "neither a name nor an address"),
        ("http://0x7f.0.0.1/", "does not list|neither a name"),
        ("http://a@127.0.0.1/", "without a user"),
        ("http://127.0.0.1@evil.example/", "without a user"),
        ("file:///etc/passwd", "must be an http or https URL"),
        ("http://[::1/", "none|URL"),
        ("http://127.0.0.1:99999/", "url is none"),
        ("http:///x", "must be an http or https URL"),
    ],
)
def test_urls_that_the_owner_does_not_list(url: str, said: str) -> None:
    policy = policy_of({"network.http": {"hosts": ["127.0.0.0/8", "*.example.org"]}})
    with pytest.raises(RefusedError, match=said):
        ask(command("network.http", {"url": url}), policy)


def test_a_name_is_looked_up(place: Place) -> None:
    allow(place, network__dns={"hosts": ["localhost"]})
    result, output = follow(place, live("network.dns", {"host": "localhost"}))
    assert (result.status, b"127.0.0.1" in output or b"::1" in output) == (Result.STATUS_SUCCEEDED, True)


def test_a_shell_needs_the_owners_word_and_an_operators_key(place: Place) -> None:
    place.write_policy(policy_content({"shell": {}}))
    result, output = follow(place, live("shell", {"command": "echo $((1 + 2)) | cat"}, ANA))
    assert (result.status, output) == (Result.STATUS_SUCCEEDED, b"3\n")
    refused, _ = follow(place, live("shell", {"command": "id"}))
    assert refused.status == Result.STATUS_REFUSED


def test_a_reboot_that_does_not_come_has_failed_and_one_that_comes_is_seen_later(place: Place) -> None:
    program(place, "systemctl")
    policy = policy_of({"host.reboot": {}})
    plan = ask(command("host.reboot", {"delay_s": 5}), policy, machine=place.machine).plan
    assert plan == (
        (str(place.programs / "systemctl"), "--no-ask-password", "reboot"), None, 5, True, False
    )  # fmt: skip
    (place.programs / "systemctl").write_text("#!/bin/sh\nexit 4\n")
    allow(place, host__reboot={})
    result, _ = follow(place, live("host.reboot"))
    assert (result.status, result.exit_code) == (Result.STATUS_FAILED, 4)
