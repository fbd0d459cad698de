"""The dashboard's figures say what was measured."""

from benchmarks import first_view, lighthouse, live_heap, long_list


def test_the_worst_page_is_held_against_the_target() -> None:
    taken = {"home_cold": [900.0, 1000.0], "agents_cold": [1400.0, 1600.0]}
    worst, *others = first_view.results_of(1000, taken)
    assert (worst.name, worst.value, worst.target, worst.met) == ("dashboard.first_view_1000_ms", 1600, 1500, False)
    assert "agents_cold" in worst.note
    assert [(one.name, one.value) for one in others[:2]] == [
        ("dashboard.home_cold_1000_p50_ms", 950),
        ("dashboard.home_cold_1000_p95_ms", 1000),
    ]


def test_another_fleet_has_no_target() -> None:
    assert first_view.results_of(200, {"home_cold": [9000.0]})[0].met is None


def test_the_middle_of_the_scores_counts_and_a_phone_has_no_target() -> None:
    def visit(preset: str, performance: int) -> lighthouse.Visit:
        scores = {"performance": performance, "best-practices": 100}
        return lighthouse.Visit(preset, "home", scores, {"performance": [f"slow {performance}"], "best-practices": []})

    visits = [visit("desktop", 90), visit("desktop", 96), visit("desktop", 94), visit("mobile", 70)]
    desktop, practices, mobile, _ = lighthouse.results_of(visits, 1.5)
    assert (desktop.name, desktop.value, desktop.met) == ("lighthouse.desktop_home_performance", 94, False)
    assert desktop.note == "visits: [90, 96, 94]; load of the machine: 1.5; slow 90; slow 94; slow 96"
    assert (practices.name, practices.met) == ("lighthouse.desktop_home_best_practices", True)
    assert (mobile.value, mobile.met) == (70, None)


def test_a_search_is_held_against_the_target_and_a_hidden_page_draws_nothing() -> None:
    outcome = long_list.Outcome([16.0] * 99 + [80.0], [40.0] * 18 + [120.0] * 2, 500, 3)
    search, frames, longest, hidden = long_list.results_of(10_000, outcome)
    assert (search.name, search.value, search.met) == ("dashboard.search_10000_p95_ms", 120, False)
    assert (frames.value, longest.value) == (16, 80)
    assert (hidden.value, hidden.met) == (3, False)
    assert "500 while the page is seen" in hidden.note


def test_what_the_heap_gains_between_the_first_hour_and_the_last_is_the_figure() -> None:
    readings = [live_heap.Reading(heap, 4000, 900) for heap in (10_000_000, 14_000_000, 11_000_000)]
    heap, nodes, _ = live_heap.results_of(8, readings)
    assert (heap.name, round(heap.value), heap.met) == ("dashboard.heap_growth_8h_percent", 10, False)
    assert heap.note == "MB after each hour: 10.0, 14.0, 11.0"
    assert nodes.value == 0
    assert live_heap.results_of(2, readings)[0].met is None
