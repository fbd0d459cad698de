"""What Lighthouse makes of the dashboard: `make lighthouse`. Ends with an error where a score for the desk is below 95.

Home, the list and the page of an agent are audited as somebody sees them who is logged in to a hub with 100 simulated
agents and a real one, with the presets for a desk and for a phone: three times for performance, of which the middle
counts, and once for accessibility and best practices. Network and processor are simulated by Lighthouse.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks import run as benchmark
from benchmarks.browser import ARGUMENTS
from benchmarks.deployment import PASSWORD, ROOT, Hub, running_agent
from benchmarks.fleet_plan import Plan
from benchmarks.fleet_site import joined, running_site
from benchmarks.harness import BenchmarkError, Result, wait_until
from scripts.ensure_chromium import installed

AGENTS = 100
TARGET = 95
VISITS = 3
_FRAME_S = 5
_LASTS_S = 3600
_SCRIPT = ROOT / "dashboard" / "lighthouse" / "run.ts"
RESULTS = Path(__file__).parent / "results" / "lighthouse.json"
AGENT = "audited"
PAGES = {
    "home": {"path": "/dashboard/", "heading": "Home"},
    "agents": {"path": "/dashboard/agents", "heading": "Agents"},
    "agent": {"path": f"/dashboard/agents/{AGENTS + 1}", "heading": AGENT},
}
"""By name: the path, and the heading that tells that it is this page and not another, such as that of the login."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What Lighthouse said of one visit: scores of 0 to 100, and what took from them, by category."""

    preset: str
    page: str
    scores: dict[str, int]
    short: dict[str, list[str]]


def audits(hub: Hub, visits: int) -> list[Visit]:
    """Have the performance of each page audited so many times, and all else once.

    Raises:
        BenchmarkError: there is no browser, or Lighthouse failed.
    """
    chromium = installed()
    if chromium is None:
        raise BenchmarkError("there is no Chromium: install one")
    task = {
        "url": hub.url, "user": "admin", "password": PASSWORD, "pages": PAGES, "visits": visits, "chromium": chromium,
        "arguments": ARGUMENTS,
    }  # fmt: skip
    done = subprocess.run(
        ["node", str(_SCRIPT), json.dumps(task)], stdout=subprocess.PIPE, text=True, check=False, cwd=_SCRIPT.parent
    )
    if done.returncode != 0:
        raise BenchmarkError("Lighthouse failed; what it said stands above")
    return [Visit(**json.loads(line)) for line in done.stdout.splitlines()]


def results_of(visits: list[Visit], load: float) -> list[Result]:
    """Make the figures: the median of each page's scores, and in the note what took from them."""
    pages: dict[tuple[str, str], list[Visit]] = defaultdict(list)
    for visit in visits:
        pages[visit.preset, visit.page].append(visit)
    results = []
    for (preset, page), found in pages.items():
        for category in dict.fromkeys(category for one in found for category in one.scores):
            scores = [one.scores[category] for one in found if category in one.scores]
            short = sorted({text for one in found for text in one.short.get(category, [])})
            results.append(
                Result(
                    f"lighthouse.{preset}_{page}_{category.replace('-', '_')}", statistics.median(scores), "of 100",
                    "higher", TARGET if preset == "desktop" else None,
                    note="; ".join([f"visits: {scores}", f"load of the machine: {load:.1f}", *short]),
                )
            )  # fmt: skip
    return results


def run(visits: int) -> list[Result]:
    """Audit a hub that is started for it.

    Raises:
        BenchmarkError: something could not run.
    """
    with running_site(AGENTS) as site:
        plan = Plan(site.hub.url, 1, AGENTS, _LASTS_S // _FRAME_S, AGENTS / _FRAME_S)
        with joined(site, plan) as simulator, running_agent(site.hub, site.folder / "agent", name=AGENT):
            simulator.begin()
            wait_until(lambda: site.hub.online_agents() == AGENTS + 1, "not all agents are online", 60)
            return results_of(audits(site.hub, visits), os.getloadavg()[0])


def main() -> None:
    """Audit, print and write; fail below the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--visits", type=int, default=VISITS, help="of each page for its performance (default: %(default)s)"
    )
    try:
        results = run(parser.parse_args().visits)
    except BenchmarkError as error:
        sys.exit(f"Lighthouse could not be run: {error}")
    RESULTS.write_text(json.dumps([one.as_json() for one in results], indent=2) + "\n")
    print(benchmark.table(results))
    if any(one.met is False for one in results):
        sys.exit(f"A score is below {TARGET}; {RESULTS} says what took from it")


if __name__ == "__main__":
    main()
