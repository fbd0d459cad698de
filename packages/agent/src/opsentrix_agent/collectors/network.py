"""Traffic of network interfaces, from `/proc/net/dev` (proc_pid_net(5))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.source import printable, read, require

_IO = Metric("system.network.io", "By/s", Kind.RATE, "Bytes received and transmitted")
_PACKETS = Metric("system.network.packets", "{packet}/s", Kind.RATE, "Packets received and transmitted")
_ERRORS = Metric("system.network.errors", "{error}/s", Kind.RATE, "Errors when receiving and transmitting")
_DROPPED = Metric(
    "system.network.dropped", "{packet}/s", Kind.RATE, "Packets dropped though nothing was wrong with them"
)

_METRICS = (_IO, _PACKETS, _ERRORS, _DROPPED)
"""In the order of the columns: bytes, packets, errs and drop are the first four of each direction's eight."""
_COLUMNS = 12
_TRANSMIT = 8


class Network:
    """What the network interfaces carry.

    Left out are the loopback and veth interfaces: a container's traffic shows on the interface that it leaves by.
    Bridges, bonds and tunnels are reported beside the interfaces below them, so a sum over devices may count a byte
    more than once.
    """

    metrics: ClassVar[tuple[Metric, ...]] = _METRICS

    def __init__(self, paths: HostPaths) -> None:
        self._path = require(paths.proc / "net" / "dev")
        self._labels: dict[bytes, tuple[Labels, Labels]] = {}

    def collect(self) -> list[Reading]:
        """Return the counters of each interface; lines that are not complete are left out.

        Raises:
            OSError: `/proc/net/dev` cannot be read.
            ValueError: it holds something else than numbers.
        """
        labels_of_name: dict[bytes, tuple[Labels, Labels]] = {}
        readings: list[Reading] = []
        for line in read(self._path).split(b"\n"):
            name, colon, rest = line.rpartition(b":")
            columns = rest.split(None, _COLUMNS)
            name = name.strip()
            if not colon or len(columns) < _COLUMNS or name == b"lo" or name.startswith(b"veth"):
                continue
            labels = self._labels.get(name) or _make_labels(name)
            labels_of_name[name] = labels
            for metric, received, transmitted in zip(_METRICS, columns, columns[_TRANSMIT:_COLUMNS], strict=False):
                readings.append((metric, labels[0], int(received)))
                readings.append((metric, labels[1], int(transmitted)))
        self._labels = labels_of_name
        return readings


def _make_labels(name: bytes) -> tuple[Labels, Labels]:
    device = printable(name)
    return labels_of(device=device, direction="receive"), labels_of(device=device, direction="transmit")
