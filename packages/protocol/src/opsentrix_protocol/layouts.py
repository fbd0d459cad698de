"""Layouts: the ordered series of a frame, their wire form and their identity."""

import hashlib
from collections.abc import Sequence

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import (
    LABEL_KEY,
    MAX_LABEL_VALUE_CHARS,
    MAX_LABELS,
    MAX_UNIT_CHARS,
    METRIC_NAME,
    Kind,
    Labels,
    Metric,
    Series,
)
from opsentrix_protocol.errors import LayoutError

_UNIT_SEPARATOR = b"\x1f"
_RECORD_SEPARATOR = b"\x1e"


def layout_id(series: Sequence[Series]) -> int:
    """Return the identity of an ordered list of series: 64 bits of a SHA-256 over its canonical form.

    The canonical form joins the series by the byte 0x1e; a series is its metric name, unit, kind as a decimal
    number and then each label's key and value, joined by the byte 0x1f; all in UTF-8. The id is the digest's first
    eight bytes, read as a big-endian number.
    """
    records = (
        _UNIT_SEPARATOR.join(
            part.encode()
            for part in (
                one.metric.name,
                one.metric.unit,
                str(int(one.metric.kind)),
                *(text for pair in one.labels for text in pair),
            )
        )
        for one in series
    )
    return int.from_bytes(hashlib.sha256(_RECORD_SEPARATOR.join(records)).digest()[:8], "big")


def layout_to_wire(series: Sequence[Series]) -> pb.Layout:
    """Return the message that tells the hub these series; each metric is named once."""
    layout = pb.Layout()
    index_of: dict[Metric, int] = {}
    for one in series:
        index = index_of.get(one.metric)
        if index is None:
            index = index_of[one.metric] = len(index_of)
            layout.metrics.add(
                name=one.metric.name, unit=one.metric.unit, kind=pb.MetricKind.ValueType(one.metric.kind)
            )
        message = layout.series.add(metric=index)
        for key, value in one.labels:
            message.labels.add(key=key, value=value)
    return layout


def layout_from_wire(layout: pb.Layout) -> list[Series]:
    """Return the series of a layout message.

    Raises:
        LayoutError: a name, unit, kind or label is not valid, or a series stands in it twice.
    """
    metrics = [_metric(index, message) for index, message in enumerate(layout.metrics)]
    result: list[Series] = []
    seen: set[tuple[str, Labels]] = set()
    for index, message in enumerate(layout.series):
        field = f"layout.series[{index}]"
        if message.metric >= len(metrics):
            raise LayoutError(f"{field}.metric", f"is {message.metric}, but the layout has {len(metrics)} metrics")
        one = Series(metrics[message.metric], _labels(field, message))
        if (one.metric.name, one.labels) in seen:
            raise LayoutError(field, f"repeats {one.metric.name} with the same labels")
        seen.add((one.metric.name, one.labels))
        result.append(one)
    if not result:
        raise LayoutError("layout.series", "is empty")
    return result


def check_labels(field: str, labels: Labels) -> None:
    """Check labels that came from outside.

    Raises:
        LayoutError: too many of them, a key or value that is not allowed, or not in ascending order of keys.
    """
    if len(labels) > MAX_LABELS:
        raise LayoutError(f"{field}.labels", f"has {len(labels)} labels; at most {MAX_LABELS} are allowed")
    previous = ""
    for key, value in labels:
        if not LABEL_KEY.fullmatch(key):
            raise LayoutError(f"{field}.labels", f"has the key {key[:80]!r}; letters, digits, _ and . are allowed")
        if key <= previous:
            raise LayoutError(f"{field}.labels", f"has the key {key!r} out of order or twice")
        if len(value) > MAX_LABEL_VALUE_CHARS or not value.isprintable():
            raise LayoutError(
                f"{field}.labels",
                f"has a value of {key!r} over {MAX_LABEL_VALUE_CHARS} characters or not printable",
            )
        previous = key


def check_metric(field: str, name: str, unit: str) -> None:
    """Check a metric's name and unit that came from outside.

    Raises:
        LayoutError: one of them is not allowed.
    """
    if not METRIC_NAME.fullmatch(name):
        raise LayoutError(f"{field}.name", f"is {name[:80]!r}; up to 128 letters, digits, _ and . are allowed")
    if len(unit) > MAX_UNIT_CHARS or not unit.isprintable():
        raise LayoutError(f"{field}.unit", f"is over {MAX_UNIT_CHARS} characters or not printable")


def _metric(index: int, message: pb.Metric) -> Metric:
    field = f"layout.metrics[{index}]"
    check_metric(field, message.name, message.unit)
    try:
        kind = Kind(message.kind)
    except ValueError:
        raise LayoutError(f"{field}.kind", f"is {message.kind}, which is neither gauge nor rate") from None
    return Metric(message.name, message.unit, kind)


def _labels(field: str, message: pb.Series) -> Labels:
    labels = tuple((label.key, label.value) for label in message.labels)
    check_labels(field, labels)
    return labels
