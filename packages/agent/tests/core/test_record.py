import json
from array import array
from pathlib import Path

import pytest
from opsentrix_agent.errors import SettingsError
from opsentrix_agent.framing import ClosedFrame
from opsentrix_agent.record import Recorder

from .support import BOOT, layout


def test_a_frame_becomes_a_line_with_holes_as_null(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    recorder = Recorder(path)
    frame = ClosedFrame(layout("a", "b"), BOOT, 3, 5000, 1000, 2, array("d", [0.1, 0.2, 7, 7]), b"\x08")
    recorder.write(frame)
    recorder.write(frame)
    assert len(path.read_text().splitlines()) == 2
    recorder.close()
    assert json.loads(path.read_text().splitlines()[0]) == {
        "boot": BOOT.hex(),
        "seq": 3,
        "first_tick_ms": 5000,
        "step_ms": 1000,
        "ticks": 2,
        "series": [["test.gauge", {"name": "a"}], ["test.gauge", {"name": "b"}]],
        "values": [[0.1, 0.2], [7, None]],
    }


def test_a_full_disk_does_not_stop_the_agent(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(Path("/dev/full"))
    recorder.write(ClosedFrame(layout("a"), BOOT, 3, 5000, 1000, 1, array("d", [1.0]), b""))
    assert "frame 3 is not recorded" in caplog.text
    recorder.close()


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--record"):
        Recorder(tmp_path / "none" / "file")
