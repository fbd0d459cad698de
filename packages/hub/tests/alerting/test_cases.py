"""The engine's cases in `cases/`, as they are; README.md describes their format."""

from pathlib import Path

import pytest

from .script import Case, Runner, read

FILES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
CASES = [pytest.param(case, id=f"{file.stem}: {case.name}") for file in FILES for case in read(file)]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case) -> None:
    found = Runner(case).run()
    for line, wanted in zip(found, case.expected, strict=False):
        assert _as_told(line, wanted) == wanted
    assert len(found) == len(case.expected), "\n".join(found)


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60


def _as_told(line: str, wanted: str) -> str:
    """Leave out the value where none is wanted."""
    if " = " in wanted or " = " not in line:
        return line
    head, _, rest = line.partition(" = ")
    _, space, reason = rest.partition(" (")
    return head + (space + reason)
