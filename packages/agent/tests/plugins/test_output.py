import pytest
from opsentrix_agent.plugins.output import MAX_SERIES, parse
from opsentrix_protocol.catalogue import Kind

PROMETHEUS = b"""
# HELP app_requests_total Requests served.
# TYPE app_requests_total counter
app_requests_total{method="get",path="/a \\"b\\" \\\\"} 1027 1395066363000
app_requests_total{path="/",method="post",} 3
# TYPE app_memory_bytes gauge
app_memory_bytes 1.5e6
# a comment
app:queue 7
app_sent_bytes_total 12
# TYPE app_latency_seconds histogram
app_latency_seconds_bucket{le="0.1"} 5
app_latency_seconds_bucket{le="+Inf"} 9
app_latency_seconds_sum 2.5
app_latency_seconds_count 9
# TYPE app_wait_seconds summary
app_wait_seconds{quantile="0.5"} 1
app_wait_seconds_sum 8
app_wait_seconds_count 4
"""


def seen(output: bytes) -> dict[tuple[str, str], tuple[float, str, Kind]]:
    return {
        (one.metric.name, ",".join(f"{key}={text}" for key, text in one.labels)): (
            one.number, one.metric.unit, one.metric.kind,
        )
        for one in parse(output, "p.").values
    }  # fmt: skip


def test_prometheus_text() -> None:
    assert parse(PROMETHEUS, "p.").left_out == 0
    assert parse(PROMETHEUS, "p.").values[0].metric.help == "Requests served."
    assert seen(PROMETHEUS) == {
        ("p.app_requests_total", 'method=get,path=/a "b" \\'): (1027, "1/s", Kind.RATE),
        ("p.app_requests_total", "method=post,path=/"): (3, "1/s", Kind.RATE),
        ("p.app_memory_bytes", ""): (1.5e6, "By", Kind.GAUGE),
        ("p.app_queue", ""): (7, "1", Kind.GAUGE),
        ("p.app_sent_bytes_total", ""): (12, "By/s", Kind.RATE),
        ("p.app_latency_seconds_sum", ""): (2.5, "s/s", Kind.RATE),
        ("p.app_latency_seconds_count", ""): (9, "1/s", Kind.RATE),
        ("p.app_wait_seconds_sum", ""): (8, "s/s", Kind.RATE),
        ("p.app_wait_seconds_count", ""): (4, "1/s", Kind.RATE),
    }


def test_json() -> None:
    output = b"""{"metrics": {"age": 12, "no": null}, "samples": [
        {"metric": "read", "value": 5, "unit": "By", "kind": "counter", "labels": {"b": "1", "a": "2"}},
        {"metric": "read", "value": true}, {"metric": "x y", "value": 1}, 3,
        {"metric": "huge", "value": %s}]}""" % (b"9" * 400)
    assert parse(output, "p.").left_out == 5
    assert seen(output) == {("p.age", ""): (12, "1", Kind.GAUGE), ("p.read", "a=2,b=1"): (5, "By/s", Kind.RATE)}


@pytest.mark.parametrize(
    "line",
    [
        b"x NaN",
        b"x +Inf",
        b"x",
        b"x one",
        b"good 2",
        b'x{a="1} 1',
        b'x{a="1",a="2"} 1',
        b'x{a="line\\nbreak"} 1',
        b'x{a="%s"} 1' % (b"y" * 300),
        b"x{%s} 1" % b",".join(b'l%d="v"' % number for number in range(9)),
        b"y" * 200 + b" 1",
        b"\xff\x00 1",
        b"Traceback (most recent call last):",
    ],
)
def test_a_bad_line_is_left_out_alone(line: bytes) -> None:
    parsed = parse(b"good 1\n" + line + b"\n", "p.")
    assert [value.number for value in parsed.values] == [1]
    assert parsed.left_out == 1


def test_series_are_limited() -> None:
    parsed = parse(b"".join(b'x{n="%d"} 1\n' % number for number in range(MAX_SERIES + 7)), "p.")
    assert (len(parsed.values), parsed.left_out) == (MAX_SERIES, 7)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (b" \n", "printed nothing"),
        (b"\xff\xfe\x00", "nothing that can be taken"),
        (b"<html>", "nothing that can be taken"),
        (b"{", "JSON is not valid"),
        (b'{"metrics": ' + b"[" * 100_000, "JSON is not valid"),
        (b'{"queue": 1}', "its JSON must be"),
        (b'{"metrics": []}', "its JSON must be"),
    ],
)
def test_an_output_that_holds_nothing_is_an_error(output: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(output, "p.")
