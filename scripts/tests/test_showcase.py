"""Every page of the dashboard has its picture, and invented machines measure what real ones could."""

import numpy as np
from opsentrix_protocol.layouts import layout_from_wire, layout_to_wire

from scripts.showcase.machines import fleet, looked, measured
from scripts.showcase.pages import SHOTS, forgotten, paths

NOW = 1_795_000_000.0


def test_every_page_of_the_router_has_a_picture() -> None:
    assert forgotten() == set()


def test_a_new_page_without_a_picture_is_noticed() -> None:
    routes = 'const wall = createRoute({\n  getParentRoute: () => app,\n  path: "/wall/$wallId",\n});\n'
    assert paths(routes) - SHOTS.keys() == {"/wall/$wallId"}


def test_pictures_have_names_of_their_own() -> None:
    names = [shot.name for group in SHOTS.values() for shot in group]
    assert len(set(names)) == len(names)


def test_the_same_moment_looks_the_same_in_each_run_and_shares_stay_shares() -> None:
    times = np.arange(NOW, NOW + 3600)
    for machine in fleet(12):
        found, again = measured(machine, times), measured(machine, times)
        assert all(np.array_equal(one.values, other.values) for one, other in zip(found, again, strict=True))
        assert all(np.isfinite(one.values).all() and (one.values >= 0).all() for one in found)
        shares = [one for one in found if one.series.metric.name.endswith(".utilization")]
        assert all((one.values <= 1).all() for one in shares)
        series = [one.series for one in found]
        assert layout_from_wire(layout_to_wire(series)) == series


def test_machines_have_names_of_their_own_and_processes() -> None:
    machines = fleet(160)
    assert len({one.name for one in machines}) == 160
    assert all(len(looked(one, NOW)) == len(one.processes) for one in machines)
