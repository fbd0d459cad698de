"""From the press of a button to the first output on the screen: hub, agent, process and browser are real.

On the page of an agent, with its charts moving, somebody runs a script of the owner's that writes one line. The clock
runs in the browser: from the click that gives the command until the picture with the line in it was handed over.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.browser import AFTER_DRAWING, logged_in
from benchmarks.command import TARGET_MS, furnish, p95
from benchmarks.deployment import running_agent, running_hub
from benchmarks.harness import Result, wait_until

FULL, QUICK = 40, 5
_SETTLED_MS = 1500
"""How long the page is left alone before the dialog is opened, and the dialog before it is confirmed."""
_SUBMIT = "[role=dialog] form button[type=submit]"
_CLICK = f"""
() => new Promise((done) => {{
  const shown = () => document.querySelector('section[aria-label^="Output of"]')?.textContent.includes("hello");
  const observer = new MutationObserver(() => {{
    if (!shown()) return;
    observer.disconnect();
    ({AFTER_DRAWING})(() => done(performance.now() - began));
  }});
  observer.observe(document.body, {{ subtree: true, childList: true, characterData: true }});
  const button = document.querySelector("{_SUBMIT}");
  const began = performance.now();
  button.click();
}})
"""


def _once(page: Page) -> float:
    """Run the script from the agent's page and return the milliseconds until its output was seen."""
    page.goto("/dashboard/agents/1")
    page.get_by_role("figure", name="CPU by state, all cores").wait_for()
    page.get_by_role("link", name="Actions").first.click()
    page.wait_for_timeout(_SETTLED_MS)
    page.get_by_role("button", name="Run script hello").click()
    page.locator(f"{_SUBMIT}:enabled").wait_for()
    page.wait_for_timeout(_SETTLED_MS)
    taken: float = page.evaluate(_CLICK)
    return taken


def run(count: int) -> list[float]:
    """Return the milliseconds of so many clicks; one before them is not counted: it loads the page's code.

    Raises:
        BenchmarkError: there is no browser.
    """
    with tempfile.TemporaryDirectory(prefix="oxc") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the embedded PostgreSQL runs as another user
        furnish(folder / "agent")
        with running_hub(folder) as hub, running_agent(hub, folder / "agent"), logged_in(hub) as page:
            wait_until(lambda: bool(hub.client.get("/api/v1/agents/1/actions").json()["items"]), "no policy came", 30)
            _once(page)
            return [_once(page) for _ in range(count)]


def results_of(taken: list[float]) -> list[Result]:
    """Make the figures."""
    note = f"{len(taken)} clicks on an agent's page; fastest {min(taken):.0f} ms, slowest {max(taken):.0f}"
    return [
        Result("command.click_p95_ms", p95(taken), "ms", "lower", TARGET_MS, note=note),
        Result("command.click_p50_ms", statistics.median(taken), "ms", "lower", None),
    ]


def measure(quick: bool) -> list[Result]:
    """Measure 40 clicks, or 5 when quick."""
    return results_of(run(QUICK if quick else FULL))
