"""What commands print: tables for people, and for programs lines of words, JSON or CSV."""

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from opsentrix.errors import StartupError

Row = Mapping[str, Any]

AsJson = Annotated[bool, typer.Option("--json", help="Print what the hub answers as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print plain numbers as CSV.")]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        title: its head; also its name in CSV.
        text: what people read of a row.
        plain: what CSV holds of a row; the text when left out.
        number: whether it stands at the right.
        style: how a terminal shows a row's text, as rich names it.
    """

    title: str
    text: Callable[[Row], str]
    plain: Callable[[Row], object] | None = None
    number: bool = False
    style: Callable[[Row], str] | None = None


def printable(line: str) -> str:
    """Return a line in which nothing can move the cursor or change the terminal."""
    return "".join(one if one.isprintable() or one == "\t" else repr(one)[1:-1] for one in line)


def show(
    columns: Sequence[Column], rows: Sequence[Row], answer: object, none: str, *, as_json: bool, as_csv: bool
) -> None:
    """Print rows: a table on a terminal, else a line of words for each, between tabs, that nothing cuts.

    Args:
        columns: what is shown of a row.
        rows: what is shown.
        answer: what `--json` prints instead.
        none: what a terminal says where there are no rows.
        as_json: whether it was asked for.
        as_csv: likewise.

    Raises:
        StartupError: both were asked for.
    """
    if as_json and as_csv:
        raise StartupError("Take --json or --csv, not both.")
    if as_json:
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(one.title for one in columns)
        writer.writerows([(one.plain or one.text)(row) for one in columns] for row in rows)
    elif sys.stdout.isatty():
        if rows:
            _table(columns, rows)
        else:
            sys.stdout.write(f"{none}\n")
    else:
        sys.stdout.write("\t".join(one.title for one in columns) + "\n")
        for row in rows:
            sys.stdout.write("\t".join(_cell(one, row).replace("\t", " ") for one in columns) + "\n")


def _cell(column: Column, row: Row) -> str:
    return printable(column.text(row))


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        right = "right" if column.number else "left"
        table.add_column(column.title, justify=right, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(_cell(one, row), style=one.style(row) if one.style else "") for one in columns))
    Console(highlight=False).print(table)
