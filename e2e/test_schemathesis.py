"""Schemathesis against a running hub: whatever is sent, it never answers 5xx, and answers as its description says."""

import subprocess
import sysconfig
from pathlib import Path

import pytest

from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment
from e2e.processes import clean_environment

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection",
)  # fmt: skip
"""All that are about the answers. What is valid by the schema may be refused for another reason, such as a cursor that
the hub never gave, so acceptance is not checked."""
AGENT_LINK = "/api/v1/agents/{agent_id}/(heartbeat|messages|metrics)$"
REGISTER = "/api/v1/agents/register"


def find_faults(deployment: Deployment, authorization: str, examples: int, *options: str) -> None:
    """Send generated requests with these credentials; fails with Schemathesis' report."""
    config = deployment.folder / "schemathesis.toml"
    config.write_text("[parameters]\n'path.agent_id' = 1\n" if "Bearer" in authorization else "")
    command = [
        str(Path(sysconfig.get_path("scripts")) / "st"), "--config-file", str(config), "run",
        f"{deployment.url}/api/openapi.json", "--header", authorization, "--checks", ",".join(CHECKS),
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", "1", "--no-shrink",
        "--continue-on-failure", "--warnings", "off", *options,
    ]  # fmt: skip
    ended = subprocess.run(
        command,
        cwd=deployment.folder,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert deployment.hub.running


@pytest.mark.timeout(600)
def test_the_api_is_as_it_is_described_and_never_fails(make_deployment: MakeDeployment) -> None:
    deployment = make_deployment(OPSENTRIX_RATE_LIMITS="false")
    deployment.start()
    agent = deployment.agent()
    assert agent.id == 1
    token = deployment.post("/api/v1/enrollment-tokens", max_uses=10_000)["token"]
    cookie = "; ".join(f"{name}={value}" for name, value in deployment.client.cookies.items())
    find_faults(deployment, f"Authorization: Bearer {agent.credential}", 40, "--include-path-regex", AGENT_LINK)
    find_faults(deployment, f"Authorization: Bearer {token}", 40, "--include-path", REGISTER)
    # These would end the session that the other requests need.
    ending = ("/auth/logout", "/account/sessions/{session_id}", "/users/{user_id}/sessions")
    excluded = [option for path in ending for option in ("--exclude-path", f"/api/v1{path}")]
    # The more routes there are, the fewer of each: the boundaries of each parameter are tried in any case.
    find_faults(deployment, f"Cookie: {cookie}", 10, *excluded)
    assert deployment.client.get("/api/v1/auth/me").status_code == 200
    assert "request failed" not in deployment.hub.output()
