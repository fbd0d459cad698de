import errno
import os
from pathlib import Path

import pytest
from opsentrix_agent.collectors.kmsg import Kmsg
from opsentrix_agent.errors import CollectorUnavailableError

from .support import tree, values


class Log:
    """Stands in for the kernel's log: each read gives one record, or fails as the kernel would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *records: bytes | int) -> None:
        self.records = list(records)
        monkeypatch.setattr(os, "read", self._read)

    def _read(self, _descriptor: int, _size: int) -> bytes:
        if not self.records:
            raise BlockingIOError
        record = self.records.pop(0)
        if isinstance(record, int):
            raise OSError(record, os.strerror(record))
        return record


@pytest.fixture
def kmsg(tmp_path: Path) -> Kmsg:
    return Kmsg(tree(tmp_path, {"dev/kmsg": b""}))


def counts(kmsg: Kmsg) -> dict[str, float]:
    prefix = "system.linux.kernel.messages"
    return {name.removeprefix(prefix).strip("{}."): value for name, value in values(kmsg.collect()).items() if value}


def record(level: int, sequence: int, facility: int = 0) -> bytes:
    return b"%d,%d,4711,-;something happened\n SUBSYSTEM=pci\n" % (facility * 8 + level, sequence)


def test_messages_are_counted_by_severity(kmsg: Kmsg, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(monkeypatch, *(record(level, level) for level in range(8)))
    assert counts(kmsg) == {"severity=critical": 3, "severity=error": 1, "severity=warning": 1, "severity=info": 3}
    assert counts(kmsg)["severity=critical"] == 3
    log.records.append(record(3, 8))
    assert counts(kmsg)["severity=error"] == 2


def test_what_programs_write_into_the_log_is_not_counted(kmsg: Kmsg, monkeypatch: pytest.MonkeyPatch) -> None:
    Log(monkeypatch, record(3, 1, facility=3), record(4, 2, facility=1), record(4, 3))
    assert counts(kmsg) == {"severity=warning": 1}


def test_the_kernels_own_messages_are_told_once(kmsg: Kmsg, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(monkeypatch, record(2, 1), record(3, 2, facility=3), b"4,3,9,-;a\\x0ab \x1b[1m;c\nKEY=d\n", record(6, 4))
    kmsg.collect()
    assert [(one.severity, one.text, dict(one.attributes)) for one in kmsg.witnessed()] == [
        ("critical", "something happened", {"level": "critical"}),
        ("warning", r"a\\x0ab \x1b[1m;c", {"level": "warning"}),
        ("info", "something happened", {"level": "info"}),
    ]
    assert kmsg.witnessed() == []
    log.records.append(b"3,5,9,-;" + b"y" * 5000)
    kmsg.collect()
    assert [len(one.text) for one in kmsg.witnessed()] == [200]


def test_messages_that_nobody_asks_for_do_not_pile_up(kmsg: Kmsg, monkeypatch: pytest.MonkeyPatch) -> None:
    Log(monkeypatch, *(record(3, number) for number in range(500)))
    for _ in range(3):
        kmsg.collect()
    assert len(kmsg.witnessed()) == 200


def test_overwritten_messages_are_counted_as_lost(kmsg: Kmsg, monkeypatch: pytest.MonkeyPatch) -> None:
    Log(monkeypatch, record(6, 10), errno.EPIPE, record(6, 25), record(6, 26))
    assert counts(kmsg) == {"severity=info": 3, "lost": 14}


def test_a_flood_is_taken_in_over_several_ticks(kmsg: Kmsg, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(monkeypatch, *(record(3, number) for number in range(500)))
    assert counts(kmsg) == {"severity=error": 200}
    assert len(log.records) == 300
    assert [counts(kmsg)["severity=error"] for _ in range(3)] == [400, 500, 500]


@pytest.mark.parametrize("garbage", [b"", b"\n", b"x,1,2,-;no", b"3;4", b"\xff\x00,,,", b"3,y,5,-;no", errno.EINVAL])
def test_garbage_is_passed_over(kmsg: Kmsg, monkeypatch: pytest.MonkeyPatch, garbage: bytes | int) -> None:
    log = Log(monkeypatch, garbage, record(3, 1))
    counts(kmsg)
    assert counts(kmsg) == {"severity=error": 1}
    assert not log.records


def test_another_failure_is_an_error(kmsg: Kmsg, monkeypatch: pytest.MonkeyPatch) -> None:
    Log(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="Input/output error"):
        kmsg.collect()


def test_without_permission_it_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    paths = tree(tmp_path, {"dev/kmsg": b""})
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CollectorUnavailableError, match="kmsg cannot be read: Operation not permitted"):
        Kmsg(paths)


def test_only_what_is_new_is_counted(tmp_path: Path) -> None:
    paths = tree(tmp_path, {"dev/kmsg": record(3, 1)})
    kmsg = Kmsg(paths)
    assert counts(kmsg) == {}
    with (paths.dev / "kmsg").open("ab") as log:
        log.write(record(4, 2))
    assert counts(kmsg) == {"severity=warning": 1}
