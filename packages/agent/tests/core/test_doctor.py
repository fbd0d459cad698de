"""`doctor` on real sockets: each way in which something can be wrong is named, with a fix."""

import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.doctor import Finding, State, examine
from opsentrix_agent.doctor.hub import STEPS
from opsentrix_agent.identity import Identity, save_identity
from opsentrix_agent.settings import Settings

from .answering import NOW, Hub

OK, WARN, FAIL, SKIPPED = State.OK, State.WARN, State.FAIL, State.SKIPPED


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Hub]:
    with Hub(tls) as server:
        server.status, server.beat_status = 200, 422
        server.body = b'{"status": "ok", "version": "9.9"}'
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.answering.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running() as server:
        yield server


def look(
    folder: Path, url: str, *, now: float = NOW, deadline_s: float = 10, ca: Path | None = None
) -> dict[str, Finding]:
    save_identity(folder, Identity(7, "secret", url))
    wanted = Settings(state_dir=folder, plugin_dir=folder / "plugins", tls_ca=ca)
    return {
        one.what: one for one in examine(wanted, now=lambda: now, deadline_s=deadline_s, policy=folder / "policy.json")
    }


def stopped_at(found: dict[str, Finding], what: str) -> Finding:
    """Check that this step of the way failed, those before did not, and those after were skipped."""
    place = STEPS.index(what)
    assert all(found[step].state in {OK, WARN} for step in STEPS[:place])
    assert all(found[step].state is SKIPPED and found[step].detail == f"needs {what}" for step in STEPS[place + 1 :])
    assert found[what].state is FAIL
    assert found[what].fix
    return found[what]


def certificate(folder: Path, *arguments: str, subject: str = "IP:127.0.0.1") -> Path:
    """Make a self-signed certificate with its key and return the file."""
    path = folder / "made.pem"
    key = folder / "made.key"
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-subj", "/CN=hub", "-addext", f"subjectAltName={subject}", "-keyout", str(key), "-out", str(path), *arguments,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + key.read_text())
    return path


def serving(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_everything_in_order(hub: Hub, tmp_path: Path) -> None:
    found = look(tmp_path, hub.url)
    assert {one.state for one in found.values()} <= {OK, WARN}
    assert tuple(found)[-6:] == STEPS
    assert "9.9" in found["http"].detail
    assert found["policy"].detail.startswith("monitor only")
    assert hub.requests[-1] == ("POST", "/api/v1/agents/7/heartbeat", "Bearer secret", {"status": "checking"})


def test_a_name_that_does_not_exist(tmp_path: Path) -> None:
    finding = stopped_at(look(tmp_path, "http://no-such-hub.invalid:8000"), "dns")
    assert "no-such-hub.invalid is not found" in finding.detail
    assert "getent hosts" in finding.fix


def test_a_closed_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    finding = stopped_at(look(tmp_path, f"http://127.0.0.1:{port}"), "tcp")
    assert finding.detail == f"nothing listens at 127.0.0.1:{port}"


def test_a_good_certificate_and_one_that_ends_soon(tmp_path: Path) -> None:
    path = certificate(tmp_path, "-days", "5")
    with running(serving(path)) as hub:
        hub.date = time.time()
        found = look(tmp_path, hub.url, now=time.time(), ca=path)
        assert (found["tls"].state, found["credential"].state) == (WARN, OK)
        assert "good for 5 days" in found["tls"].detail
        assert look(tmp_path, hub.url, now=time.time() - 30 * 86_400, ca=path)["tls"].state is OK


@pytest.mark.parametrize(
    ("subject", "trusted", "said"),
    [
        ("IP:127.0.0.1", False, "is self-signed, and not among"),
        ("IP:127.0.0.2", True, "is not for this address"),
    ],
)
def test_a_certificate_that_does_not_fit(tmp_path: Path, subject: str, said: str, *, trusted: bool) -> None:
    path = certificate(tmp_path, subject=subject)
    with running(serving(path)) as hub:
        finding = stopped_at(look(tmp_path, hub.url, ca=path if trusted else None), "tls")
    assert said in finding.detail


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    path = certificate(tmp_path, subject="DNS:other.example")
    with running(serving(path)) as hub:
        url = hub.url.replace("127.0.0.1", "localhost")
        assert "is for another name" in stopped_at(look(tmp_path, url, ca=path), "tls").detail


def test_a_certificate_of_an_unknown_authority(tmp_path: Path) -> None:
    certificates = Path(__file__).parent / "tls"
    with running(serving(certificates / "server.pem")) as hub:
        finding = stopped_at(look(tmp_path, hub.url, ca=certificates / "other-ca.pem"), "tls")
        assert "an authority that is not trusted here" in finding.detail
        assert "tls_ca" in finding.fix
        assert look(tmp_path, hub.url, ca=certificates / "ca.pem")["tls"].state is not FAIL


def test_an_expired_certificate(tmp_path: Path) -> None:
    path = expired(tmp_path)
    with running(serving(path)) as hub:
        assert "has expired" in stopped_at(look(tmp_path, hub.url, ca=path), "tls").detail


def expired(folder: Path) -> Path:
    """Make a certificate that ended in 2021: only `openssl ca` takes dates in every version."""
    certificate(folder)
    (folder / "index").touch()
    (folder / "ca.conf").write_text(
        f"[ca]\ndefault_ca=it\n[it]\ndatabase={folder}/index\nrand_serial=yes\nnew_certs_dir={folder}\n"
        "default_md=sha256\npolicy=any\nx509_extensions=ext\n[any]\ncommonName=supplied\n"
        "[ext]\nbasicConstraints=CA:true\nsubjectAltName=IP:127.0.0.1\n"
    )
    key, request, path = folder / "made.key", folder / "it.csr", folder / "expired.pem"
    subprocess.run(
        ["openssl", "req", "-new", "-key", key, "-subj", "/CN=hub", "-out", request], check=True, capture_output=True
    )
    dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
    subprocess.run(
        ["openssl", "ca", "-batch", "-selfsign", "-config", folder / "ca.conf", "-keyfile", key, "-in", request,
         "-notext", "-out", path, *dates],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + key.read_text())
    return path


def test_plain_http_where_tls_is_expected(hub: Hub, tmp_path: Path) -> None:
    finding = stopped_at(look(tmp_path, hub.url.replace("http:", "https:")), "tls")
    assert "there is no TLS at this port" in finding.detail


@pytest.mark.parametrize(
    ("status", "body", "headers", "said"),
    [
        (200, b"<html>", {}, "not as a hub does"),
        (200, b"\xff\x00{", {}, "not as a hub does"),
        (503, b'{"status": "degraded"}', {}, "says that it is degraded"),
        (301, b"", {"Location": "https://new.example"}, "redirects to https://new.example"),
    ],
)
def test_something_else_than_a_healthy_hub(
    hub: Hub, tmp_path: Path, status: int, body: bytes, headers: dict[str, str], said: str
) -> None:
    hub.status, hub.body, hub.headers = status, body, headers
    assert said in stopped_at(look(tmp_path, hub.url), "http").detail


def test_a_server_that_speaks_no_http(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            for _ in ("tcp", "http"):
                connected, _address = server.accept()
                with connected:
                    connected.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        finding = stopped_at(look(tmp_path, f"http://127.0.0.1:{server.getsockname()[1]}"), "http")
        thread.join()
    assert "cannot be reached" in finding.detail


def test_a_hub_that_does_not_answer_in_time(hub: Hub, tmp_path: Path) -> None:
    hub.answering.clear()
    finding = stopped_at(look(tmp_path, hub.url, deadline_s=1), "http")
    assert [path for _, path, _, _ in hub.requests] == ["/health"]
    assert finding.detail == "no answer within 1 s"


def test_a_clock_that_is_off_stops_no_other_check(hub: Hub, tmp_path: Path) -> None:
    found = look(tmp_path, hub.url, now=NOW + 400)
    assert (found["clock"].state, found["credential"].state) == (FAIL, OK)
    assert found["clock"].detail == "400 s ahead of the hub's"
    assert found["clock"].fix
    hub.date = NOW + 400
    assert "behind" in look(tmp_path, hub.url)["clock"].detail
    hub.date = NOW + 30
    assert look(tmp_path, hub.url)["clock"].state is OK


@pytest.mark.parametrize(("status", "state"), [(401, FAIL), (403, FAIL), (404, FAIL), (204, OK), (500, WARN)])
def test_the_credential(hub: Hub, tmp_path: Path, status: int, state: State) -> None:
    hub.beat_status = status
    found = look(tmp_path, hub.url)
    assert found["credential"].state is state
    assert ("enroll --force" in found["credential"].fix) == (state is FAIL)


def test_a_proxy_is_named_and_blamed(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://user:pw@127.0.0.1:{port}")
    finding = stopped_at(look(tmp_path, "http://hub.example"), "tcp")
    assert finding.detail == f"nothing listens at 127.0.0.1:{port}"
    assert "no_proxy" in finding.fix
    # The hub is no proxy: it answers CONNECT with 501.
    monkeypatch.setenv("http_proxy", hub.url)
    finding = stopped_at(look(tmp_path, "http://hub.example"), "tcp")
    assert "opens no tunnel (HTTP 501)" in finding.detail


def local(folder: Path, **more: Path | tuple[str, ...]) -> dict[str, Finding]:
    wanted = Settings(state_dir=folder, plugin_dir=folder / "plugins")._replace(**more)  # type: ignore[arg-type]  # by name
    return {one.what: one for one in examine(wanted, policy=folder / "policy.json")}


def test_an_agent_that_is_not_enrolled(tmp_path: Path) -> None:
    found = local(tmp_path)
    assert "enroll" in found["identity"].fix
    assert found["hub"].state is FAIL
    assert all(found[step].state is SKIPPED for step in STEPS)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.write_text("{"), "damaged"),
        (lambda path: path.chmod(0o644), "others can read"),
    ],
)
def test_an_identity_that_is_not_in_order(hub: Hub, tmp_path: Path, harm: Callable[[Path], object], said: str) -> None:
    save_identity(tmp_path, Identity(7, "secret", hub.url))
    harm(tmp_path / "identity.json")
    finding = local(tmp_path)["identity"]
    assert finding.state is FAIL
    assert said in finding.detail
    assert finding.fix


def test_a_policy_that_others_can_write(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text("{}")
    assert local(tmp_path)["policy"].state is OK
    policy.chmod(0o666)
    finding = local(tmp_path)["policy"]
    assert (finding.state, finding.fix) == (FAIL, f"chmod go-w {policy}")


def test_a_collector_that_does_not_exist_and_one_without_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert local(tmp_path, enable=("cpus",))["collectors"].state is FAIL
    for name in ("containers", "smart"):
        monkeypatch.setitem(COLLECTORS, name, f"{__name__}:Refused")
    found = local(tmp_path)
    assert found["containers"].state is found["smart"].state is WARN
    assert "usermod -aG docker" in found["containers"].fix
    assert "AmbientCapabilities" in found["smart"].fix


class Refused:
    def __init__(self, _paths: object) -> None:
        from opsentrix_agent.errors import CollectorUnavailableError

        raise CollectorUnavailableError("/run/docker.sock cannot be used: Permission denied")


def test_plugins(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    for name, script, mode in (
        ("good", "echo a 1; echo b 2", 0o755),
        ("odd", "echo a 1; echo what", 0o755),
        ("bad", "echo oops >&2; exit 1", 0o755),
        ("open", "", 0o777),
        ("README", "", 0o644),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(mode)
    found = local(tmp_path)
    assert found["plugin.good"] == Finding("plugin.good", OK, "each 30 s, for at most 10 s")
    assert (found["plugin.open"].state, found["plugin.open"].fix) == (FAIL, f"chmod go-w {folder}/open")
    assert "README is ignored" in found["plugins"].detail
    wanted = Settings(state_dir=tmp_path, plugin_dir=folder)
    ran = {one.what: one for one in examine(wanted, run_plugins=True)}
    assert ran["plugin.good"].detail.startswith("metrics: 2, in ")
    assert (ran["plugin.odd"].state, "values not taken: 1" in ran["plugin.odd"].detail) == (WARN, True)
    assert "exit code 1; it said: oops" in ran["plugin.bad"].detail


@pytest.mark.skipif(os.geteuid() != 0, reason="platform: only root may give files away")
def test_another_user_than_the_agents(hub: Hub, tmp_path: Path) -> None:
    save_identity(tmp_path, Identity(7, "secret", hub.url))
    os.chown(tmp_path / "identity.json", 65534, -1)
    finding = local(tmp_path)["user"]
    assert (finding.state, finding.fix) == (WARN, "sudo -u nobody opsentrix-agent doctor")
