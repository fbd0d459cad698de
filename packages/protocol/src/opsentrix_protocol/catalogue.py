"""Metrics and series: the types that collectors declare and that the hub stores."""

import re
from enum import IntEnum
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]
"""Label pairs, sorted by key, keys unique."""

METRIC_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.]{0,127}")
LABEL_KEY = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.]{0,63}")
MAX_UNIT_CHARS = 32
MAX_LABELS = 16
MAX_LABEL_VALUE_CHARS = 256


class Kind(IntEnum):
    """What a metric's values mean; the numbers are those of MetricKind on the wire."""

    GAUGE = 1
    RATE = 2


class Metric(NamedTuple):
    """One metric as its collector declares it.

    Attributes:
        name: OpenTelemetry semantic convention name, such as `system.cpu.utilization`.
        unit: UCUM unit of the values on the wire (`1`, `By`, `s`, `By/s`).
        kind: gauge, or a rate per second that the agent derives from a counter.
        help: one line for people.
        counter_bits: width at which the counter behind a rate wraps.
    """

    name: str
    unit: str
    kind: Kind
    help: str = ""
    counter_bits: int = 64


class Series(NamedTuple):
    """One metric with its labels, on one agent."""

    metric: Metric
    labels: Labels = ()


def labels_of(**labels: str) -> Labels:
    """Return labels in canonical order.

    >>> labels_of(state="idle", cpu="0")
    (('cpu', '0'), ('state', 'idle'))
    """
    return tuple(sorted(labels.items()))
