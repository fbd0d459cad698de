"""The disk spool: what a run leaves behind, another one brings back."""

import errno
import logging
import os
import stat
from pathlib import Path

import pytest
from opsentrix_agent import segments
from opsentrix_agent.doctor.finding import State
from opsentrix_agent.doctor.spool import check_disk_spool
from opsentrix_agent.keeper import Keeper
from opsentrix_agent.segments import SegmentFolder
from opsentrix_agent.settings import Settings
from opsentrix_agent.spool import FrameKey, Spool

from .support import BOOT, layout, put

NEXT = bytes(reversed(range(16)))
LAST = b"\x07" * 16
ROOM = 1 << 22


class Run:
    """One run of an agent: its spool and its keeper, driven by hand."""

    def __init__(self, folder: Path, boot_id: bytes = BOOT, disk: int = ROOM, memory: int = 1 << 22) -> None:
        self.boot_id = boot_id
        self.spool = Spool(memory)
        self.folder = SegmentFolder(folder, disk)
        self.loaded = 0
        self.keeper = Keeper(self.spool, self.folder, boot_id, self.note)
        self.keeper.open()

    def note(self) -> None:
        self.loaded += 1

    def put(self, *seqs: int, of: str = "a") -> None:
        put(self.spool, *seqs, boot_id=self.boot_id, of=layout(of))

    def age(self) -> None:
        """Let what is there become old enough to be written."""
        self.keeper.look()
        self.keeper.look()

    def welcome(self) -> None:
        for boot in dict.fromkeys([self.boot_id, *self.spool.boots()]):
            self.spool.ack_ranges(boot, [])
        self.keeper.look()

    def drain(self) -> list[FrameKey]:
        """Acknowledge frame after frame as they come, and return them."""
        keys: list[FrameKey] = []
        while True:
            frame = self.spool.first(besides=())
            if frame is None:
                self.keeper.look()
                frame = self.spool.first(besides=())
            if frame is None:
                return keys
            assert self.spool.layout(frame.layout_id)
            keys.append(frame.key)
            self.spool.ack(frame.key[0], [frame.key[1]])

    def die(self) -> None:
        """End without a word, as by a kill."""
        self.folder.close()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 2_000)


def test_frames_that_are_acknowledged_soon_never_touch_the_disk(folder: Path) -> None:
    run = Run(folder)
    for seq in range(1, 50):
        run.put(seq)
        run.keeper.look()
        run.spool.ack(BOOT, [seq])
    assert files(folder) == []


@pytest.mark.usefixtures("small_segments")
def test_what_a_killed_run_wrote_is_replayed_once_and_then_gone(folder: Path) -> None:
    run = Run(folder)
    run.put(*range(1, 60))
    run.put(*range(60, 100), of="b")
    run.age()
    run.put(100)
    run.die()
    assert len(files(folder)) > 3

    again = Run(folder, NEXT)
    assert again.spool.boots() == [BOOT]
    again.welcome()
    assert again.drain() == [(BOOT, seq) for seq in range(1, 100)]
    assert files(folder) == []
    assert again.keeper.replayed == 99
    assert again.spool.boots() == []


def test_a_run_that_is_stopped_writes_all_that_is_left(folder: Path) -> None:
    run = Run(folder)
    run.put(1, 2, 3)
    run.spool.ack(BOOT, [2])
    run.keeper.stop(1)
    assert run.keeper.unsaved == 0
    again = Run(folder, NEXT)
    again.welcome()
    assert again.drain() == [(BOOT, 1), (BOOT, 3)]


def test_nothing_is_replayed_before_the_hub_has_said_what_it_has(folder: Path) -> None:
    run = Run(folder)
    run.put(*range(1, 11))
    run.keeper.stop(1)
    again = Run(folder, NEXT)
    again.keeper.look()
    assert len(again.spool) == 0
    again.spool.ack_ranges(BOOT, [(1, 4), (6, 6)])
    again.keeper.look()
    assert again.drain() == [(BOOT, seq) for seq in (5, 7, 8, 9, 10)]


@pytest.mark.usefixtures("small_segments")
def test_memory_holds_a_segment_at_a_time(folder: Path) -> None:
    run = Run(folder)
    run.put(*range(1, 200))
    run.keeper.stop(1)
    again = Run(folder, NEXT)
    again.welcome()
    assert 0 < len(again.spool) < 30
    loaded = len(again.spool)
    again.keeper.look()
    assert len(again.spool) == loaded, "the next one waits for the acks of this one"


@pytest.mark.usefixtures("small_segments")
def test_what_memory_has_no_room_for_is_on_disk(folder: Path) -> None:
    run = Run(folder, memory=8_000)
    for seq in range(1, 200):
        run.put(seq)
        run.age()
    assert run.spool.dropped == 0
    assert len(run.spool) < 30
    run.welcome()
    assert sorted(run.drain()) == [(BOOT, seq) for seq in range(1, 200)]
    run.keeper.look()
    assert files(folder) == []


@pytest.mark.usefixtures("small_segments")
def test_the_oldest_go_when_the_bound_is_reached_and_the_gap_says_how_many(folder: Path) -> None:
    run = Run(folder, disk=10_000, memory=4_000)
    for seq in range(1, 300):
        run.put(seq)
        run.age()
    assert sum(one.stat().st_size for one in files(folder)) <= 10_000
    run.welcome()
    kept = sorted(run.drain())
    lost = kept[0][1] - 1
    assert kept == [(BOOT, seq) for seq in range(lost + 1, 300)]
    assert run.spool.dropped == lost > 100
    assert run.spool.lost_before((BOOT, lost + 1)) == lost


@pytest.mark.usefixtures("small_segments")
def test_several_runs_are_replayed_the_oldest_first(folder: Path) -> None:
    for boot in (BOOT, NEXT):
        run = Run(folder, boot)
        run.put(*range(1, 30))
        run.keeper.stop(1)
    last = Run(folder, LAST)
    assert last.spool.boots() == [BOOT, NEXT]
    last.welcome()
    assert last.drain() == [(boot, seq) for boot in (BOOT, NEXT) for seq in range(1, 30)]


def test_a_torn_end_costs_the_torn_frame_only(folder: Path) -> None:
    run = Run(folder)
    run.put(1, 2, 3)
    run.keeper.stop(1)
    (file,) = files(folder)
    for cut in range(1, 40):
        os.truncate(file, file.stat().st_size - 1)
        assert [one.key[1] for one in Run(folder, NEXT).folder.read(run.folder.segments[0]).frames] == [1, 2], cut


def test_a_damaged_record_is_left_out_and_counted(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = Run(folder)
    run.put(*range(1, 20))
    run.keeper.stop(1)
    (file,) = files(folder)
    data = bytearray(file.read_bytes())
    data[-1] ^= 0xFF  # within the last frame's columns: only the checksum can tell
    file.write_bytes(data)
    again = Run(folder, NEXT)
    with caplog.at_level(logging.WARNING):
        again.welcome()
    assert len(again.drain()) == 18
    assert again.keeper.errors == 1
    assert "damaged" in caplog.text


@pytest.mark.parametrize("junk", [b"", b"x", b"\xff" * 5000, bytes(5000)])
def test_junk_instead_of_a_segment_holds_nothing_up(folder: Path, junk: bytes) -> None:
    run = Run(folder)
    run.put(1, 2)
    run.keeper.stop(1)
    (folder / f"0000000000.{LAST.hex()}.seg").write_bytes(junk)
    (folder / "notes.seg").write_bytes(junk)
    again = Run(folder, NEXT)
    again.welcome()
    assert again.drain() == [(BOOT, 1), (BOOT, 2)]


def test_a_full_disk_is_said_once_and_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run(folder)
    real, full = os.write, True

    def write(file: int, data: bytes) -> int:
        if full:
            real(file, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, data)

    monkeypatch.setattr(os, "write", write)
    run.put(1, 2, 3)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            run.keeper.look()
    assert caplog.text.count("No space left") == 1
    assert run.keeper.errors == 4
    assert (len(run.spool), run.spool.dropped, files(folder)) == (3, 0, [])
    full = False
    run.keeper.look()
    run.die()
    again = Run(folder, NEXT)
    again.welcome()
    assert again.drain() == [(BOOT, 1), (BOOT, 2), (BOOT, 3)]


def test_a_folder_belongs_to_one_agent(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = Run(folder)
    with caplog.at_level(logging.WARNING):
        second = Run(folder, NEXT)
    assert "another agent" in caplog.text
    second.put(1)
    second.age()
    assert files(folder) == []
    first.die()
    second.age()
    assert len(files(folder)) == 1


def test_only_the_agents_user_may_read_it(folder: Path) -> None:
    run = Run(folder)
    run.put(1)
    run.age()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(one.stat().st_mode) for one in files(folder)] == [0o600]


def test_the_thread_writes_and_replays(folder: Path) -> None:
    run = Run(folder)
    run.put(1, 2)
    run.keeper.start()
    run.keeper.stop(10)
    assert not run.keeper.is_alive()
    assert len(files(folder)) == 1


def test_the_doctor_tells_where_and_how_full(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    assert list(check_disk_spool(settings)) == []
    with_disk = settings._replace(spool_disk_bytes=ROOM)
    (found,) = check_disk_spool(with_disk)
    assert found.state is State.OK
    assert f"{tmp_path / 'spool'}: 0.0 of 4.2 MB" in found.detail
    (found,) = check_disk_spool(with_disk._replace(spool_disk_bytes=1 << 60))
    assert (found.state, found.fix) == (State.WARN, "lower spool_disk_bytes")
    (tmp_path / "spool").write_text("a file")
    (found,) = check_disk_spool(with_disk)
    assert "cannot be written" in found.detail
