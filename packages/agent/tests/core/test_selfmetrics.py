from pathlib import Path

from opsentrix_agent.selfmetrics import CPU, DROPPED, MISSED, RSS, SPOOLED, SelfMetrics


def test_the_agent_tells_about_itself() -> None:
    own = SelfMetrics(spooled=lambda: 3, dropped=lambda: 2, missed=lambda: 1, config_errors=lambda: 4)
    sum(range(200_000))
    values = {metric: value for metric, _, value in own.collect()}
    assert (values[SPOOLED], values[DROPPED], values[MISSED]) == (3, 2, 1)
    assert 5e6 < values[RSS] < 5e9
    assert 0 <= values[CPU] <= 64
    assert set(values) == set(SelfMetrics.metrics)


def test_without_proc_the_memory_is_left_out(tmp_path: Path) -> None:
    metrics = {metric for metric, _, _ in SelfMetrics(statm=tmp_path / "none").collect()}
    assert RSS not in metrics
    assert SPOOLED in metrics
