import pytest
from opsentrix_agent.readable import readable
from opsentrix_protocol.catalogue import Kind, Metric


@pytest.mark.parametrize(
    ("name", "unit", "value", "text"),
    [
        ("usage", "By", 0, "0 B"),
        ("usage", "By", 1023, "1023 B"),
        ("usage", "By", 5 << 40, "5.0 TiB"),
        ("io", "By/s", 2048.0, "2.0 KiB/s"),
        ("cpu.utilization", "1", 0.5, "50.0 %"),
        ("cpu.load_average", "1", 0.5, "0.5"),
        ("count", "{process}", 12.0, "12 process"),
        ("operations", "{operation}/s", 1234.56, "1234.6 operation/s"),
        ("requests", "1/s", 3.0, "3 /s"),
        ("uptime", "s", 90_000, "1.0 d"),
        ("time", "s", 0.0025, "2.5 ms"),
        ("time", "s", 0, "0 s"),
        ("temperature", "Cel", 41.5, "41.5 °C"),
    ],
)
def test_values_as_people_read_them(name: str, unit: str, value: float, text: str) -> None:
    assert readable(Metric(name, unit, Kind.GAUGE), value) == text
