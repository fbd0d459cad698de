"""What a plugin printed, as values: JSON in the form of the hub's API, or the Prometheus text exposition format."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from opsentrix_protocol.catalogue import Kind, Labels, Metric
from opsentrix_protocol.layouts import check_labels, check_metric

MAX_SERIES = 500
MAX_LABELS = 8
_MAX_HELP_CHARS = 200
_LINE = re.compile(r"([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s*(\S+)(?:\s+-?\d+)?", re.ASCII)
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_UNITS = {"bytes": "By", "seconds": "s", "celsius": "Cel", "volts": "V", "amperes": "A", "joules": "J", "meters": "m"}
"""Base units of Prometheus by the suffix of a name; ratios have the unit 1, as everything else that has no unit."""


class Value(NamedTuple):
    """One value; of a `Kind.RATE` metric, the raw counter."""

    metric: Metric
    labels: Labels
    number: float


class Parsed(NamedTuple):
    """Good values, each series once, and how many others there were."""

    values: list[Value]
    left_out: int


def parse(output: bytes, prefix: str) -> Parsed:
    """Return the values of an output; a bad one is left out alone.

    Args:
        output: what the plugin printed.
        prefix: put before each metric's name.

    Raises:
        ValueError: nothing in it can be understood.
    """
    text = output.decode("utf-8", "replace").strip()
    if not text:
        raise ValueError("it printed nothing")
    found: dict[tuple[str, Labels], Value] = {}
    left_out = 0
    metrics: dict[Metric, Metric] = {}
    for value in _from_json(text) if text.startswith("{") else _from_prometheus(text):
        if value is None or len(found) >= MAX_SERIES:
            left_out += 1
            continue
        metric = value.metric._replace(name=prefix + value.metric.name, help=value.metric.help[:_MAX_HELP_CHARS])
        if not _is_good(metric, value) or (metric.name, value.labels) in found:
            left_out += 1
            continue
        found[metric.name, value.labels] = Value(metrics.setdefault(metric, metric), value.labels, value.number)
    if left_out and not found:
        raise ValueError("it printed nothing that can be taken: neither JSON nor Prometheus text, or no finite number")
    return Parsed(list(found.values()), left_out)


def _is_good(metric: Metric, value: Value) -> bool:
    try:
        check_metric("metric", metric.name, metric.unit)
        check_labels("metric", value.labels)
    except ValueError:
        return False
    return len(value.labels) <= MAX_LABELS and math.isfinite(value.number)


def _from_json(text: str) -> Iterator[Value | None]:
    """Yield the values of `{"metrics": {name: number}, "samples": [{"metric", "value", "labels", "unit", "kind"}]}`."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its JSON is not valid: {error}") from None
    metrics, samples = content.pop("metrics", {}), content.pop("samples", [])
    if content or not isinstance(metrics, dict) or not isinstance(samples, list):
        raise ValueError('its JSON must be {"metrics": {NAME: NUMBER}, "samples": [...]}, both of them optional')
    for name, number in metrics.items():
        yield _from_sample({"metric": name, "value": number})
    for sample in samples:
        yield _from_sample(sample) if isinstance(sample, dict) else None


def _from_sample(sample: dict[str, Any]) -> Value | None:
    name, number, labels = sample.get("metric"), sample.get("value"), sample.get("labels", {})
    unit, kind = sample.get("unit", "1"), sample.get("kind", "gauge")
    if not isinstance(number, (int, float)) or isinstance(number, bool) or not isinstance(labels, dict):
        return None
    if not all(isinstance(text, str) for text in (name, unit, *labels.values())) or kind not in ("gauge", "counter"):
        return None
    try:
        metric = _metric(str(name), unit, "", counter=kind == "counter")
        return Value(metric, tuple(sorted(labels.items())), float(number))
    except OverflowError:
        return None


def _from_prometheus(text: str) -> Iterator[Value | None]:
    """Yield the values of a text exposition.

    Counters, and sum and count of histograms and summaries, become rates; buckets and quantiles are not taken, and are
    not counted as left out. Source: https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    types: dict[str, str] = {}
    helps: dict[str, str] = {}
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("#"):
            words = line.split(None, 3)
            if len(words) == 4 and words[1] in ("TYPE", "HELP"):
                (types if words[1] == "TYPE" else helps)[words[2]] = words[3]
        elif line:
            match = _LINE.fullmatch(line)
            if match is None:
                yield None
            elif not _is_detail(match[1], types):
                yield _from_line(match, types, helps)


def _family(name: str, types: dict[str, str]) -> tuple[str, str]:
    """Return the name and type of the family to which the name of a line belongs."""
    for suffix in ("_sum", "_count", "_bucket", "_total", "_created"):
        base = name.removesuffix(suffix)
        if base != name and name not in types and base in types:
            return base, types[base]
    return name, types.get(name, "untyped")


def _is_detail(name: str, types: dict[str, str]) -> bool:
    family, kind = _family(name, types)
    if kind == "histogram":
        return not name.endswith(("_sum", "_count"))
    return (kind == "summary" and name == family) or (name != family and name.endswith("_created"))


def _from_line(match: "re.Match[str]", types: dict[str, str], helps: dict[str, str]) -> Value | None:
    name, labels = match[1], _labels(match[2] or "")
    family, kind = _family(name, types)
    counter = kind in ("counter", "histogram", "summary") or (kind == "untyped" and name.endswith("_total"))
    suffix = name.removesuffix("_total").removesuffix("_sum").rpartition("_")[2]
    try:
        number = float(match[3])
    except ValueError:
        return None
    if labels is None:
        return None
    text = "".join(one if one.isprintable() else " " for one in helps.get(family, ""))
    return Value(_metric(name.replace(":", "_"), _UNITS.get(suffix, "1"), text, counter=counter), labels, number)


def _labels(text: str) -> Labels | None:
    """Return the labels of a line, or None when they are not understood."""
    pairs: dict[str, str] = {}
    position = 0
    while text[position:].strip():
        match = _LABEL.match(text, position)
        if match is None or match[1] in pairs:
            return None
        pairs[match[1]] = _ESCAPED.sub(lambda one: "\n" if one[1] == "n" else one[1], match[2])
        position = match.end()
    return tuple(sorted(pairs.items()))


def _metric(name: str, unit: str, text: str, *, counter: bool) -> Metric:
    return Metric(name, f"{unit}/s" if counter else unit, Kind.RATE if counter else Kind.GAUGE, text)
