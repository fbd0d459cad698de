"""What container engines answer, as it is read."""

import json
from pathlib import Path
from typing import Any

import pytest
from opsentrix_agent.collectors.containerapi import read_inspection, read_list

from .support import DATA

RECORDED = sorted((DATA / "engines").glob("*.list.json"))


def test_hostile_rows_are_left_out_and_names_are_safe() -> None:
    rows: list[Any] = [
        None, 5, {}, {"Id": 7}, {"Id": "../../../etc"}, {"Id": "x" * 64}, {"Id": "a" * 64, "Names": None},
        {"Id": "b" * 64, "Names": ["/a\nb\u202e" + "n" * 500], "State": "evil", "Created": "x", "HostConfig": 3},
        {"Id": "c" * 64, "Names": ["\ud800"], "Image": 9},
    ]  # fmt: skip

    listed = read_list(json.dumps(rows).encode())

    assert [one.name[:16] for one in listed] == ["a" * 12, r"a\x0ab\xe2\x80\xaennn"[:16], r"\xed\xa0\x80"]
    assert all(one.name.isprintable() and len(one.name) <= 128 for one in listed)
    assert {one.state for one in listed} == {"unknown"}


@pytest.mark.parametrize(
    ("body", "restarts", "health", "own_network"),
    [
        (
            {"RestartCount": 2, "State": {"Health": {"Status": "healthy"}}, "HostConfig": {"NetworkMode": "bridge"}},
            2,
            1.0,
            True,
        ),
        (
            {"RestartCount": 0, "State": {"Health": {"Status": "unhealthy"}}, "HostConfig": {"NetworkMode": "host"}},
            0,
            0.0,
            False,
        ),
        ({"RestartCount": -1, "State": {"Health": {"Status": ["x"]}}, "HostConfig": {"NetworkMode": 5}}, 0, None, None),
        ({"RestartCount": "many", "State": 5}, 0, None, None),
        ({}, 0, None, None),
    ],
)
def test_inspections(body: dict[str, Any], restarts: int, health: float | None, own_network: bool | None) -> None:
    assert read_inspection(json.dumps(body).encode()) == (restarts, health, own_network)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_recorded_lists_of_real_engines_are_read(path: Path) -> None:
    by_name = {one.name: one for one in read_list(path.read_bytes())}

    assert by_name["busy"].state == "running"
    assert by_name["busy"].created > 1_600_000_000
    assert by_name["done"].state == "exited"
    assert by_name["checked"].state == "running"
    inspected = read_inspection(path.with_suffix("").with_suffix(".inspect.json").read_bytes())
    assert inspected.health == 1
