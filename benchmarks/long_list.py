"""The list of 10,000 agents that report: scrolling, searching, and drawing nothing while nobody looks.

The clock is the page's own. A frame is the time between two callbacks of requestAnimationFrame while the wheel turns;
a search is the time from a letter to the picture with the rows that fit it.
"""

import statistics
from dataclasses import dataclass

from playwright.sync_api import Page

from benchmarks.browser import AFTER_DRAWING, logged_in
from benchmarks.command import p95
from benchmarks.fleet_plan import Plan
from benchmarks.fleet_site import joined, running_site
from benchmarks.harness import BenchmarkError, Result, wait_until

FULL, QUICK = (10_000, 40), (200, 5)
"""How many agents, and how many letters are typed."""
SEARCH_MS = 100
FRAME_S = 5
_LASTS_S = 3600
_WITHIN_S = 180
_TURNS, _TURN_PX, _TURN_MS = 90, 240, 50
_HIDDEN_MS = 10_000
_FOLLOWS_MS = 20_000
_SEARCHED = ("-000", "-0001", "", "-001", "-0012", "")
_LIST = "[role=table][aria-label=Agents]"
_RECORD_FRAMES = """
() => {
  globalThis.frameMs = [];
  let last = performance.now();
  const next = (now) => {
    globalThis.frameMs.push(now - last);
    last = now;
    globalThis.frameRequest = requestAnimationFrame(next);
  };
  globalThis.frameRequest = requestAnimationFrame(next);
}
"""
_FRAMES = "() => { cancelAnimationFrame(globalThis.frameRequest); return globalThis.frameMs.slice(1); }"
_TYPE = f"""
(text) => new Promise((tell) => {{
  const field = document.querySelector("input[type=search]");
  const list = () => document.querySelector("{_LIST}")?.getAttribute("aria-rowcount");
  const before = list();
  const observer = new MutationObserver(() => {{
    if (list() === before) return;
    observer.disconnect();
    ({AFTER_DRAWING})(() => tell(performance.now() - began));
  }});
  observer.observe(document.body, {{ subtree: true, childList: true, attributes: true }});
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const began = performance.now();
  setTimeout(() => tell({_FOLLOWS_MS}), {_FOLLOWS_MS});
  set.call(field, text);
  field.dispatchEvent(new Event("input", {{ bubbles: true }}));
}})
"""
_COUNT_DRAWS = """
globalThis.draws = 0;
for (const name of ["clearRect", "fillRect", "stroke", "fill"]) {
  const draw = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...given) {
    globalThis.draws += 1;
    return draw.apply(this, given);
  };
}
"""
_HIDE = """
() => {
  // What a browser does with a tab behind others: it says so, and asks for no frames.
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  globalThis.requestAnimationFrame = () => 0;
  document.dispatchEvent(new Event("visibilitychange"));
  globalThis.draws = 0;
}
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Milliseconds of frames and of searches, and drawings of Home's map in ten seconds, seen and hidden."""

    frames_ms: list[float]
    searches_ms: list[float]
    seen_draws: int
    hidden_draws: int


def scroll(page: Page) -> list[float]:
    """Turn the wheel over the list and return the milliseconds of each frame."""
    page.mouse.move(700, 500)
    page.evaluate(_RECORD_FRAMES)
    for _ in range(_TURNS):
        page.mouse.wheel(0, _TURN_PX)
        page.wait_for_timeout(_TURN_MS)
    frames: list[float] = page.evaluate(_FRAMES)
    return frames


def search(page: Page, letters: int) -> list[float]:
    """Search for parts of names, each of which leaves other rows, and return the milliseconds of each.

    Raises:
        BenchmarkError: the list did not follow.
    """
    taken: list[float] = []
    while len(taken) < letters:
        taken += [page.evaluate(_TYPE, text) for text in _SEARCHED]
    if max(taken) >= _FOLLOWS_MS:
        raise BenchmarkError("the list did not follow what was searched for")
    return taken[:letters]


def draws(page: Page) -> tuple[int, int]:
    """Return how often Home's map is drawn to in ten seconds while it is seen, and while it is hidden."""
    page.add_init_script(_COUNT_DRAWS)
    page.goto("/dashboard/")
    page.locator("[role=application] canvas[width]").wait_for(state="attached")
    page.evaluate("() => { globalThis.draws = 0; }")
    page.wait_for_timeout(_HIDDEN_MS)
    seen: int = page.evaluate("globalThis.draws")
    page.evaluate(_HIDE)
    page.wait_for_timeout(_HIDDEN_MS)
    return seen, page.evaluate("globalThis.draws")


def run(agents: int, letters: int) -> Outcome:
    """Measure a fleet that reports.

    Raises:
        BenchmarkError: it did not come up, there is no browser, or its list did not follow.
    """
    with running_site(agents) as site:
        plan = Plan(site.hub.url, 1, agents, _LASTS_S // FRAME_S, agents / FRAME_S)
        with joined(site, plan) as simulator, logged_in(site.hub) as page:
            simulator.begin()
            wait_until(lambda: site.hub.online_agents() == agents, "not all agents are online", _WITHIN_S)
            page.goto("/dashboard/agents")
            page.locator(f"{_LIST}[aria-rowcount='{agents + 1}']").wait_for(timeout=1000 * _WITHIN_S)
            return Outcome(scroll(page), search(page, letters), *draws(page))


def results_of(agents: int, outcome: Outcome) -> list[Result]:
    """Make the figures."""
    frames, searches = outcome.frames_ms, outcome.searches_ms
    target = SEARCH_MS if agents == FULL[0] else None
    note = f"{len(searches)} letters; median {statistics.median(searches):.0f} ms, slowest {max(searches):.0f}"
    seen = f"in {_HIDDEN_MS / 1000:.0f} s of live updates; {outcome.seen_draws} while the page is seen"
    return [
        Result(f"dashboard.search_{agents}_p95_ms", p95(searches), "ms", "lower", target, note=note),
        Result(
            f"dashboard.scroll_{agents}_frame_p95_ms", p95(frames), "ms", "lower", None, note=f"{len(frames)} frames"
        ),
        Result(f"dashboard.scroll_{agents}_frame_max_ms", max(frames), "ms", "lower", None),
        Result("dashboard.hidden_draws", outcome.hidden_draws, "calls", "lower", 0, note=seen),
    ]


def measure(quick: bool) -> list[Result]:
    """Scroll and search in 10,000 agents; in 200 when quick."""
    agents, letters = QUICK if quick else FULL
    return results_of(agents, run(agents, letters))
