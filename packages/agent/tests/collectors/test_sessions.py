import os
import struct
from pathlib import Path

import pytest
from opsentrix_agent.collectors import sessions
from opsentrix_agent.collectors.sessions import Sessions
from opsentrix_agent.errors import CollectorUnavailableError

from .support import copy_of, host, tree, values


def seen(one: Sessions) -> tuple[float, ...]:
    """Return the local sessions, the remote ones, and the users."""
    return tuple(values(one.collect()).values())


def entry(pid: int, user: bytes, host_name: bytes = b"", kind: int = 7) -> bytes:
    return struct.pack("=h2xi32s4s32s256s", kind, pid, b"pts/0", b"ts/0", user, host_name).ljust(
        sessions._UTMP_BYTES, b"\0"
    )


def test_sessions_of_logind() -> None:
    # Not the manager's, not the one that is closing, not the login screen's.
    assert values(Sessions(host("vm-2core")).collect()) == {
        "system.session.count{origin=local}": 1,
        "system.session.count{origin=remote}": 1,
        "system.session.users": 1,
    }


def test_they_are_looked_at_every_10_ticks(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    one = Sessions(paths)
    one.collect()
    (paths.run / "systemd/sessions/7").unlink()
    assert [seen(one) for _ in range(10)] == [(1, 1, 1)] * 9 + [(0, 1, 1)]


def test_the_fifo_beside_a_session_is_not_opened(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    os.mkfifo(paths.run / "systemd/sessions/3.ref")
    assert seen(Sessions(paths)) == (1, 1, 1)


def test_garbage_is_no_session() -> None:
    assert seen(Sessions(host("odd"))) == (0, 0, 0)


def test_utmp_where_there_is_no_logind(tmp_path: Path) -> None:
    records = (
        entry(100, b"alice", b"192.0.2.7"),
        entry(101, b"alice"),
        entry(102, b"bob", b":0"),
        entry(103, b"LOGIN", kind=6),
        entry(104, b"eve", b"192.0.2.9", kind=8),
        # Its process crashed and left it behind.
        entry(999, b"ghost", b"192.0.2.8"),
    )
    files = {"run/utmp": b"".join(records) + b"cut", **{f"proc/{pid}/stat": b"" for pid in range(100, 105)}}

    assert seen(Sessions(tree(tmp_path, files))) == (2, 1, 2)


@pytest.mark.parametrize("content", [b"", b"\0" * 1000, b"\xff" * 1000])
def test_a_utmp_of_garbage_has_no_session(tmp_path: Path, content: bytes) -> None:
    assert seen(Sessions(tree(tmp_path, {"run/utmp": content}))) == (0, 0, 0)


def test_without_both_it_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(CollectorUnavailableError, match="utmp"):
        Sessions(tree(tmp_path, {}))
