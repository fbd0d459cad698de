"""Agents that are not ours: the shell script and the examples of the guide, against a real hub."""

import os
import subprocess
import sys
import time
from pathlib import Path

from e2e.deployment import Deployment
from e2e.processes import clean_environment

GUIDE = Path(__file__).parent.parent / "docs" / "guide"
SCRIPT = GUIDE / "examples" / "agent.sh"


def run_script(deployment: Deployment, name: str, count: int, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the shell agent for some reports, one a second."""
    environment = clean_environment(
        {
            "OPSENTRIX_URL": deployment.url,
            "OPSENTRIX_STATE": str(deployment.folder / f"{name}.state"),
            "OPSENTRIX_NAME": name,
            "INTERVAL": "1",
            "COUNT": str(count),
        }
        | settings
    )
    return subprocess.run(["sh", SCRIPT], env=environment, capture_output=True, text=True, timeout=40, check=False)


def test_a_shell_script_with_curl_alone_is_an_agent(shared: Deployment) -> None:
    began = time.time()
    ended = run_script(shared, "shell", 3, OPSENTRIX_ENROLLMENT_TOKEN=shared.token())
    assert ended.returncode == 0, ended.stderr
    assert (shared.folder / "shell.state").stat().st_mode & 0o077 == 0, "others can read the credential"

    agent = shared.get("/api/v1/agents", q="shell")["items"][0]
    assert (agent["name"], agent["type"], agent["status"]) == ("shell", "script", "online")
    answer = shared.get("/api/v1/series", agent=agent["id"], to=time.time() + 1)
    shown = {(one["metric"], *one["labels"].items()): one for one in answer["series"]}
    assert set(shown) == {
        ("cpu_usage",),
        ("system.memory.utilization", ("state", "used")),
        *((f"system.cpu.load_average.{minutes}m",) for minutes in (1, 5, 15)),
    }
    for one in shown.values():
        assert len(one["t"]) == 3
        assert began - 1 <= one["t"][0] <= one["t"][-1] <= time.time()
    assert 0 <= min(shown["cpu_usage",]["v"]) <= max(shown["cpu_usage",]["v"]) <= 100
    assert agent["summary"]["memory"] == shown["system.memory.utilization", ("state", "used")]["v"][-1]
    assert agent["summary"]["cpu"] is not None

    ended = run_script(shared, "shell", 1)
    assert ended.returncode == 0, ended.stderr
    assert shared.get("/api/v1/agents", q="shell")["total"] == 1, "it registers once"


def test_the_shell_agent_says_why_it_is_refused(shared: Deployment) -> None:
    ended = run_script(shared, "refused", 1, OPSENTRIX_ENROLLMENT_TOKEN="of-nobody")
    assert ended.returncode == 1
    assert ended.stderr.startswith("registration failed (401): ")

    assert run_script(shared, "refused", 1, OPSENTRIX_ENROLLMENT_TOKEN=shared.token()).returncode == 0
    agent = shared.get("/api/v1/agents", q="refused")["items"][0]
    assert shared.client.delete(f"/api/v1/agents/{agent['id']}").is_success
    ended = run_script(shared, "refused", 1)
    assert ended.returncode == 1
    assert ended.stderr.startswith("refused (401): ")


def test_the_protobuf_example_of_the_guide_works(shared: Deployment) -> None:
    example = (GUIDE / "any-language.md").read_text().split("```python\n")[1].split("```")[0]
    registered = shared.client.post(
        "/api/v1/agents/register",
        json={"name": "proto", "type": "script", "host": "nas.example"},
        headers={"Authorization": f"Bearer {shared.token()}"},
    ).json()
    settings = {"HUB": shared.url, "ID": str(registered["id"]), "CREDENTIAL": registered["credential"]}
    ended = subprocess.run(
        [sys.executable, "-c", example], env=os.environ | settings, capture_output=True, text=True, check=False
    )
    assert ended.stdout == "b'{\"accepted\":5}'\n", ended.stderr
    (shown,) = shared.get("/api/v1/series", agent=registered["id"])["series"]
    assert (shown["metric"], shown["labels"], shown["unit"]) == ("backup.queue", {"volume": "home"}, "{file}")
    assert shown["v"] == [5, 4, 3, 2, 1]
