"""The dashboard's figures say what was measured."""

from benchmarks import first_view, lighthouse


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
