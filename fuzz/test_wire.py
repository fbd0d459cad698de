"""The protocol's codecs, which both sides use: ProtocolError and nothing else, whatever comes."""

import zlib
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix_protocol import frames, layouts, processes
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import LABEL_KEY, MAX_LABEL_VALUE_CHARS, METRIC_NAME, Kind, Metric, Series
from opsentrix_protocol.errors import LayoutError, ProtocolError
from opsentrix_protocol.sealing import KEY_BYTES, Opener, SealBrokenError, Sealer, info_of, new_key

from fuzz.inputs import TEXTS, changed, fuzzed, messages
from packages.protocol.tests.wire.messages import MESSAGES, SERIES

FRAMES = [one.frame for one in MESSAGES.values() if isinstance(one, pb.AgentMessage) and one.HasField("frame")]
FRAMES.append(pb.Frame(ticks=2))
frames.pack(FRAMES[-1], array("d", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), b"\x02")
COMPRESSIONS = st.sampled_from((pb.COMPRESSION_NONE, pb.COMPRESSION_ZLIB, 7))
PROCESSES = FRAMES[2].process_samples


@fuzzed()
@given(messages(pb.Frame, FRAMES), st.integers(0, 5))
def test_a_frame_is_unpacked_to_what_its_head_says_or_not_at_all(frame: pb.Frame, series: int) -> None:
    try:
        unpacked = frames.unpack(frame, series)
    except ProtocolError:
        return
    assert len(unpacked.values) == series * frame.ticks * unpacked.item_bytes
    assert len(unpacked.absent) in (0, (series * frame.ticks + 7) // 8)
    assert frames.unpack_head(frame, series, series) == unpacked


@fuzzed()
@given(changed([FRAMES[-1].columns, zlib.compress(bytes(1 << 20))]), COMPRESSIONS, st.integers(0, 100))
def test_what_is_inflated_has_the_length_that_was_expected(data: bytes, compression: int, expected: int) -> None:
    try:
        plain = frames.decompress("frame.columns", data, compression, expected)
    except ProtocolError:
        return
    assert len(plain) == expected


@fuzzed()
@given(messages(pb.Layout, [layouts.layout_to_wire(SERIES)]))
def test_a_layout_is_good_and_comes_back_the_same_or_is_refused(layout: pb.Layout) -> None:
    try:
        series = layouts.layout_from_wire(layout)
    except LayoutError:
        return
    assert layouts.layout_from_wire(layouts.layout_to_wire(series)) == series
    assert all(one.metric.unit.isprintable() and METRIC_NAME.fullmatch(one.metric.name) for one in series)
    assert all(LABEL_KEY.fullmatch(key) and value.isprintable() for one in series for key, value in one.labels)


_label_values = TEXTS.filter(lambda text: text.isprintable() and len(text) <= MAX_LABEL_VALUE_CHARS)
_labels = st.dictionaries(st.from_regex(LABEL_KEY, fullmatch=True), _label_values, max_size=3)
_metrics = st.tuples(
    st.from_regex(METRIC_NAME, fullmatch=True), st.sampled_from(("", "1", "By/s")), st.sampled_from(Kind)
).map(lambda parts: Metric(*parts))
_series = st.tuples(_metrics, _labels).map(lambda parts: Series(parts[0], tuple(sorted(parts[1].items()))))


@fuzzed()
@given(st.lists(_series, min_size=1, max_size=6, unique_by=lambda one: (one.metric.name, one.labels)))
def test_what_a_layout_says_is_read_as_it_was_written(series: list[Series]) -> None:
    wire = layouts.layout_to_wire(series)
    read = layouts.layout_from_wire(pb.Layout.FromString(wire.SerializeToString()))
    assert read == series
    assert layouts.layout_id(read) == layouts.layout_id(series)


@fuzzed()
@given(changed([PROCESSES, zlib.compress(PROCESSES), zlib.compress(bytes(1 << 20))]), COMPRESSIONS)
def test_process_samples_fit_together_or_are_refused(data: bytes, compression: int) -> None:
    try:
        message = processes.parse(processes.plain(data, compression))
    except ProtocolError:
        return
    assert sum(len(table.processes) for table in processes.tables(message)) == len(message.pid)


@fuzzed()
@given(messages(pb.ProcessSamples, [pb.ProcessSamples.FromString(PROCESSES)]))
def test_columns_of_processes_fit_together_or_are_refused(message: pb.ProcessSamples) -> None:
    try:
        checked = processes.checked(message)
    except ProtocolError:
        return
    list(processes.tables(checked))


PRIVATE, PUBLIC = new_key()
INFO = info_of(7, PUBLIC, bytes(32))


@fuzzed()
@given(st.data())
def test_only_what_was_sealed_is_opened(data: st.DataObject) -> None:
    sealer = Sealer(PUBLIC, INFO)
    sealed = sealer.seal(b"message")
    enc, ciphertext = data.draw(changed([sealer.enc])), data.draw(changed([sealed, bytes(16), b""]))
    if (enc, ciphertext) == (sealer.enc, sealed):
        assert Opener(PRIVATE, enc, INFO).open(ciphertext) == b"message"
    elif len(enc) == KEY_BYTES:  # the session checks that first
        with pytest.raises(SealBrokenError):
            Opener(PRIVATE, enc, INFO).open(ciphertext)
