"""Two hosts with one identity are noticed, and nothing else is."""

from datetime import UTC, datetime

import pytest
from opsentrix.fleet.clones import RUNS, WITHIN_S, Seen, is_kept
from opsentrix.model.identity import Clone, Host
from opsentrix.storage.clones import KEPT_MACHINES

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_host(run: str, machine: str = "", address: str = "10.0.0.1") -> Host:
    return Host(run.encode(), machine, f"host-{machine or run}", address, NOW)


def arrive(*hosts: tuple[str, str], apart_s: float = 1.0) -> tuple[Host, Host] | None:
    """Let runs (name, machine) say hello one after the other; return what was noticed first."""
    seen = Seen()
    for number, (run, machine) in enumerate(hosts):
        found = seen.arrive(a_host(run, machine, f"10.0.0.{number}"), number * apart_s)
        if found is not None:
            return found
    return None


def turns(names: str, machines: str = "") -> list[tuple[str, str]]:
    return list(zip(names, machines or [""] * len(names), strict=True))


@pytest.mark.parametrize(
    ("case", "names", "machines"),
    [
        ("reconnects, from ever new addresses", "AAAAAA", "mmmmmm"),
        ("is restarted again and again", "ABCDEFGHIJKL", "mmmmmmmmmmmm"),
        ("tells no machine", "ABAAA", ""),
        ("moves to another machine for good", "ABBBC", "mnnnn"),
        ("gets a new machine id with each start, as a container may", "ABCDEF", "mnopqr"),
        ("is put back to a snapshot once, and again", "ABACADA", "mmmmmmm"),
        ("had its last words overtaken by its next run", "ABA", "mmm"),
    ],
)  # fmt: skip
def test_one_host_that(case: str, names: str, machines: str) -> None:
    assert arrive(*turns(names, machines)) is None


@pytest.mark.parametrize(
    ("names", "machines", "two"),
    [
        ("ABAB", "", ("A", "B")),
        ("ABAB", "mmmm", ("A", "B")),
        ("ABCACBC", "", ("A", "C")),
        ("ABC", "mnm", ("B", "C")),
        ("AB" + "CDEFGH" + "I", "mn" + "nnnnnn" + "m", ("H", "I")),
    ],
    ids=["two live ones", "two of one disk image", "a restart among them", "one by day, one by night",
         "a machine long after"],
)  # fmt: skip
def test_two_hosts_are_noticed_and_named(names: str, machines: str, two: tuple[str, str]) -> None:
    found = arrive(*turns(names, machines))
    assert found is not None
    assert {side.run.decode() for side in found} == set(two)


def test_returns_that_are_far_apart_are_no_fight() -> None:
    assert arrive(*turns("ABAB"), apart_s=WITHIN_S / 2) is not None
    assert arrive(*turns("ABAB"), apart_s=WITHIN_S + 1) is None


def test_an_agent_that_names_ever_new_runs_and_machines_fills_no_memory() -> None:
    seen = Seen()
    for number in range(1000):
        seen.arrive(a_host(f"r{number}", f"m{number}"), number)
    assert (len(seen.runs), len(seen.machines), len(seen.returned)) == (RUNS, KEPT_MACHINES, 0)


def test_the_kept_one_is_known_by_its_machine_and_else_by_its_run() -> None:
    apart = Clone(1, NOW, (a_host("A", "m"), a_host("B", "n")), kept=1)
    assert is_kept(apart, a_host("C", "n"))
    assert not is_kept(apart, a_host("A", "m"))
    alike = Clone(1, NOW, (a_host("A", "m"), a_host("B", "m")), kept=0)
    assert is_kept(alike, a_host("A", "m"))
    assert not is_kept(alike, a_host("B", "m"))
