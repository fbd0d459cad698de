"""What a browser must load before the dashboard shows anything: the scripts that its first page names, compressed."""

import gzip
from html.parser import HTMLParser
from pathlib import Path

from opsentrix.web import STATIC

from benchmarks.harness import BenchmarkError, Result

KILOBYTE = 1000
BASE = "/dashboard/"


class ScriptFinder(HTMLParser):
    """Collects the addresses of the scripts that a page loads at once, preloaded modules included."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the address of a script or of a preloaded module."""
        attributes = dict(attrs)
        address = attributes.get("src") if tag == "script" else None
        if tag == "link" and attributes.get("rel") == "modulepreload":
            address = attributes.get("href")
        if address:
            self.addresses.append(address)


def first_scripts(index: Path) -> list[Path]:
    """Return the files of the scripts that a built page loads at once.

    Raises:
        BenchmarkError: there is no such page, or it names no script.
    """
    if not index.is_file():
        raise BenchmarkError("the dashboard is not built: run `make dashboard`")
    finder = ScriptFinder()
    finder.feed(index.read_text())
    if not finder.addresses:
        raise BenchmarkError(f"{index} names no script")
    return [index.parent / address.removeprefix(BASE) for address in finder.addresses]


def measure(quick: bool) -> list[Result]:
    """Add up the compressed sizes; being quick changes nothing."""
    total = sum(len(gzip.compress(path.read_bytes())) for path in first_scripts(STATIC / "index.html"))
    return [
        Result(
            "dashboard.first_js_kb",
            total / KILOBYTE,
            "KB",
            "lower",
            250,
            note="gzip; scripts of the first page, 1 KB = 1000 B",
        )
    ]
