"""`opsentrix up`: ready, stopped without a trace, up again on the same data; what dies under it is started again."""

import contextlib
import os
import re
import signal
import time
from typing import Any

import httpx
import psutil
import pytest

from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment
from e2e.processes import left_behind, wait_until

STOP_WITHIN_S = 30.0


def child(deployment: Deployment, module: str) -> int:
    """Return the process id of a child of `up`; 0 when it does not run."""
    for one in psutil.Process(deployment.hub.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it ends just now
            if module in one.cmdline():
                return one.pid
    return 0


def this_machine(deployment: Deployment) -> dict[str, Any]:
    """Return the only agent."""
    listed = deployment.get("/api/v1/agents")
    assert listed["total"] == 1
    agent: dict[str, Any] = listed["items"][0]
    return agent


def wait_online(deployment: Deployment) -> dict[str, Any]:
    """Wait until this machine is online with samples taken after this call, and return its agent.

    A frame holds 5 s, so the newest samples are less than 10 s old.
    """
    called = time.time()

    def fresh() -> bool:
        listed = deployment.get("/api/v1/agents", status="online")["items"]
        if not listed:
            return False
        shown = deployment.get("/api/v1/series", agent=listed[0]["id"], metric="system.cpu.utilization")["series"]
        return bool(shown) and shown[0]["t"][-1] > called and shown[0]["tier"] == "1s"

    waited = wait_until(fresh, "this machine is online with fresh samples", 40)
    assert waited < 20 or deployment.hub.output().count("connected to hub") > 1, "a frame takes 5 s"
    return this_machine(deployment)


def stop(deployment: Deployment) -> float:
    """Press Ctrl-C, check that nothing stays behind, and return the seconds it took."""
    started = time.monotonic()
    assert deployment.hub.stop(signal.SIGINT, STOP_WITHIN_S) == 0
    took = time.monotonic() - started
    assert left_behind(deployment.folder) == {}
    return took


@pytest.mark.timeout(300)
def test_up_and_down_and_up_again(make_deployment: MakeDeployment) -> None:
    deployment = make_deployment("up", OPSENTRIX_ADMIN_PASSWORD="")
    deployment.hub.start()
    first_s = deployment.wait_healthy()
    wait_until(lambda: "Password" in deployment.hub.output(), "the password is printed")
    found = re.search(r"Password\s+(\S+)", deployment.hub.output())
    assert found
    deployment.log_in(found[1])
    agent = wait_online(deployment)
    oldest = deployment.get("/api/v1/series", agent=agent["id"], metric="system.uptime")["series"][0]["t"][0]
    stopped_s = stop(deployment)

    deployment.hub.start()
    second_s = deployment.wait_healthy()
    assert wait_online(deployment)["id"] == agent["id"]
    shown = deployment.get("/api/v1/series", agent=agent["id"], metric="system.uptime")
    assert shown["series"][0]["t"][0] == oldest
    assert len(shown["gaps"]) == 1
    assert deployment.hub.output().count("Password") == 1, "the password is printed on the first start alone"

    for module in ("opsentrix", "opsentrix_agent"):
        killed = child(deployment, module)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: child(deployment, module) not in (0, killed), f"{module} is started again")  # noqa: B023
    deployment.wait_healthy()
    assert wait_online(deployment)["id"] == agent["id"]
    os.kill(child(deployment, "opsentrix"), signal.SIGKILL)
    stop(deployment)
    print(f"first start {first_s:.1f} s, second {second_s:.1f} s, stop {stopped_s:.1f} s")  # noqa: T201 - figures


def test_ctrl_c_before_the_hub_is_up_leaves_nothing_behind(make_deployment: MakeDeployment) -> None:
    deployment = make_deployment("up")
    deployment.hub.start()
    wait_until(lambda: deployment.postmaster() > 0, "PostgreSQL starts")
    stop(deployment)


def test_two_hubs_on_one_new_database_start_at_the_same_time(
    shared: Deployment, make_deployment: MakeDeployment
) -> None:
    url = shared.new_database("empty")
    both = [make_deployment(OPSENTRIX_DATABASE_URL=url) for _ in range(2)]
    for one in both:
        one.hub.start()
    for one in both:
        one.wait_healthy()
        one.log_in()
        assert one.client.get("/api/v1/agents").status_code == httpx.codes.OK
