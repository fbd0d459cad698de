"""Traffic of network interfaces, from `/proc/net/dev` (proc_pid_net(5)), and the state of their links."""

from typing import ClassVar, NamedTuple

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.kernelfile import required
from opsentrix_agent.collectors.links import Link, link_of
from opsentrix_agent.collectors.source import printable

_IO = Metric("system.network.io", "By/s", Kind.RATE, "Bytes received and transmitted")
_PACKETS = Metric("system.network.packets", "{packet}/s", Kind.RATE, "Packets received and transmitted")
_ERRORS = Metric("system.network.errors", "{error}/s", Kind.RATE, "Errors when receiving and transmitting")
_DROPPED = Metric(
    "system.network.dropped", "{packet}/s", Kind.RATE, "Packets dropped though nothing was wrong with them"
)
_UP = Metric("hw.network.up", "1", Kind.GAUGE, "Carrier: 1 with, 0 without; absent where the interface is switched off")
_SPEED = Metric("hw.network.bandwidth.limit", "By/s", Kind.GAUGE, "Speed of the link, in each direction")
_DUPLEX = Metric(
    "hw.network.full_duplex", "1", Kind.GAUGE, "Duplex: 1 is full, 0 is half, which is nearly always a fault"
)
_CHANGES = Metric("hw.network.carrier_changes", "{change}/s", Kind.RATE, "Times that the carrier came or went")
_LEFT_OUT = Metric(
    "system.network.left_out", "{interface}", Kind.GAUGE, "Interfaces that are not reported because there are many"
)

_TRAFFIC = (_IO, _PACKETS, _ERRORS, _DROPPED)
"""In the order of the columns: bytes, packets, errs and drop are the first four of each direction's eight."""
_COLUMNS = 12
_TRANSMIT = 8
_MAX_INTERFACES = 64


class _Interface(NamedTuple):
    device: Labels
    receive: Labels
    transmit: Labels
    link: Link | None


class Network:
    """What the network interfaces carry, and whether they are plugged in, how fast and how steadily.

    Left out are the loopback and veth interfaces: a container's traffic shows on the interface that it leaves by.
    Bridges, bonds and tunnels are reported beside the interfaces below them, so a sum over devices may count a byte
    more than once. Links are told of interfaces with hardware, and of bonds. At most 64 interfaces are reported.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (*_TRAFFIC, _UP, _SPEED, _DUPLEX, _CHANGES, _LEFT_OUT)

    def __init__(self, paths: HostPaths) -> None:
        self._file = required(paths.proc / "net" / "dev")
        self._class_net = paths.sys / "class" / "net"
        self._interfaces: dict[bytes, _Interface] = {}

    def collect(self) -> list[Reading]:
        """Return the counters and the link of each interface; lines that are not complete are left out.

        Raises:
            OSError: `/proc/net/dev` cannot be read.
            ValueError: it holds something else than numbers.
        """
        interfaces: dict[bytes, _Interface] = {}
        readings: list[Reading] = []
        left_out = 0
        for line in self._file.read_all().split(b"\n"):
            name, colon, rest = line.rpartition(b":")
            columns = rest.split(None, _COLUMNS)
            name = name.strip()
            if not colon or len(columns) < _COLUMNS or name == b"lo" or name.startswith(b"veth"):
                continue
            if len(interfaces) >= _MAX_INTERFACES:
                left_out += 1
                continue
            one = self._interfaces.get(name) or self._interface(name)
            interfaces[name] = one
            for metric, received, transmitted in zip(_TRAFFIC, columns, columns[_TRANSMIT:_COLUMNS], strict=False):
                readings.append((metric, one.receive, int(received)))
                readings.append((metric, one.transmit, int(transmitted)))
            if one.link is not None:
                _add_link(readings, one.device, one.link)
        self._interfaces = interfaces
        readings.append((_LEFT_OUT, (), left_out))
        return readings

    def _interface(self, name: bytes) -> _Interface:
        device = printable(name)
        return _Interface(
            labels_of(device=device),
            labels_of(device=device, direction="receive"),
            labels_of(device=device, direction="transmit"),
            link_of(self._class_net, name),
        )


def _add_link(readings: list[Reading], device: Labels, link: Link) -> None:
    link.look()
    for metric, value in ((_CHANGES, link.changes), (_UP, link.up), (_SPEED, link.speed), (_DUPLEX, link.full_duplex)):
        if value is not None:
            readings.append((metric, device, value))
