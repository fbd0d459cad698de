"""Self-signed from the first start: enrolled by pin, streaming over mTLS, renewed, revoked; and `up` over HTTPS."""

import json
import re
import socket
import ssl
import time
from pathlib import Path

from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment, secure
from e2e.processes import Program, wait_until


def run(deployment: Deployment, *arguments: str, name: str) -> str:
    """Run a command of the hub to its end and return what it printed."""
    program = deployment.program("opsentrix", *arguments, name=name)
    program.start()
    assert program.wait(30) == 0, program.output()
    return program.output()


def agent(deployment: Deployment, *arguments: str, name: str) -> Program:
    return deployment.program(
        "opsentrix_agent", *arguments, "--state-dir", str(deployment.folder / "a"), "--config",
        str(deployment.folder / "agent.json"), name=name,
    )  # fmt: skip


def enroll(deployment: Deployment, pin: str, *, name: str) -> tuple[int, str]:
    """Enroll with a pin; return the exit code and what was said."""
    (deployment.folder / "agent.json").write_text(json.dumps({"reporting_interval": 1}))
    token = deployment.folder / "token"
    token.write_text(deployment.token())
    program = agent(
        deployment, "enroll", "--server", deployment.url, "--token-file", str(token), "--pin", pin, name=name
    )
    program.start()
    return program.wait(30), program.output()


def streaming(deployment: Deployment, since: float) -> bool:
    listed = deployment.get("/api/v1/agents")["items"]
    if not listed:
        return False
    shown = deployment.get("/api/v1/series", agent=listed[0]["id"], metric="system.memory.usage")["series"]
    return bool(shown) and shown[0]["t"][-1] > since


def test_pinned_enrolled_streaming_renewed_and_revoked(make_deployment: MakeDeployment) -> None:
    made = secure(make_deployment(OPSENTRIX_TLS="self-signed", OPSENTRIX_MTLS="required"))
    made.start()
    pin = made.get("/api/v1/tls")["pin"]
    assert pin in run(made, "ca", "show", name="show")

    code, said = enroll(made, "sha256:" + "0" * 64, name="wrong")
    assert code == 69
    assert "is not the hub that was pinned" in said
    code, said = enroll(made, pin, name="enroll")
    assert code == 0, said

    running = agent(made, "run", name="run")
    running.start()
    wait_until(lambda: streaming(made, 0), "samples arrive over mTLS", 30)

    own = made.folder / "a/certificate.pem"
    before = own.read_text()
    assert run(made, "ca", "list", name="list").count("valid") == 1
    running.stop()
    expires = re.sub("^Obtained: [0-9]+", f"Obtained: {time.time() - 20 * 86_400:.0f}", before)
    own.write_text(expires)  # as if it had been obtained twenty days ago
    running.start()
    wait_until(lambda: own.read_text() != expires, "the certificate is renewed, with another key", 30)
    wait_until(lambda: streaming(made, time.time() - 3), "samples arrive with the new certificate", 30)

    assert "Revoked" in run(made, "ca", "revoke", "--agent", "1", name="revoke")
    revoked = time.time()
    wait_until(lambda: "was revoked" in running.output(), "the session is cut", 5)
    time.sleep(max(0.0, revoked + 3 - time.time()))
    assert not streaming(made, revoked + 2)


def test_up_serves_https_to_itself(make_deployment: MakeDeployment) -> None:
    made = secure(make_deployment("up", OPSENTRIX_TLS="self-signed"))
    made.start()
    wait_until(lambda: streaming(made, 0), "this machine streams over TLS", 60)
    anchor = (made.data_dir / "tls/anchor.pem").read_text()
    context = ssl.create_default_context(cadata=anchor)
    plain = socket.create_connection(("127.0.0.1", made.port), timeout=5)
    with plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted:
        assert encrypted.version() == "TLSv1.3"
    assert Path(made.data_dir / "tls/server.pem").stat().st_mode & 0o077 == 0
