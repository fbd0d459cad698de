"""Run the browser's journeys beside simulated agents and a real one: `make test-fleet`."""

import argparse
import os
import subprocess
import sys

from benchmarks.deployment import PASSWORD, ROOT, running_agent
from benchmarks.fleet_plan import Plan
from benchmarks.fleet_site import joined, running_site
from benchmarks.harness import wait_until

AGENTS = 1000
MACHINE = "zz-culprit"
"""The real agent: the last one by name."""
_FRAME_S = 5
_LASTS_S = 3600
_COMMAND = ("npx", "playwright", "test", "--config", "playwright.fleet.config.ts")


def main() -> None:
    """Start all of it, hand over to Playwright with the other arguments given, and end as it does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=AGENTS, help="how many are simulated (default: %(default)s)")
    arguments, others = parser.parse_known_args()
    agents: int = arguments.agents
    with running_site(agents) as site:
        plan = Plan(site.hub.url, 1, agents, _LASTS_S // _FRAME_S, agents / _FRAME_S)
        with joined(site, plan) as simulator, running_agent(site.hub, site.folder / "agent", name=MACHINE):
            simulator.begin()
            wait_until(lambda: site.hub.online_agents() == agents + 1, "not all agents are online", 60)
            environment = os.environ | {
                "OPSENTRIX_E2E_URL": site.hub.url, "OPSENTRIX_E2E_PASSWORD": PASSWORD, "OPSENTRIX_E2E_MACHINE": MACHINE,
                "OPSENTRIX_E2E_AGENTS": str(agents + 1),
            }  # fmt: skip
            done = subprocess.run([*_COMMAND, *others], cwd=ROOT / "dashboard", env=environment, check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
