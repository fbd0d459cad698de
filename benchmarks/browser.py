"""A real Chromium that is logged in to a hub: what every measurement of the dashboard stands on."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.deployment import PASSWORD, Hub
from benchmarks.harness import BenchmarkError
from scripts.ensure_chromium import installed

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip

AFTER_DRAWING = """
(tell) => requestAnimationFrame(() => {
  // A frame's callbacks run before it is drawn, messages sent from there after it.
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = tell;
  port2.postMessage(null);
})
"""
"""A function of JavaScript that calls another one once the next picture was handed over."""


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Run the machine's browser for the time of the block.

    Raises:
        BenchmarkError: there is none.
    """
    path = installed()
    if path is None:
        raise BenchmarkError("there is no Chromium: install one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
        try:
            yield browser
        finally:
            browser.close()


def log_in(context: BrowserContext) -> Page:
    """Log in by the page, as a person does, and return it."""
    page = context.new_page()
    page.goto("/dashboard/login")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("navigation", name="Main").wait_for()
    return page


def new_context(browser: Browser, hub: Hub) -> BrowserContext:
    """Return a fresh profile of the browser with the screen of a desk, for one hub."""
    return browser.new_context(base_url=hub.url, viewport={"width": 1440, "height": 900})


@contextmanager
def logged_in(hub: Hub, *more: str) -> Iterator[Page]:
    """Run a browser and yield a page that is logged in.

    Raises:
        BenchmarkError: there is no browser.
    """
    with chromium(*more) as browser, new_context(browser, hub) as context:
        yield log_in(context)
