"""The forms in which the files of `/proc/net` hold counters (proc_pid_net(5))."""

from collections.abc import Iterable

Table = dict[bytes, dict[bytes, int]]
"""Counters by protocol and name."""


class CounterTable:
    """One table of `/proc/net/snmp` or `netstat`: a line of names, and one of their numbers."""

    def __init__(self, name: bytes, wanted: Iterable[bytes]) -> None:
        self._start = b"\n%b: " % name
        self._wanted = tuple(wanted)
        self._header = b""
        self._places: list[tuple[bytes, int]] = []

    def read(self, text: bytes) -> dict[bytes, int]:
        """Return those of the wanted counters that the kernel has.

        Raises:
            ValueError: something else stands for a number.
        """
        _, _, rest = (b"\n" + text).partition(self._start)
        header, _, rest = rest.partition(self._start)
        # The names change with the kernel only, and there are over a hundred of them.
        if header != self._header:
            names = header.split()
            self._places = [(name, names.index(name)) for name in self._wanted if name in names]
            self._header = header
        numbers = rest.partition(b"\n")[0].split()
        return {name: int(numbers[place]) for name, place in self._places if place < len(numbers)}


def parse_sockstat(text: bytes) -> Table:
    """Return what `/proc/net/sockstat` says of each protocol, such as `TCP: inuse 4 orphan 0`.

    Raises:
        ValueError: something else stands for a number.
    """
    table: Table = {}
    for line in text.split(b"\n"):
        protocol, colon, rest = line.partition(b":")
        if colon:
            words = rest.split()
            table[protocol] = dict(zip(words[::2], map(int, words[1::2]), strict=False))
    return table


def parse_udp6(text: bytes) -> dict[bytes, int]:
    """Return the counters of UDP in `/proc/net/snmp6`, under the names that they have for IPv4.

    Raises:
        ValueError: something else stands for a number.
    """
    counters: dict[bytes, int] = {}
    start = text.find(b"Udp6")
    for line in text[start : text.find(b"UdpLite6", start)].split(b"\n") if start >= 0 else ():
        columns = line.split()
        if len(columns) == 2 and columns[0].startswith(b"Udp6"):
            counters[columns[0][4:]] = int(columns[1])
    return counters
