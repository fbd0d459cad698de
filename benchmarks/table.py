"""Write the table of a kept run into docs/benchmarks.md: `python -m benchmarks.table [FILE]`.

The table stands between two markers, of which the first names the file in `benchmarks/results/` that it was made of.
Without FILE it is made anew of that one; with FILE, of another, which must lie there too.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.harness import Result

DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
RESULTS = Path(__file__).parent / "results"
_PLACE = re.compile(r"<!-- results: (?P<file>\S+) -->\n(?P<table>.*?)<!-- end of results -->", re.DOTALL)
_VERDICTS = {True: "met", False: "missed", None: ""}


def load(file: Path) -> list[Result]:
    """Read results as `benchmarks.run` writes them."""
    return [Result(**fields) for fields in json.loads(file.read_text())]


def markdown(results: Iterable[Result]) -> str:
    """Lay results out as a table in Markdown, a line each."""
    lines = ["| Line | Value | Unit | Target | | Peer |", "|---|---|---|---|---|---|"]
    for one in results:
        target = "" if one.target is None else f"{'≤' if one.better == 'lower' else '≥'} {one.target:,g}"
        peer = "" if one.peer is None or one.peer_value is None else f"{one.peer}: {_number(one.peer_value)}"
        cells = (f"`{one.name}`", _number(one.value), one.unit, target, _VERDICTS[one.met], peer)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Return three digits, or all of a whole number."""
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:.3g}"


def source(text: str) -> str:
    """Return which file the table of a document was made of.

    Raises:
        ValueError: it has no place for a table, or several.
    """
    return _place(text)["file"]


def updated(text: str, file: str, results: Iterable[Result]) -> str:
    """Return a document with the table of these results in its place.

    Raises:
        ValueError: it has no place for a table, or several.
    """
    place = _place(text)
    table = f"<!-- results: {file} -->\n{markdown(results)}<!-- end of results -->"
    return text[: place.start()] + table + text[place.end() :]


def _place(text: str) -> re.Match[str]:
    places = list(_PLACE.finditer(text))
    if len(places) != 1:
        raise ValueError(f"the document has {len(places)} places for a table of results, not one")
    return places[0]


def main() -> None:
    """Read the command line and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="results to show from now on, in benchmarks/results/")
    named: Path | None = parser.parse_args().file
    text = DOCUMENT.read_text()
    file = RESULTS / source(text) if named is None else named.resolve()
    if file.parent != RESULTS or file.name == "latest.json":
        sys.exit(f"Keep the run first: copy it to {RESULTS} under a name of its own.")
    DOCUMENT.write_text(updated(text, file.name, load(file)))


if __name__ == "__main__":
    main()
