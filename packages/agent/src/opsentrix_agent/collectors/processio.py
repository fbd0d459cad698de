"""What processes read from and write to block devices, from `/proc/<pid>/io` (proc_pid_io(5))."""

import os

_NOTHING = (0.0, 0.0)
_READ_BYTES = 512


class ProcessIo:
    """Bytes per second of the processes that were at work between two walks.

    The kernel tells them only to root and to who may trace the process; where it does not tell us those of process 1,
    nothing is read. Nor are those of a process that used no CPU and does not wait for a disk: they are what they were.
    """

    def __init__(self, proc: bytes) -> None:
        self._proc = proc
        self._before: dict[bytes, tuple[bytes, int, int]] = {}
        self._now: dict[bytes, tuple[bytes, int, int]] = {}
        self._allowed = self._read(b"1") is not None

    def rates(self, pid: bytes, start: bytes, elapsed_s: float, *, at_work: bool) -> tuple[float, float]:
        """Return the bytes that a process read and wrote a second since the walk before; 0 where that is not known.

        Args:
            pid: the process.
            start: tells apart two users of one pid.
            elapsed_s: seconds since the walk before; 0 at the first.
            at_work: whether it used CPU or waits for a disk.
        """
        if not self._allowed:
            return _NOTHING
        known = self._before.get(pid)
        if known is not None and known[0] != start:
            known = None
        if known is not None and not at_work:
            self._now[pid] = known
            return _NOTHING
        counted = self._read(pid)
        if counted is None:
            return _NOTHING
        self._now[pid] = (start, *counted)
        if elapsed_s <= 0:
            return _NOTHING
        read, written = known[1:] if known is not None else (0, 0)  # what was not there before began at nothing
        return max(0, counted[0] - read) / elapsed_s, max(0, counted[1] - written) / elapsed_s

    def walked(self) -> None:
        """Forget the processes that the walk did not come by."""
        self._before, self._now = self._now, {}

    def _read(self, pid: bytes) -> tuple[int, int] | None:
        try:
            descriptor = os.open(b"%s/%s/io" % (self._proc, pid), os.O_RDONLY | os.O_CLOEXEC)
            try:
                lines = os.read(descriptor, _READ_BYTES).split(b"\n")
            finally:
                os.close(descriptor)
        except OSError:
            return None  # gone, or not ours to see
        numbers = {name: value for name, _, value in (line.partition(b": ") for line in lines)}
        read, written = numbers.get(b"read_bytes", b""), numbers.get(b"write_bytes", b"")
        return (int(read), int(written)) if read.isdigit() and written.isdigit() else None
