"""What the journal holds after crashes, and what is told of commands that nobody saw end."""

import os
from pathlib import Path

import pytest
from opsentrix_agent.actions import journal as journals
from opsentrix_agent.actions import settle as settling
from opsentrix_agent.actions.executor import Site, run_lock
from opsentrix_agent.actions.journal import FOLDER, KEEP_MS, REFUSALS_KEPT, Journal, Record
from opsentrix_agent.actions.locks import Locks
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.settle import STILL_RUNNING, settle
from opsentrix_agent.actions.wire import Messages
from opsentrix_protocol import opsentrix_pb2 as pb

from .support import NOW_MS, Result


def started(name: str, at: int = NOW_MS, **more: object) -> Record:
    record: Record = {"what": "started", "id": name, "nonce": name * 4, "at": at, "expires": at + 1000, "approval": ""}
    return record | {"reboots": False, "boot": "b", "action": "script", "by": "", "key": ""} | more


def ended(name: str, status: str = "succeeded") -> Record:
    return {"what": "ended", "id": name, "status": status, "at": NOW_MS}


def acked(name: str) -> Record:
    return {"what": "acked", "id": name}


def write(folder: Path, *records: Record) -> None:
    with Journal(folder) as journal:
        for record in records:
            journal.append(record)


def names(folder: Path) -> list[str]:
    with Journal(folder) as journal:
        return list(journal.read().runs)


def told(tmp_path: Path) -> tuple[int, list[pb.CommandResult]]:
    """Settle, and return its exit code and what it says."""
    listen, _hold = os.pipe()
    heard, speak = os.pipe()
    site = Site(tmp_path / "policy.json", tmp_path, Machine(), lambda: NOW_MS)
    code = settle(site, listen, speak)
    for descriptor in (listen, _hold, speak):
        os.close(descriptor)
    with os.fdopen(heard, "rb") as file:
        messages = Messages().take(file.read())
    return code, [pb.AgentMessage.FromString(one).command_result for one in messages]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write(tmp_path, started("a"), started("b", NOW_MS + 5), ended("a"), acked("a"))
    with Journal(tmp_path) as journal:
        history = journal.read()
    assert (history.nonces, history.clock_ms, history.damaged) == ({"aaaa", "bbbb"}, NOW_MS + 5, 0)
    assert (history.runs["a"].ended, history.runs["a"].acked) == (ended("a"), True)
    assert (history.runs["b"].ended, history.runs["b"].acked) == (None, False)
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_that_a_power_cut_left_half_is_no_line(tmp_path: Path, cut: int) -> None:
    write(tmp_path, started("a"), started("b"))
    data = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(data[:-cut])
    assert names(tmp_path) == ["a"] if cut > 1 else ["a", "b"]
    write(tmp_path, started("c"))
    assert names(tmp_path) == (["a", "c"] if cut > 1 else ["a", "b", "c"])


def test_a_damaged_line_takes_no_other_along(tmp_path: Path) -> None:
    write(tmp_path, started("a"), started("b"), started("c"))
    lines = (tmp_path / "journal").read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"bbbb", b"dddd")
    (tmp_path / "journal").write_bytes(b"".join(lines))
    assert names(tmp_path) == ["a", "c"]
    with Journal(tmp_path) as journal:
        assert journal.read().damaged == 1


def test_old_commands_are_forgotten_and_others_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "COMPACT_BYTES", 100)
    old = [
        record for number in range(20) for record in (started(f"o{number}"), ended(f"o{number}"), acked(f"o{number}"))
    ]
    later = NOW_MS + KEEP_MS
    write(tmp_path, *old, started("untold"), ended("untold"), started("last", later), acked("last"))
    assert len(names(tmp_path)) == 22  # nothing is old yet: the last one began before a day was over
    write(tmp_path, started("new", later + 1001))
    names(tmp_path)
    assert names(tmp_path) == ["untold", "last", "new"]
    with Journal(tmp_path) as journal:
        assert journal.read().clock_ms == later + 1001


def test_refusals_take_no_room_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "COMPACT_BYTES", 100)
    write(tmp_path, started("a"), *(ended(f"r{number}", "refused") for number in range(3 * REFUSALS_KEPT)))
    names(tmp_path)
    assert len(names(tmp_path)) == REFUSALS_KEPT + 1


def test_a_full_journal_begins_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, started("a"))
    monkeypatch.setattr(journals, "MAX_BYTES", 10)
    with pytest.raises(OSError, match="more than 10 bytes"):
        write(tmp_path, started("b"))


def test_a_link_in_place_of_the_journal_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "journal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        write(tmp_path, started("a"))
    assert not (tmp_path / "elsewhere").exists()


def test_what_nobody_saw_end_is_unknown_and_told_until_it_is_acknowledged(tmp_path: Path) -> None:
    write(tmp_path / FOLDER, started("a"), started("b"), ended("b", "failed"), started("c"), ended("c"), acked("c"))
    for _ in range(2):
        code, results = told(tmp_path)
        assert code == 0
        assert [(one.command_id, one.status) for one in results] == [
            ("a", Result.STATUS_UNKNOWN),
            ("b", Result.STATUS_FAILED),
        ]
    write(tmp_path / FOLDER, acked("a"), acked("b"))
    assert told(tmp_path) == (0, [])


def test_a_command_whose_executor_lives_is_left_to_it(tmp_path: Path) -> None:
    write(tmp_path / FOLDER, started("a"))
    locks = Locks(tmp_path / FOLDER)
    assert locks.take(run_lock("a"))
    assert told(tmp_path) == (STILL_RUNNING, [])
    locks.release()
    assert told(tmp_path)[1][0].status == Result.STATUS_UNKNOWN


def test_a_reboot_is_settled_by_the_next_boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "boot_id", lambda: "b")
    write(tmp_path / FOLDER, started("same", reboots=True))
    assert told(tmp_path)[1][0].status == Result.STATUS_UNKNOWN
    write(tmp_path / FOLDER, started("next", reboots=True, boot="a"))
    assert told(tmp_path)[1][1].status == Result.STATUS_SUCCEEDED


def test_locks_exclude_each_other_and_leave_nothing(tmp_path: Path) -> None:
    one, other = Locks(tmp_path), Locks(tmp_path)
    assert one.take("service:nginx")
    assert not other.take("service:nginx")
    assert other.take("../../etc/passwd")
    assert one.take_place(2)
    assert other.take_place(2)
    assert not Locks(tmp_path).take_place(2)
    one.release()
    assert other.take("service:nginx")
    other.release()
    assert list((tmp_path / "locks").iterdir()) == []
