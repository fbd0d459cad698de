"""The simulated fleet sends what the recording says, and what became of it is judged rightly."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.layouts import layout_from_wire, layout_to_wire

from benchmarks import fleet_recording
from benchmarks.alert_load import Load
from benchmarks.fleet import Outcome, results_of
from benchmarks.fleet_plan import Plan, Report, identity
from benchmarks.fleet_site import Cpu
from benchmarks.fleet_verify import Found, check_agent
from benchmarks.harness import BenchmarkError

PLAN = Plan("http://127.0.0.1:1", first=3, agents=2, frames=3, rate=1.0, start_ms=3_600_000, ticks=5)


def report(**changes: object) -> Report:
    fields = {"joined_s": 1.0, "seconds": 10.0, "sent": 8, "unacked": [], "disconnects": 0, "rejects": {},
              "ack_s": (0.1, 0.2, 0.3, 0.4), "late_s": 0.0}  # fmt: skip
    return Report.from_json(json.dumps(fields | changes))


def test_counters_are_replayed_as_rates_over_the_recorded_time_and_gauges_as_they_are() -> None:
    recording = fleet_recording.load()
    with np.load(fleet_recording.FILE) as stored:
        names, times, data = stored["names"].tolist(), stored["ts"], stored["data"]
    assert recording.rows.shape == (1259, 150)
    assert np.isfinite(recording.rows).all()
    counter, gauge = names.index("kernel.ctxt"), names.index("mem.MemFree")
    elapsed = np.diff(times) / 1000
    np.testing.assert_allclose(recording.rows[:, counter], np.diff(data[:, counter]) / elapsed, rtol=1 / 65_536)
    assert recording.rows[:, gauge].tolist() == data[1:, gauge].tolist()


def test_the_series_are_a_valid_layout() -> None:
    series = fleet_recording.load().series
    assert layout_from_wire(layout_to_wire(series)) == list(series)


def test_packed_frames_hold_the_rows_from_where_they_begin_and_go_round() -> None:
    recording = fleet_recording.load()
    last = len(recording.rows) - 2
    frame = pb.Frame(
        ticks=5, value_type=pb.VALUE_TYPE_FLOAT64, compression=pb.COMPRESSION_ZLIB,
        columns=fleet_recording.packed(recording, 5)[last],
    )  # fmt: skip
    values = np.frombuffer(codec.unpack(frame, 150).values).reshape(150, 5)
    assert values[:, 1].tolist() == recording.rows[-1].tolist()
    assert values[:, 2].tolist() == recording.rows[0].tolist()


def test_every_agent_has_its_own_secret_and_boot_and_is_the_same_in_every_process() -> None:
    agents = [identity(one) for one in range(1, 101)]
    assert len({one.credential for one in agents}) == len({one.boot_id for one in agents}) == 100
    assert identity(7) == agents[6]


def test_plans_and_reports_survive_the_way_between_the_processes() -> None:
    assert Plan.from_json(PLAN.as_json()) == PLAN
    told = report(unacked=[[3, 2]])
    assert Report.from_json(json.dumps(asdict(told))) == told
    assert told.unacked == [(3, 2)]


class TestCheckAgent:
    def test_what_was_sent_is_right(self) -> None:
        times = PLAN.tick_ms(3, 0) + 1000 * np.arange(20)
        values = fleet_recording.load().replayed(identity(3).offset, 0, 20).T
        assert check_agent(PLAN, 3, times, np.ascontiguousarray(values)) == 150 * 20

    def test_a_missing_tick_is_found(self) -> None:
        times = PLAN.tick_ms(3, 0) + 1000 * np.arange(19)
        values = fleet_recording.load().replayed(identity(3).offset, 0, 19).T
        with pytest.raises(BenchmarkError, match="19 ticks"):
            check_agent(PLAN, 3, times, np.ascontiguousarray(values))

    def test_a_value_that_changed_in_its_last_bit_is_found(self) -> None:
        times = PLAN.tick_ms(3, 0) + 1000 * np.arange(20)
        values = fleet_recording.load().replayed(identity(3).offset, 0, 20).T.copy()
        values[10, 7] = np.nextafter(values[10, 7], np.inf)
        with pytest.raises(BenchmarkError, match="not those it sent"):
            check_agent(PLAN, 3, times, np.ascontiguousarray(values))


def test_frames_that_were_never_acked_and_frames_that_vanished_count_as_lost() -> None:
    told = report(unacked=[[3, 2]])
    outcome = Outcome(PLAN, told, Found(7, 2, 0), Cpu(1.0, 0.0, 0.5), 100.0, Load(10, 0.02, 3, 118, 2000), [1.0, 2.0])
    lost = {one.name: one.value for one in results_of([outcome], [])}["fleet.lost_samples"]
    assert lost == 3 * 5 * 150
