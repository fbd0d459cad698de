"""Values with their units as people read them."""

from opsentrix_protocol.catalogue import Metric

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_TIMES = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us"))
_SHARES = ("utilization", "ratio")


def readable(metric: Metric, value: float) -> str:
    """Return a value of a metric with its unit.

    >>> from opsentrix_protocol.catalogue import Kind
    >>> readable(Metric("x.usage", "By", Kind.GAUGE), 1536), readable(Metric("x.utilization", "1", Kind.GAUGE), 0.125)
    ('1.5 KiB', '12.5 %')
    """
    unit, slash, _ = metric.unit.partition("/s")
    each = "/s" if slash else ""
    if unit == "By":
        return f"{_bytes(value)}{each}"
    if unit == "s" and not each:
        return _time(value)
    if unit == "1" and metric.name.endswith(_SHARES):
        return f"{value * 100:.1f} %"
    if unit == "Cel":
        return f"{value:.1f} °C"
    name = "" if unit == "1" else unit.strip("{}")
    return f"{_number(value)} {name}{each}".rstrip()


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"


def _bytes(value: float) -> str:
    size, place = value, 0
    while abs(size) >= 1024 and place < len(_BINARY) - 1:
        size, place = size / 1024, place + 1
    return f"{_number(size) if place == 0 else format(size, '.1f')} {_BINARY[place]}"


def _time(value: float) -> str:
    for seconds, name in _TIMES:
        if abs(value) >= seconds:
            return f"{_number(value)} s" if name == "s" else f"{value / seconds:.1f} {name}"
    return "0 s" if value == 0 else f"{value:.3g} s"
