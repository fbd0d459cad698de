"""The real agent's flight recorder names who took the processor, and a new run holds nothing of the one before."""

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opsentrix_agent.identity import Identity, save_identity
from opsentrix_protocol import opsentrix_pb2 as pb

from .fakehub import CREDENTIAL, FakeHub

FAST = """
import sys
from opsentrix_agent import agent, cli
agent.STEP_MS = 20
sys.exit(cli.main())
"""
EVER = 1 << 60

pytestmark = pytest.mark.timeout(60)


@contextmanager
def running(hub: FakeHub, folder: Path) -> Iterator[None]:
    save_identity(folder, Identity(7, CREDENTIAL, hub.url))
    config = folder / "agent.json"
    config.write_text(json.dumps({"reporting_interval": 1}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPSENTRIX_")}
    command = [sys.executable, "-c", FAST, "run", "--state-dir", str(folder), "--config", str(config)]
    with subprocess.Popen(command, env=kept | {"no_proxy": "127.0.0.1"}) as process:
        try:
            yield
        finally:
            process.terminate()


def ask(hub: FakeHub, number: int, from_ms: int = 0) -> list[pb.Recording]:
    hub.send(
        pb.HubMessage(recording_request=pb.RecordingRequest(id=number, from_ms=from_ms, to_ms=EVER, max_bytes=1 << 20))
    )
    assert hub.wait_for(lambda it: any(one.id == number and one.last for one in it.recordings), 20)
    return [one for one in hub.recordings if one.id == number]


def one_more_frame(hub: FakeHub) -> bool:
    seen = len(hub.frames)
    return hub.wait_for(lambda it: len(it.frames) > seen, 20)


def cores(pieces: list[pb.Recording], pid: int) -> float:
    """The most that a process used at any look, in cores."""
    found = [0]
    for piece in pieces:
        seen = pb.RecordedMoments.FromString(zlib.decompress(piece.data)).processes if piece.data else None
        if seen is not None:
            found += [used for one, used in zip(seen.pid, seen.cpu_millicores, strict=True) if one == pid]
    return max(found) / 1000


def test_a_hog_is_in_the_recording_and_a_new_run_holds_nothing_of_it(tmp_path: Path) -> None:
    with FakeHub() as hub:
        with (
            running(hub, tmp_path),
            subprocess.Popen([sys.executable, "-c", "while True: pass"]) as hog,
        ):
            try:
                assert hub.wait_for(lambda it: bool(it.frames), 20)
                number = 1
                while not cores(ask(hub, number), hog.pid) > 0.05:
                    number += 1
                    assert one_more_frame(hub)
            finally:
                hog.kill()
        boots, last = len(hub.hellos), max(one.first_tick_ms + one.ticks * 20 for one in hub.frames.values())
        with running(hub, tmp_path):
            assert hub.wait_for(lambda it: len(it.hellos) > boots and len({key[0] for key in it.frames}) > 1, 20)
            pieces = ask(hub, 1 << 40)
    times = [
        moment
        for one in pieces
        if one.data
        for moment in pb.RecordedMoments.FromString(zlib.decompress(one.data)).processes.time_ms
    ]
    assert all(moment >= last for moment in times)
