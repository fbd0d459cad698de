import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from opsentrix_agent.collector import HostPaths
from opsentrix_agent.collectors import sockdiag
from opsentrix_agent.collectors.sockets import Sockets
from opsentrix_agent.errors import CollectorUnavailableError

from .support import copy_of, host, tree, values

COUNTS = [0, 0, 1, 2, 3, 4, 0, 0, 6, 7, 8, 9, 0, 0, 0, 0]


class Kernel:
    """Answers what netlink would, and counts how often it is asked."""

    def __init__(self, *answers: tuple[list[int], int] | OSError) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> tuple[list[int], int]:
        self.asked += 1
        answer = self.answers[min(self.asked, len(self.answers)) - 1]
        if isinstance(answer, OSError):
            raise answer
        return answer


def states(seen: dict[str, float]) -> dict[str, float]:
    prefix = "system.network.connection.count{protocol=tcp,state="
    return {name.removeprefix(prefix).rstrip("}"): value for name, value in seen.items() if name.startswith(prefix)}


def test_the_connections_are_told_each_time_that_they_were_counted() -> None:
    sockets = Sockets(host("vm-2core"), count_states=Kernel((COUNTS, 1)))
    assert sockets.witnessed() == []
    seen = [values(sockets.collect()), values(sockets.collect())][0]
    (one,) = sockets.witnessed()
    assert {state: float(count) for state, count in one.attributes} == states(seen)
    for _ in range(8):
        sockets.collect()
        assert sockets.witnessed() == []
    sockets.collect()
    assert len(sockets.witnessed()) == 1


def test_the_connections_are_told_where_netlink_is_not_allowed() -> None:
    sockets = Sockets(host("vm-2core"), count_states=Kernel(PermissionError()))
    sockets.collect()
    (one,) = sockets.witnessed()
    assert {state for state, _ in one.attributes} == {"established", "time_wait"}


def test_counters_and_sockets_of_both_ip_versions() -> None:
    seen = values(Sockets(host("vm-2core"), count_states=Kernel((COUNTS, 1))).collect())

    assert {
        name.removeprefix("system.network."): value for name, value in seen.items() if "connection" not in name
    } == {
        "socket.count{protocol=tcp}": 49,
        "socket.count{protocol=udp}": 9,
        "socket.memory{protocol=tcp}": 137 * 4096,
        "socket.memory{protocol=udp}": 3 * 4096,
        "tcp.orphans": 2,
        "tcp.segments{direction=receive}": 11618480,
        "tcp.segments{direction=transmit}": 11528910,
        "tcp.retransmits": 2495,
        "tcp.timeouts": 2625,
        "tcp.opens{kind=active}": 198559,
        "tcp.opens{kind=passive}": 116471,
        "tcp.failed_opens": 80969,
        "tcp.resets{direction=receive}": 11863,
        "tcp.resets{direction=transmit}": 91003,
        "tcp.errors": 7,
        "tcp.listen.overflows": 17,
        "tcp.listen.drops": 19,
        "tcp.syncookies": 5,
        "udp.datagrams{direction=receive}": 11663,
        "udp.datagrams{direction=transmit}": 12833,
        "udp.errors{kind=receive_buffer}": 22,
        "udp.errors{kind=send_buffer}": 3,
        "udp.errors{kind=checksum}": 11,
        "udp.errors{kind=no_port}": 13,
    }


def test_each_connection_is_counted_in_one_state() -> None:
    seen = states(values(Sockets(host("vm-2core"), count_states=Kernel((COUNTS, 1))).collect()))

    # Of 42 current ones 6 are in CLOSE_WAIT; of 141 remains of closed ones, 1 is in FIN_WAIT2.
    assert seen == {
        "established": 36,
        "time_wait": 140,
        "syn_sent": 1,
        "syn_received": 2,
        "fin_wait_1": 3,
        "fin_wait_2": 4,
        "close_wait": 6,
        "last_ack": 7,
        "listen": 8,
        "closing": 9,
    }


def test_the_kernel_is_asked_every_10_ticks_and_less_often_with_very_many_connections(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    kernel = Kernel((COUNTS, 0))
    sockets = Sockets(paths, count_states=kernel)
    for _ in range(10):
        sockets.collect()
    assert kernel.asked == 1
    (paths.proc / "net/sockstat").write_bytes(b"TCP: inuse 40 orphan 2 tw 200000 alloc 61 mem 137\n")
    for _ in range(40):
        sockets.collect()
    assert kernel.asked == 2
    sockets.collect()
    assert kernel.asked == 3


def test_where_netlink_is_not_allowed_the_rest_is_told() -> None:
    kernel = Kernel(OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol"))
    sockets = Sockets(host("vm-2core"), count_states=kernel)
    for _ in range(11):
        seen = values(sockets.collect())

    assert states(seen) == {"established": 42, "time_wait": 141}
    assert seen["system.network.tcp.retransmits"] == 2495
    assert kernel.asked == 1


def test_netlink_that_fails_later_is_an_error_and_asked_again() -> None:
    kernel = Kernel((COUNTS, 0), OSError(errno.ENOBUFS, "No buffer space available"), (COUNTS, 0))
    sockets = Sockets(host("vm-2core"), count_states=kernel)
    for _ in range(10):
        sockets.collect()
    with pytest.raises(OSError, match="No buffer space"):
        sockets.collect()
    for _ in range(10):
        sockets.collect()
    assert kernel.asked == 3


@pytest.mark.parametrize("case", ["rhel8", "inside-container", "odd"])
def test_kernels_with_less_tell_less(case: str) -> None:
    seen = values(Sockets(host(case), count_states=Kernel((COUNTS, 0))).collect())

    assert ("system.network.tcp.timeouts" in seen) == (case == "rhel8")
    assert ("system.network.tcp.retransmits" in seen) == (case != "odd")
    assert "system.network.tcp.syncookies" not in seen or case == "rhel8"


def test_another_order_of_columns_is_followed(tmp_path: Path) -> None:
    files = {"proc/net/snmp": b"Tcp: A RetransSegs\nTcp: 1 2\n", "proc/net/sockstat": b""}
    sockets = Sockets(tree(tmp_path, files), count_states=Kernel((COUNTS, 0)))
    assert values(sockets.collect())["system.network.tcp.retransmits"] == 2

    tree(tmp_path, {"proc/net/snmp": b"Tcp: RetransSegs A B\nTcp: 3 1 1\n"})
    assert values(sockets.collect())["system.network.tcp.retransmits"] == 3


def test_words_for_numbers_are_an_error(tmp_path: Path) -> None:
    files = {"proc/net/snmp": b"Tcp: RetransSegs\nTcp: two\n", "proc/net/sockstat": b""}
    with pytest.raises(ValueError, match="invalid literal"):
        Sockets(tree(tmp_path, files)).collect()


def test_without_sockstat_it_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(CollectorUnavailableError, match="sockstat cannot be read"):
        Sockets(tree(tmp_path, {"proc/net/snmp": b""}))


@contextmanager
def half_closed(count: int) -> Iterator[None]:
    """Hold so many connections of which one side has closed: as many in CLOSE_WAIT and in FIN_WAIT2."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for _ in range(count):
            here = stack.enter_context(socket.create_connection(listener.getsockname()))
            there = stack.enter_context(listener.accept()[0])
            there.shutdown(socket.SHUT_WR)
            assert here.recv(1) == b""
        yield


def test_the_kernel_of_this_machine_counts_what_is_there() -> None:
    try:
        before, _ = sockdiag.count_states()
    except OSError as error:
        pytest.skip(f"platform: netlink is not allowed: {error}")
    with half_closed(20), socket.create_server(("::1", 0), family=socket.AF_INET6):
        during, _ = sockdiag.count_states()

    # Others open and close sockets meanwhile; these are left when theirs are taken off.
    assert during[sockdiag.CLOSE_WAIT] - before[sockdiag.CLOSE_WAIT] >= 15
    # Until the ack of its end has come, which may wait 40 ms, the other side is in FIN_WAIT1.
    waiting = (sockdiag.FIN_WAIT1, sockdiag.FIN_WAIT2)
    assert sum(during[state] - before[state] for state in waiting) >= 15
    assert during[sockdiag.LISTEN] >= 2
    assert during[sockdiag.ESTABLISHED] == during[sockdiag.TIME_WAIT] == 0


def test_established_and_time_wait_can_be_counted_too() -> None:
    try:
        counted, _ = sockdiag.count_states(skip=())
    except OSError as error:
        pytest.skip(f"platform: netlink is not allowed: {error}")
    with half_closed(0):
        seen = states(values(Sockets(HostPaths()).collect()))

    assert seen["time_wait"] == pytest.approx(counted[sockdiag.TIME_WAIT], abs=50 + counted[sockdiag.TIME_WAIT] / 4)


class Link(ExitStack):
    """A netlink socket that gives one answer."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self._answer = answer

    def settimeout(self, _: float) -> None:
        pass

    def send(self, _: bytes) -> None:
        pass

    def recv_into(self, buffer: bytearray) -> int:
        buffer[: len(self._answer)] = self._answer
        return len(self._answer)


def of_socket(state: int, timer: int) -> bytes:
    """Return the message of a socket: inet_diag_msg begins with family, state, timer and retransmits."""
    return sockdiag._HEADER.pack(88, 20, 2, 1, 0) + bytes((socket.AF_INET, state, timer, 0)) + bytes(68)


def test_remains_of_closed_sockets_are_told_from_those_that_a_program_has(monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = [(sockdiag.FIN_WAIT2, 3), (sockdiag.FIN_WAIT2, 0), (sockdiag.FIN_WAIT2, 3), (sockdiag.SYN_RECV, 3)]
    done = sockdiag._HEADER.pack(20, 3, 2, 1, 0) + bytes(4)
    answer = b"".join(of_socket(*one) for one in sockets) + done
    monkeypatch.setattr(socket, "socket", lambda *_: Link(answer))

    counts, remains = sockdiag.count_states()

    assert (counts[sockdiag.FIN_WAIT2], counts[sockdiag.SYN_RECV], sum(counts)) == (3, 1, 4)
    assert remains == 2


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            sockdiag._HEADER.pack(36, 2, 0, 1, 0) + (-errno.ENOENT).to_bytes(4, "little", signed=True) + bytes(16),
            OSError,
        ),
        (bytes(64), ValueError),
        (b"\x04\0\0\0" + bytes(60), ValueError),
    ],
)
def test_answers_that_make_no_sense_end(
    answer: bytes, problem: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", lambda *_: Link(answer))
    with pytest.raises(problem):
        sockdiag.count_states()
