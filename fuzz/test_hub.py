"""The hub's parsers: of agents' messages and frames, of what is stored of them, of requests, of artefacts."""

import io
import json
import zipfile
import zlib
from array import array
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from opsentrix.api.agents import _decode_cursor
from opsentrix.api.fields import label_pairs
from opsentrix.errors import InvalidError
from opsentrix.fleet import releases
from opsentrix.ingest import validate
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.model import policies, processes, recordings
from opsentrix.model.commands import Effect
from opsentrix.response.words import MAX_ERROR, ending_of
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb

from fuzz.inputs import TEXTS, changed, fuzzed, json_texts, messages
from packages.hub.tests.response.test_policies import SAID
from packages.protocol.tests.wire.messages import MESSAGES, TIME_MS

FRAMES = [one.frame for one in MESSAGES.values() if isinstance(one, pb.AgentMessage) and one.HasField("frame")]
FRAMES.append(pb.Frame(boot_id=bytes(16), seq=1, first_tick_ms=TIME_MS, step_ms=1000, ticks=2))
codec.pack(FRAMES[-1], array("d", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), b"\x02")
TABLES = FRAMES[2].process_samples
MOMENTS = pb.RecordedMoments(
    processes=pb.ProcessSamples.FromString(TABLES),
    parent_pid=[0, 1, 1],
    events=[pb.Event(kind="kernel.message", time_ms=TIME_MS, severity=pb.SEVERITY_WARNING, message="x")],
)
LAST_MS = TIME_MS + 60_000


@fuzzed()
@given(messages(pb.Frame, FRAMES), st.integers(TIME_MS - 10**12, TIME_MS + 10**12))
def test_the_head_of_a_frame_is_taken_or_rejected(frame: pb.Frame, now_ms: int) -> None:
    try:
        validate.check_header(frame, (now_ms, now_ms + 1000), 30)
    except FrameRejectedError:
        return
    assert now_ms - 31 * 86_400_000 < frame.first_tick_ms < now_ms + 2 * validate.FUTURE_MS


@fuzzed()
@given(st.lists(messages(pb.Frame, FRAMES), min_size=1, max_size=3), st.integers(1, 4))
def test_samples_are_finite_or_absent_or_the_frame_is_rejected(run: list[pb.Frame], series: int) -> None:
    alike = [one for one in run if (one.ticks, one.value_type) == (run[0].ticks, run[0].value_type)]
    values, refused = validate.samples(alike, series)
    assert len(values) == len(alike)
    for at, one in enumerate(values):
        assert at in refused or (one.shape == (series, alike[at].ticks) and not bool((abs(one) == float("inf")).any()))


@fuzzed()
@given(messages(pb.Frame, FRAMES))
def test_what_is_kept_of_a_frames_processes_can_be_read_as_far_as_it_is_good(frame: pb.Frame) -> None:
    kept = processes.of_frame(frame)
    processes.newest(kept)
    hour = processes.join([kept])
    for stored in (processes.Stored([], [kept]), processes.Stored([hour], [])):
        found = processes.unpack(stored, -(2**63), 2**63 - 1)
        for order in processes.Order:
            assert len(processes.rank(found, order, 5)) <= 5


@fuzzed()
@given(st.lists(changed([TABLES, zlib.compress(TABLES), zlib.compress(TABLES) * 2]), max_size=3))
def test_stored_processes_are_read_or_left_out(stored: list[bytes]) -> None:
    processes.join(stored)
    found = processes.unpack(processes.Stored(stored, stored), TIME_MS, LAST_MS)
    assert all(TIME_MS <= table.time_ms <= LAST_MS for table in found)


_parts = st.one_of(
    changed([zlib.compress(MOMENTS.SerializeToString())]),
    messages(pb.RecordedMoments, [MOMENTS]).map(lambda one: zlib.compress(one.SerializeToString())),
)


@fuzzed()
@given(st.lists(_parts, max_size=3))
def test_parts_of_recordings_are_read_or_left_out(parts: list[bytes]) -> None:
    found = recordings.recorded(parts, TIME_MS, LAST_MS)
    assert all(
        TIME_MS <= look.time_ms <= LAST_MS and len(look.processes) <= recordings.MAX_ROWS for look in found.looks
    )
    assert all(one.text.isprintable() and one.kind.isprintable() for one in found.events)


@fuzzed()
@given(st.one_of(TEXTS, changed([b"state=idle,cpu=0", b"a=b"], [b"=", b","]).map(lambda one: one.decode("latin-1"))))
def test_labels_are_pairs_or_not_valid(text: str) -> None:
    try:
        pairs = label_pairs(text)
    except InvalidError:
        return
    assert list(pairs) == sorted(pairs)


@fuzzed()
@given(st.one_of(TEXTS, changed([b"MTIgd2ViLTE="], [b"=", b"_", b"A"]).map(lambda one: one.decode("latin-1"))))
def test_a_cursor_is_one_that_the_hub_may_have_given_or_not_valid(cursor: str) -> None:
    try:
        name, number = _decode_cursor(cursor)
    except InvalidError:
        return
    assert 0 < number < 2**63
    assert "\0" not in name


def _artefact() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__main__.py", "")
        archive.writestr("VERSION", "1.4.0\n" * 4)
    return file.getvalue()


ARTEFACT = _artefact()
MANIFEST = {
    "version": "1.4.0",
    "sha256": 64 * "a",
    "size": len(ARTEFACT),
    "signatures": [{"key_id": "00112233", "signature": 128 * "0"}],
}


@fuzzed(fixtures=True)
@given(artefact=changed([ARTEFACT], [b"PK\x01\x02", b"PK\x05\x06", b"\x0c\0", b"\x01\0"]))
def test_an_artefact_is_offered_or_none(tmp_path: Path, artefact: bytes) -> None:
    (tmp_path / releases.ARTEFACT).write_bytes(artefact)
    releases.offered(tmp_path)


@fuzzed(fixtures=True)
@given(manifest=json_texts([MANIFEST]))
def test_a_manifest_that_is_none_is_said_to_be_so(tmp_path: Path, manifest: bytes) -> None:
    artefact = tmp_path / releases.ARTEFACT
    with zipfile.ZipFile(artefact, "w") as archive:
        archive.writestr("VERSION", "1.4.0\n")
    (tmp_path / f"{releases.ARTEFACT}.manifest.json").write_bytes(manifest)
    offer = releases.offered(tmp_path)
    assert offer is not None
    assert offer.problem


@fuzzed()
@given(json_texts([SAID]).map(lambda one: one.decode(errors="replace")), TEXTS)
def test_what_agents_say_of_policies_is_read_as_a_whole_or_allows_nothing(text: str, value: str) -> None:
    policy = policies.told(text, sha256(text.encode(errors="replace")).digest(), value)
    assert policy.actions or policy.why_nothing
    assert len(json.dumps(policy.allowed)) <= 20 * policies.MAX_BYTES
    for action in (*policy.actions, value):
        assert policies.effect_of(action, [policy]) in Effect
        policies.forecast(policy, action, {"unit": value, "host": value, "name": value, "url": value}, None)


_result = pb.CommandResult(command_id="a", status=pb.CommandResult.STATUS_FAILED, error="x", started_ms=TIME_MS)


@fuzzed()
@given(messages(pb.CommandResult, [_result]))
def test_the_end_of_a_run_fits_into_the_database(result: pb.CommandResult) -> None:
    ending = ending_of(result, datetime.fromtimestamp(TIME_MS / 1000, UTC))
    assert len(ending.error) <= MAX_ERROR
    assert ending.error.isprintable()
    assert 0 <= ending.output_bytes < 2**63
