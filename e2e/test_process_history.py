"""A process that took the CPU for five seconds is named in the history, with the real agent, hub and PostgreSQL."""

import subprocess
import time
from typing import Any

import pytest

from e2e.deployment import Deployment
from e2e.processes import wait_until

HOG = "five-second-hog"


@pytest.mark.timeout(120)
def test_a_hog_of_five_seconds_is_named(deployment: Deployment) -> None:
    agent = deployment.agent()
    agent.start()
    agent.wait_frames(2)
    shell = deployment.folder / HOG
    shell.symlink_to("/bin/sh")  # the kernel names a process by the file that was executed
    began = time.time()
    # The kernel itself ends it after five seconds of CPU time.
    subprocess.run([str(shell), "-c", "ulimit -t 5; while :; do :; done"], check=False, timeout=60)
    ended = time.time()
    path = f"/api/v1/agents/{agent.id}/processes"

    def used() -> dict[str, Any]:
        top = deployment.get(f"{path}/top", **{"from": began, "to": time.time()}, limit=100)
        return next((one for one in top["items"] if one["name"] == HOG), {})

    wait_until(lambda: bool(used()), "the hog is in the history", 40)
    agent.wait_frames(2)
    hog = used()
    at = deployment.get(path, at=hog["last_seen"])

    assert began - 1 <= hog["first_seen"] <= hog["last_seen"] <= ended + 1
    assert 0.1 < hog["cpu_seconds"] < 7
    assert HOG in [one["name"] for one in at["items"]]
    assert HOG not in [one["name"] for one in deployment.get(path)["items"]]
    agent.stop()
