"""Take a picture of every page of the dashboard, in both themes, on a desk and on a phone: `make screenshots`."""

import argparse
import base64
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.browser import chromium, log_in
from scripts.showcase.pages import SHOTS, Shot, forgotten
from scripts.showcase.scene import Scene, playing

OUTPUT = Path(__file__).parents[2] / "docs" / "screenshots"
MAX_BYTES = 8_000_000
"""Of all pictures together."""
QUALITY = 82
_WITHIN_MS = 30_000
_LEAK = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in (socket.gethostname(), tempfile.gettempdir())))
"""What of this machine must stand in no picture: its name, and where the scene is kept."""
_SETTLED = """
async () => {
  const busy = () => document.querySelector(".animate-pulse, [aria-busy=true]") !== null;
  while (busy()) await new Promise(requestAnimationFrame);
  await document.fonts.ready;
  // Charts draw in the frame after their data came.
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a picture is seen on."""

    name: str
    width: int
    height: int
    mobile: bool


SCREENS = (Screen("desktop", 1440, 900, mobile=False), Screen("phone", 390, 844, mobile=True))
THEMES = ("light", "dark")


def take(page: Page, scene: Scene, shot: Shot, output: Path) -> None:
    """Open a page, wait until nothing on it is on its way any more, and write the picture.

    Raises:
        ValueError: it shows something of this machine.
    """
    page.bring_to_front()  # nothing is drawn behind another page
    page.goto(shot.url(scene))
    page.locator(shot.shown).first.scroll_into_view_if_needed(timeout=_WITHIN_MS)
    page.wait_for_load_state("networkidle")
    page.evaluate(_SETTLED)
    text = page.locator("body").inner_text()
    if leak := _LEAK.search(text):
        raise ValueError(f"the page {shot.address} shows {leak[0]!r}, which is of this machine")
    session = page.context.new_cdp_session(page)
    picture = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    session.detach()
    output.write_bytes(base64.b64decode(picture["data"]))


def contexts(browser: Browser, scene: Scene) -> Iterator[tuple[str, BrowserContext, BrowserContext]]:
    """Yield for each screen and theme how its files end, and a profile that is logged in and one that is not."""
    with browser.new_context(base_url=scene.hub.url) as first:
        log_in(first)
        login = first.storage_state()
    for screen in SCREENS:
        for theme in THEMES:
            options = {
                "viewport": {"width": screen.width, "height": screen.height}, "color_scheme": theme,
                "is_mobile": screen.mobile, "has_touch": screen.mobile, "reduced_motion": "reduce",
                "timezone_id": "UTC", "locale": "en-GB",
            }  # fmt: skip
            with (
                browser.new_context(**options, storage_state=login) as known,  # type: ignore[arg-type]
                browser.new_context(**options) as stranger,  # type: ignore[arg-type]
            ):
                yield f"{screen.name}-{theme}", known, stranger


def main() -> None:
    """Take all pictures, or those that are named, and say how large they are together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", help="name of a picture; may be repeated")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where they go (default: %(default)s)")
    arguments = parser.parse_args()
    if missing := forgotten():
        sys.exit(
            f"scripts/showcase/pages.py does not agree with the dashboard's routes on {', '.join(sorted(missing))}"
        )
    shots = [shot for group in SHOTS.values() for shot in group if not arguments.only or shot.name in arguments.only]
    arguments.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="oxs") as folder, playing(Path(folder)) as scene, chromium() as browser:
        for ending, known, stranger in contexts(browser, scene):
            pages = {False: known.new_page(), True: stranger.new_page()}
            for shot in shots:
                take(pages[shot.anonymous], scene, shot, arguments.output / f"{shot.name}-{ending}.webp")
    total = sum(file.stat().st_size for file in arguments.output.glob("*.webp"))
    print(f"{len(shots) * len(SCREENS) * len(THEMES)} pictures; {arguments.output} holds {total / 1e6:.1f} MB")
    if total > MAX_BYTES:
        sys.exit(f"That is more than {MAX_BYTES / 1e6:.0f} MB: lower QUALITY, or take fewer")


if __name__ == "__main__":
    main()
