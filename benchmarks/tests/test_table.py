"""The table in the documents is that of a kept run."""

import pytest

from benchmarks import table
from benchmarks.harness import Result

RESULTS = [
    Result("a.rss_mb", 30.25, "MB", "lower", 25, "other", 20.7),
    Result("b.agents", 10000.0, "agents", "higher", 10000),
    Result("c.free", 0.00123, "s", "lower", None, "absent", None),
]
PLACE = "before\n\n<!-- results: old.json -->\nwhatever\n<!-- end of results -->\n\nafter\n"


def test_the_documents_and_the_kept_results_agree() -> None:
    text = table.DOCUMENT.read_text()
    file = table.source(text)
    assert table.updated(text, file, table.load(table.RESULTS / file)) == text, "run `python -m benchmarks.table`"


def test_the_table_stands_between_the_markers_and_names_its_file() -> None:
    text = table.updated(PLACE, "new.json", RESULTS)
    assert table.source(text) == "new.json"
    assert text.splitlines() == [
        "before",
        "",
        "<!-- results: new.json -->",
        "| Line | Value | Unit | Target | | Peer |",
        "|---|---|---|---|---|---|",
        "| `a.rss_mb` | 30.2 | MB | ≤ 25 | missed | other: 20.7 |",
        "| `b.agents` | 10,000 | agents | ≥ 10,000 | met |  |",
        "| `c.free` | 0.00123 | s |  |  |  |",
        "<!-- end of results -->",
        "",
        "after",
    ]


@pytest.mark.parametrize("text", ["nothing", PLACE + PLACE])
def test_a_document_without_its_one_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="places for a table"):
        table.updated(text, "new.json", RESULTS)
