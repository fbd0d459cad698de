"""Remote write requests say what they should, read back by protobuf itself."""

from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

from benchmarks.peers.remote_write import Encoder

FIELD = descriptor_pb2.FieldDescriptorProto


def write_request() -> Any:  # noqa: ANN401 - a class made at run time
    """Make WriteRequest of the specification, as far as it is used."""
    file = descriptor_pb2.FileDescriptorProto(name="w.proto", package="w", syntax="proto3")
    messages = {
        "Label": [("name", 1, FIELD.TYPE_STRING, ""), ("value", 2, FIELD.TYPE_STRING, "")],
        "Sample": [("value", 1, FIELD.TYPE_DOUBLE, ""), ("timestamp", 2, FIELD.TYPE_INT64, "")],
        "TimeSeries": [("labels", 1, FIELD.TYPE_MESSAGE, "Label"), ("samples", 2, FIELD.TYPE_MESSAGE, "Sample")],
        "WriteRequest": [("timeseries", 1, FIELD.TYPE_MESSAGE, "TimeSeries")],
    }
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, number, kind, of in fields:
            label = FIELD.LABEL_REPEATED if of else FIELD.LABEL_OPTIONAL
            message.field.add(name=field, number=number, type=kind, label=label,
                              type_name=f".w.{of}" if of else None)  # fmt: skip
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("w.WriteRequest"))()


def unsnapped(block: bytes) -> bytes:
    """Undo a Snappy block that is one literal with a length of two bytes."""
    length, at, shift = 0, 0, 0
    while True:
        length |= (block[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not block[at - 1] & 0x80:
            break
    assert block[at] == 61 << 2
    assert int.from_bytes(block[at + 1 : at + 3], "little") + 1 == length == len(block) - at - 3
    return block[at + 3 :]


def test_a_request_holds_every_series_with_its_labels_times_and_values() -> None:
    series = [
        Series(Metric("system.network.io", "By/s", Kind.RATE), labels_of(device="eth0")),
        Series(Metric("system.uptime", "s", Kind.GAUGE)),
    ]
    encoder = Encoder(series, "web-1", ticks=2)
    for first_ms in (1_700_000_000_123, 1_700_000_002_123):
        values = np.array([[1.5, -2.0], [3.25, 1e300]]) + first_ms % 7
        message = write_request()
        message.ParseFromString(unsnapped(encoder.request(first_ms, values)))
        network, uptime = message.timeseries
        assert [(one.name, one.value) for one in network.labels] == [
            ("__name__", "system_network_io"), ("agent", "web-1"), ("device", "eth0")
        ]  # fmt: skip
        assert [(one.name, one.value) for one in uptime.labels] == [("__name__", "system_uptime"), ("agent", "web-1")]
        for column, one in enumerate((network, uptime)):
            assert [sample.value for sample in one.samples] == values[:, column].tolist()
            assert [sample.timestamp for sample in one.samples] == [first_ms, first_ms + 1000]
