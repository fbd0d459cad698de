"""Messages of the kernel by severity, from `/dev/kmsg` (Documentation/ABI/testing/dev-kmsg of the kernel)."""

import errno
import os
from collections import deque
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Occurrence, Reading
from opsentrix_agent.collectors.source import printable
from opsentrix_agent.errors import CollectorUnavailableError

_MESSAGES = Metric(
    "system.linux.kernel.messages",
    "{message}/s",
    Kind.RATE,
    "Messages of the kernel by severity: critical (an oops, a dying disk), error, warning, info",
)
_LOST = Metric(
    "system.linux.kernel.messages.lost",
    "{message}/s",
    Kind.RATE,
    "Messages that came too fast: the kernel overwrote them before they could be counted",
)

_SEVERITIES = ("critical", "error", "warning", "info")
_LABELS: tuple[Labels, ...] = tuple(labels_of(severity=severity) for severity in _SEVERITIES)
_SEVERITY_OF_LEVEL = (0, 0, 0, 1, 2, 3, 3, 3)
"""Of the levels emergency, alert, critical, error, warning, notice, info and debug (syslog(3))."""
_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
_LEVEL_LABELS = tuple(labels_of(level=level) for level in _LEVELS)
_TOLD_AS = ("critical", "critical", "critical", "warning", "warning", "info", "info", "info")
"""Severities of occurrences by level: drivers call much an error that harms nobody."""

_MAX_RECORDS = 200
"""Records read in one tick, which takes less than 1 ms; what is more waits for the next one."""
_RECORD_BYTES = 8192
_MAX_HEAD_BYTES = 256
_TEXT_CHARS = 200


class Kmsg:
    """How much the kernel complains, from the moment at which the agent starts.

    What programs write into the kernel's log is not counted. Where `kernel.dmesg_restrict` is set, reading it takes the
    capability CAP_SYSLOG.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_MESSAGES, _LOST)

    def __init__(self, paths: HostPaths) -> None:
        self._descriptor = -1
        path = paths.dev / "kmsg"
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            os.lseek(self._descriptor, 0, os.SEEK_END)
        except OSError as error:
            raise CollectorUnavailableError(f"{path} cannot be read: {error.strerror}") from None
        self._counts = [0] * len(_SEVERITIES)
        self._lost = 0
        # As many as one tick reads: whoever asks each tick misses none.
        self._witnessed: deque[tuple[int, bytes]] = deque(maxlen=_MAX_RECORDS)
        self._sequence: int | None = None

    def collect(self) -> list[Reading]:
        """Return the messages counted so far.

        Raises:
            OSError: the log cannot be read any more.
        """
        for _ in range(_MAX_RECORDS):
            try:
                record = os.read(self._descriptor, _RECORD_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                # The next record was overwritten, and reading goes on with the oldest that there is; its number tells
                # how many were lost. Or one is longer than the buffer, which the kernel skips.
                if error.errno not in {errno.EPIPE, errno.EINVAL}:
                    raise
                continue
            if not record:
                break
            self._count(record)
        readings: list[Reading] = [
            (_MESSAGES, labels, count) for labels, count in zip(_LABELS, self._counts, strict=True)
        ]
        readings.append((_LOST, (), self._lost))
        return readings

    def witnessed(self) -> list[Occurrence]:
        """Return the kernel's own messages since the last call, the oldest first."""
        messages = []
        for _ in range(len(self._witnessed)):
            level, text = self._witnessed.popleft()
            messages.append(Occurrence("kernel.message", _TOLD_AS[level], _text(text), _LEVEL_LABELS[level]))
        return messages

    def _count(self, record: bytes) -> None:
        # priority,sequence,microseconds,flags[,...];text, then lines of properties
        head, _, text = record.partition(b";")
        priority, _, rest = head.partition(b",")
        sequence = rest.partition(b",")[0]
        if len(head) > _MAX_HEAD_BYTES or not priority.isdigit() or not sequence.isdigit():
            return
        number = int(sequence)
        if self._sequence is not None and number > self._sequence + 1:
            self._lost += number - self._sequence - 1
        self._sequence = number
        facility, level = divmod(int(priority), len(_LEVELS))
        if facility == 0:
            self._counts[_SEVERITY_OF_LEVEL[level]] += 1
            self._witnessed.append((level, text.partition(b"\n")[0][:_TEXT_CHARS]))

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


def _text(raw: bytes) -> str:
    """Return a message; the kernel has escaped in it what cannot be printed."""
    text = raw.decode("ascii", "replace")
    return text if raw.isascii() and text.isprintable() else printable(raw, _TEXT_CHARS)
