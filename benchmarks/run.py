"""Run the benchmarks, print a table and write the results: `make bench`, or `make bench QUICK=1`."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks import (
    alert_latency,
    alert_storm,
    alerting,
    churn,
    click,
    command,
    first_js,
    first_view,
    fleet,
    footprint,
    ingest,
    links,
    live_heap,
    long_list,
    long_queries,
)
from benchmarks.harness import BenchmarkError, Result

RESULTS = Path(__file__).parent / "results" / "latest.json"

BENCHMARKS: dict[str, Callable[[bool], list[Result]]] = {
    "first_js": first_js.measure,
    "first_view": first_view.measure,
    "long_list": long_list.measure,
    "live_heap": live_heap.measure,
    "footprint": footprint.measure,
    "alerting": alerting.measure,
    "alert_latency": alert_latency.measure,
    "alert_storm": alert_storm.measure,
    "ingest": ingest.measure,
    "churn": churn.measure,
    "queries": long_queries.measure,
    "fleet": fleet.measure,
    "links": links.measure,
    "command": command.measure,
    "click": click.measure,
}
"""Every benchmark by its name; the argument says whether to be quick about it."""

VERDICTS = {True: "met", False: "MISSED", None: ""}


def table(results: Iterable[Result]) -> str:
    """Lay the results out for people, one line each."""
    rows = [("name", "value", "unit", "target", "", "peer")]
    for one in results:
        target = "" if one.target is None else f"{'<=' if one.better == 'lower' else '>='} {one.target:g}"
        peer = "" if one.peer is None or one.peer_value is None else f"{one.peer}: {one.peer_value:.3g}"
        rows.append((one.name, f"{one.value:.3g}", one.unit, target, VERDICTS[one.met], peer))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def run(names: Sequence[str], quick: bool) -> list[Result]:
    """Carry out the named benchmarks one after the other."""
    results = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        results += BENCHMARKS[name](quick)
    return results


def main() -> None:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs: under two minutes in all")
    parser.add_argument("--only", action="append", choices=sorted(BENCHMARKS), help="one benchmark; may be repeated")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the results go (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        results = run(arguments.only or list(BENCHMARKS), arguments.quick)
    except BenchmarkError as error:
        sys.exit(f"Benchmark failed: {error}")
    arguments.output.write_text(json.dumps([one.as_json() for one in results], indent=2) + "\n")
    print(table(results))


if __name__ == "__main__":
    main()
