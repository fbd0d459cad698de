"""Sockets, TCP and UDP: `/proc/net/{snmp,snmp6,netstat,sockstat,sockstat6}` (proc_pid_net(5), RFC 4022, RFC 4113)."""

import logging
import os
from collections.abc import Callable
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Occurrence, Reading
from opsentrix_agent.collectors import sockdiag
from opsentrix_agent.collectors.kernelfile import optional, required
from opsentrix_agent.collectors.nettables import CounterTable, Table, parse_sockstat, parse_udp6
from opsentrix_agent.collectors.pace import Pace

log = logging.getLogger(__name__)

_CONNECTIONS = Metric(
    "system.network.connection.count",
    "{connection}",
    Kind.GAUGE,
    "TCP sockets by state; those but established and time_wait are counted every 10 s",
)
_SOCKETS = Metric("system.network.socket.count", "{socket}", Kind.GAUGE, "Sockets in use by protocol")
_MEMORY = Metric("system.network.socket.memory", "By", Kind.GAUGE, "Memory of the buffers of sockets by protocol")
_ORPHANS = Metric(
    "system.network.tcp.orphans", "{socket}", Kind.GAUGE, "TCP sockets that no process has, still sending their rest"
)
_SEGMENTS = Metric("system.network.tcp.segments", "{segment}/s", Kind.RATE, "TCP segments received and transmitted")
_RETRANSMITS = Metric(
    "system.network.tcp.retransmits", "{segment}/s", Kind.RATE, "TCP segments sent again: packets get lost on the way"
)
_TIMEOUTS = Metric(
    "system.network.tcp.timeouts", "{timeout}/s", Kind.RATE, "Times that TCP gave up waiting for an ack and began anew"
)
_OPENED = Metric(
    "system.network.tcp.opens",
    "{connection}/s",
    Kind.RATE,
    "TCP connections opened: active from here, passive from there",
)
_FAILED = Metric(
    "system.network.tcp.failed_opens", "{connection}/s", Kind.RATE, "TCP connections that could not be established"
)
_RESETS = Metric(
    "system.network.tcp.resets",
    "{reset}/s",
    Kind.RATE,
    "Resets: those sent (transmit), and established connections that ended in one instead of a goodbye (receive)",
)
_ERRORS = Metric("system.network.tcp.errors", "{segment}/s", Kind.RATE, "TCP segments received with an error")
_OVERFLOWS = Metric(
    "system.network.tcp.listen.overflows",
    "{connection}/s",
    Kind.RATE,
    "Connections refused because a program did not accept those before in time (its backlog was full)",
)
_LISTEN_DROPS = Metric(
    "system.network.tcp.listen.drops",
    "{connection}/s",
    Kind.RATE,
    "Connections that came in and were dropped for any reason, overflows included",
)
_SYNCOOKIES = Metric(
    "system.network.tcp.syncookies",
    "{cookie}/s",
    Kind.RATE,
    "SYN cookies sent: more connections come in than fit, as in a flood",
)
_DATAGRAMS = Metric("system.network.udp.datagrams", "{datagram}/s", Kind.RATE, "UDP datagrams received and transmitted")
_UDP_ERRORS = Metric(
    "system.network.udp.errors",
    "{datagram}/s",
    Kind.RATE,
    "UDP datagrams lost: receive_buffer and send_buffer were full, checksum was wrong, no_port had a listener",
)

_RECEIVE, _TRANSMIT = labels_of(direction="receive"), labels_of(direction="transmit")
_TCP, _UDP = labels_of(protocol="tcp"), labels_of(protocol="udp")
_Counters = tuple[tuple[bytes, Metric, Labels], ...]

_TCP_COUNTERS: _Counters = (
    (b"InSegs", _SEGMENTS, _RECEIVE),
    (b"OutSegs", _SEGMENTS, _TRANSMIT),
    (b"RetransSegs", _RETRANSMITS, ()),
    (b"ActiveOpens", _OPENED, labels_of(kind="active")),
    (b"PassiveOpens", _OPENED, labels_of(kind="passive")),
    (b"AttemptFails", _FAILED, ()),
    (b"EstabResets", _RESETS, _RECEIVE),
    (b"OutRsts", _RESETS, _TRANSMIT),
    (b"InErrs", _ERRORS, ()),
)
_TCP_EXTENDED_COUNTERS: _Counters = (
    (b"ListenOverflows", _OVERFLOWS, ()),
    (b"ListenDrops", _LISTEN_DROPS, ()),
    (b"TCPTimeouts", _TIMEOUTS, ()),
    (b"SyncookiesSent", _SYNCOOKIES, ()),
)
_UDP_COUNTERS: _Counters = (
    (b"InDatagrams", _DATAGRAMS, _RECEIVE),
    (b"OutDatagrams", _DATAGRAMS, _TRANSMIT),
    (b"RcvbufErrors", _UDP_ERRORS, labels_of(kind="receive_buffer")),
    (b"SndbufErrors", _UDP_ERRORS, labels_of(kind="send_buffer")),
    (b"InCsumErrors", _UDP_ERRORS, labels_of(kind="checksum")),
    (b"NoPorts", _UDP_ERRORS, labels_of(kind="no_port")),
)
_STATES = tuple(
    (number, labels_of(protocol="tcp", state=name))
    for number, name in (
        (sockdiag.SYN_SENT, "syn_sent"),
        (sockdiag.SYN_RECV, "syn_received"),
        (sockdiag.FIN_WAIT1, "fin_wait_1"),
        (sockdiag.FIN_WAIT2, "fin_wait_2"),
        (sockdiag.CLOSE_WAIT, "close_wait"),
        (sockdiag.LAST_ACK, "last_ack"),
        (sockdiag.LISTEN, "listen"),
        (sockdiag.CLOSING, "closing"),
    )
)
_ESTABLISHED = labels_of(protocol="tcp", state="established")
_TIME_WAIT = labels_of(protocol="tcp", state="time_wait")

_COUNT_EVERY_TICKS = 10
_SOCKETS_PER_TICK = 5000
_NO_STATES = [0] * 16


class Sockets:
    """TCP connections by state, what goes wrong with them, and UDP datagrams that were lost; IPv4 and IPv6 together.

    How many connections are established or in TIME_WAIT, the kernel counts itself. The other states are counted over
    netlink every 10 s, and less often beyond 50,000 connections, since the kernel passes over each. Where netlink is
    not allowed there are only those two, and `established` includes `close_wait`.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        _CONNECTIONS,
        _SOCKETS,
        _MEMORY,
        _ORPHANS,
        _SEGMENTS,
        _RETRANSMITS,
        _TIMEOUTS,
        _OPENED,
        _FAILED,
        _RESETS,
        _ERRORS,
        _OVERFLOWS,
        _LISTEN_DROPS,
        _SYNCOOKIES,
        _DATAGRAMS,
        _UDP_ERRORS,
    )

    def __init__(
        self, paths: HostPaths, *, count_states: Callable[[], tuple[list[int], int]] = sockdiag.count_states
    ) -> None:
        net = paths.proc / "net"
        self._snmp = required(net / "snmp")
        self._sockstat = required(net / "sockstat")
        self._netstat = optional(net / "netstat")
        self._sockstat6 = optional(net / "sockstat6")
        self._snmp6 = optional(net / "snmp6")
        self._tcp = CounterTable(b"Tcp", (b"CurrEstab", *(name for name, _, _ in _TCP_COUNTERS)))
        self._tcp_extended = CounterTable(b"TcpExt", [name for name, _, _ in _TCP_EXTENDED_COUNTERS])
        self._udp = CounterTable(b"Udp", [name for name, _, _ in _UDP_COUNTERS])
        self._count_states: Callable[[], tuple[list[int], int]] | None = count_states
        self._pace = Pace(_COUNT_EVERY_TICKS)
        self._states: list[int] | None = None
        self._remains = 0
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._witnessed: list[Occurrence] = []

    def collect(self) -> list[Reading]:
        """Return the connections by state, the sockets, and the counters that this kernel has.

        Raises:
            OSError: a file cannot be read (that there is none for IPv6 is no error).
            ValueError: a file, or what netlink answers, is not of the form that it should have.
        """
        readings: list[Reading] = []
        snmp = self._snmp.read_all()
        tcp, udp = self._tcp.read(snmp), self._udp.read(snmp)
        extended = self._tcp_extended.read(self._netstat.read_all()) if self._netstat else {}
        sockstat = parse_sockstat(self._sockstat.read_all())
        sockstat6 = parse_sockstat(self._sockstat6.read_all()) if self._sockstat6 else {}
        udp6 = parse_udp6(self._snmp6.read_all()) if self._snmp6 else {}
        self._add_connections(readings, tcp, sockstat.get(b"TCP", {}))
        self._add_sockets(readings, sockstat, sockstat6)
        _add_counters(readings, tcp, _TCP_COUNTERS)
        _add_counters(readings, extended, _TCP_EXTENDED_COUNTERS)
        _add_counters(readings, {key: value + udp6.get(key, 0) for key, value in udp.items()}, _UDP_COUNTERS)
        return readings

    def witnessed(self) -> list[Occurrence]:
        """Return how many connections were in each state, when they were counted since the last call."""
        counted, self._witnessed = self._witnessed, []
        return counted

    def _add_connections(self, readings: list[Reading], tcp: dict[bytes, int], sockstat: dict[bytes, int]) -> None:
        # The kernel counts CLOSE_WAIT among the established ones (RFC 4022), and remains in FIN_WAIT2 as TIME_WAIT.
        current, waiting = tcp.get(b"CurrEstab"), sockstat.get(b"tw")
        self._pace.ticks = max(_COUNT_EVERY_TICKS, ((current or 0) + (waiting or 0)) // _SOCKETS_PER_TICK)
        due = self._pace.due()
        if due and self._count_states is not None:
            self._look(self._count_states)
        states = self._states or _NO_STATES
        if current is not None:
            readings.append((_CONNECTIONS, _ESTABLISHED, max(0, current - states[sockdiag.CLOSE_WAIT])))
        if waiting is not None:
            readings.append((_CONNECTIONS, _TIME_WAIT, max(0, waiting - self._remains)))
        if self._states is not None:
            readings += [(_CONNECTIONS, labels, self._states[number]) for number, labels in _STATES]
        if due:
            counts = tuple((dict(labels)["state"], str(count)) for _, labels, count in readings)
            self._witnessed = [Occurrence("network.connections", "info", "", counts)]

    def _look(self, count_states: Callable[[], tuple[list[int], int]]) -> None:
        try:
            self._states, self._remains = count_states()
        except OSError as error:
            if self._states is not None:
                raise
            # It never worked: the kernel has no module for it, or a sandbox forbids it. The rest is worth having.
            log.info("TCP states other than established and time_wait are not counted: %s", error)
            self._count_states = None

    def _add_sockets(self, readings: list[Reading], ipv4: Table, ipv6: Table) -> None:
        for protocol, labels in ((b"TCP", _TCP), (b"UDP", _UDP)):
            one = ipv4.get(protocol, {})
            if b"inuse" in one:
                readings.append((_SOCKETS, labels, one[b"inuse"] + ipv6.get(protocol + b"6", {}).get(b"inuse", 0)))
            if b"mem" in one:
                readings.append((_MEMORY, labels, one[b"mem"] * self._page_bytes))
        orphans = ipv4.get(b"TCP", {}).get(b"orphan")
        if orphans is not None:
            readings.append((_ORPHANS, (), max(0, orphans)))


def _add_counters(readings: list[Reading], table: dict[bytes, int], wanted: _Counters) -> None:
    for key, metric, labels in wanted:
        value = table.get(key)
        if value is not None:
            readings.append((metric, labels, value))
