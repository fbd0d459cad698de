"""From the navigation to the first useful view of Home and of Agents, with 1,000 agents that report.

Useful is a view that lacks nothing: all agents are counted, and on Home each one's cell is painted, in the list each
one has its row and those in view are there. The clock is the page's own: from the start of the navigation until
the picture with all of that was handed over. Cold is a profile of the browser that has the login and nothing else.
"""

import statistics
from collections.abc import Iterator

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.browser import AFTER_DRAWING, chromium, log_in, new_context
from benchmarks.command import p95
from benchmarks.deployment import Hub
from benchmarks.fleet_plan import Plan
from benchmarks.fleet_site import joined, running_site
from benchmarks.harness import BenchmarkError, Result, wait_until

FULL, QUICK = (1000, 30), (200, 3)
"""How many agents, and how often each page is opened cold and warm."""
TARGET_MS = 1500
FRAME_S = 5
_LASTS_S = 3600
"""For so long the agents would go on; they leave when all is measured."""
_WITHIN_MS = 60_000

PAGES = {
    "home": """
      const tiles = [...document.querySelectorAll("ul[aria-label='Agents by state'] .text-2xl")];
      const counted = tiles.reduce((sum, tile) => sum + Number(tile.textContent.replaceAll(",", "")), 0);
      // The canvas has a width of its own from its first drawing on.
      return counted === agents && document.querySelector("[role=application] canvas[width]") !== null;
    """,
    "agents": """
      const list = document.querySelector("[role=table][aria-label=Agents]");
      const rows = document.querySelectorAll("[role=row][aria-rowindex]:not([aria-rowindex='1'])");
      return list?.getAttribute("aria-rowcount") === String(agents + 1) && rows.length >= 15;
    """,
}
"""What tells that a page is there, as the body of a function of JavaScript with `agents`, their number."""
ADDRESSES = {"home": "/dashboard/", "agents": "/dashboard/agents"}

_WATCH = """
globalThis.firstViewMs = new Promise((tell, fail) => {
  const agents = %(agents)d;
  const there = () => { %(there)s };
  const observer = new MutationObserver(() => {
    if (!there()) return;
    observer.disconnect();
    (%(after_drawing)s)(() => tell(performance.now()));
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  setTimeout(() => fail(new Error("no useful view")), %(within_ms)d);
})
"""


def open_page(context: BrowserContext, name: str, agents: int) -> float:
    """Open a page in a new tab and return the milliseconds until its first useful view."""
    page = context.new_page()
    try:
        watch = {"agents": agents, "there": PAGES[name], "after_drawing": AFTER_DRAWING, "within_ms": _WITHIN_MS}
        page.add_init_script(_WATCH % watch)
        page.goto(ADDRESSES[name])
        taken: float = page.evaluate("firstViewMs")
        if name == "home":
            _check_painted(page)
        return taken
    finally:
        page.close()


def _check_painted(page: Page) -> None:
    """Have a look at the map itself, once the time was taken.

    Raises:
        BenchmarkError: it is blank.
    """
    painted = page.locator("[role=application] canvas").evaluate(
        "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((one) => one)"
    )
    if not painted:
        raise BenchmarkError("the map of Home is blank")


def opened(browser: Browser, hub: Hub, agents: int, times: int) -> Iterator[tuple[str, list[float]]]:
    """Yield the milliseconds of each page, cold and warm, by the name of the figure."""
    with new_context(browser, hub) as known:
        log_in(known)
        login = known.storage_state()
        for name in PAGES:
            cold = []
            for _ in range(times):
                with browser.new_context(
                    base_url=hub.url, viewport={"width": 1440, "height": 900}, storage_state=login
                ) as fresh:
                    cold.append(open_page(fresh, name, agents))
            yield f"{name}_cold", cold
            open_page(known, name, agents)  # what only the first visit costs
            yield f"{name}_warm", [open_page(known, name, agents) for _ in range(times)]


def run(agents: int, times: int) -> dict[str, list[float]]:
    """Return the milliseconds of each page, cold and warm, beside a fleet that reports.

    Raises:
        BenchmarkError: the fleet or the browser could not run.
    """
    with running_site(agents) as site:
        plan = Plan(site.hub.url, 1, agents, _LASTS_S // FRAME_S, agents / FRAME_S)
        with joined(site, plan) as simulator, chromium() as browser:
            simulator.begin()
            wait_until(lambda: site.hub.online_agents() == agents, "not all agents are online", 60)
            return dict(opened(browser, site.hub, agents, times))


def results_of(agents: int, taken: dict[str, list[float]]) -> list[Result]:
    """Make the figures: the worst of all 95th percentiles has the target."""
    worst = max(taken, key=lambda name: p95(taken[name]))
    note = f"the worst 95th percentile of the pages: {worst}; {len(taken[worst])} visits each"
    figures = [
        Result(
            f"dashboard.first_view_{agents}_ms", p95(taken[worst]), "ms", "lower",
            TARGET_MS if agents == FULL[0] else None, note=note,
        )
    ]  # fmt: skip
    for name, one in taken.items():
        note = f"fastest {min(one):.0f} ms, slowest {max(one):.0f}"
        figures += [
            Result(f"dashboard.{name}_{agents}_p50_ms", statistics.median(one), "ms", "lower", None, note=note),
            Result(f"dashboard.{name}_{agents}_p95_ms", p95(one), "ms", "lower", None),
        ]
    return figures


def measure(quick: bool) -> list[Result]:
    """Open each page thirty times cold and warm beside 1,000 agents; three times beside 200 when quick."""
    agents, times = QUICK if quick else FULL
    return results_of(agents, run(agents, times))
