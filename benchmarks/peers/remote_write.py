"""Prometheus remote write, encoded fast enough not to be what is measured.

The format: https://prometheus.io/docs/specs/prw/remote_write_spec/ (WriteRequest in protobuf, compressed as a Snappy
block: https://github.com/google/snappy/blob/main/format_description.txt). All requests of an agent look alike but for
times and values, so one is built and these are filled in. The Snappy block holds it as one literal.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Series

HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
_TIME_BYTES = 6  # 42 bits: any Unix milliseconds from 2004 to 2109 take six bytes as a varint
_SAMPLE = b"\x12\x10\x09" + bytes(8) + b"\x10" + bytes(_TIME_BYTES)
_LITERAL_16 = 61 << 2


class Encoder:
    """Makes the requests of one agent, `ticks` samples of each series at a time."""

    def __init__(self, series: Sequence[Series], agent: str, ticks: int) -> None:
        whole = bytearray()
        ends = []
        for one in series:
            labels = b"".join(_label(name, value) for name, value in _labels(one, agent))
            body = labels + _SAMPLE * ticks
            whole += b"\x0a" + _varint(len(body)) + body
            ends.append(len(whole))
        begins = np.array(ends)[:, None] - len(_SAMPLE) * (ticks - np.arange(ticks))
        self._value_at = begins[:, :, None] + 3 + np.arange(8)
        self._time_at = begins[:, :, None] + 12 + np.arange(_TIME_BYTES)
        self._whole = np.frombuffer(bytes(whole), np.uint8).copy()
        self._head = _varint(len(whole)) + struct.pack("<BH", _LITERAL_16, len(whole) - 1)
        self._ticks = ticks

    def request(self, first_ms: int, values: NDArray[np.float64]) -> bytes:
        """Return a request's body.

        Args:
            first_ms: Unix milliseconds of the first tick; one follows each second.
            values: float64[ticks, series].
        """
        self._whole[self._value_at] = np.ascontiguousarray(values.T).view(np.uint8).reshape(*values.T.shape, 8)
        times = first_ms + 1000 * np.arange(self._ticks)
        septets = (times[:, None] >> (7 * np.arange(_TIME_BYTES))) & 0x7F
        septets[:, :-1] |= 0x80
        self._whole[self._time_at] = septets.astype(np.uint8)
        return self._head + self._whole.tobytes()


def metric_name(name: str) -> str:
    """Return a metric's name as Prometheus allows it."""
    return name.replace(".", "_")


def _labels(series: Series, agent: str) -> list[tuple[str, str]]:
    return sorted([("__name__", metric_name(series.metric.name)), ("agent", agent), *series.labels])


def _label(name: str, value: str) -> bytes:
    pair = b"\x0a" + _varint(len(name)) + name.encode() + b"\x12" + _varint(len(value)) + value.encode()
    return b"\x0a" + _varint(len(pair)) + pair


def _varint(number: int) -> bytes:
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)
