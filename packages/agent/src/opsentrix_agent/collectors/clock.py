"""Whether the clock is kept right, as the kernel's own clock discipline tells it (adjtimex(2), RFC 5905)."""

import os
import struct
from collections.abc import Callable
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.pace import Pace
from opsentrix_agent.errors import CollectorUnavailableError

_SYNCHRONIZED = Metric(
    "system.clock.synchronized", "1", Kind.GAUGE, "Whether a program such as chrony keeps the clock right: 1, or 0"
)
_OFFSET = Metric(
    "system.clock.offset",
    "s",
    Kind.GAUGE,
    "What the clock is still to be moved by; absent with programs that do not leave this to the kernel, such as chrony",
)
_ESTIMATED_ERROR = Metric(
    "system.clock.estimated_error", "s", Kind.GAUGE, "Error of the clock, as the program that keeps it estimates it"
)
_MAXIMUM_ERROR = Metric(
    "system.clock.maximum_error",
    "s",
    Kind.GAUGE,
    "Largest error of the clock; the kernel lets it grow until the clock is set right again, up to 16 s",
)

_LOOK_EVERY_TICKS = 10
# struct timex of 64-bit machines: modes, offset, freq, maxerror, esterror, status. It is 208 bytes long.
_TIMEX = struct.Struct("=I4xqqqqi")
_TIMEX_BYTES = 208
_STATUS_PLL = 0x0001
_STATUS_UNSYNCHRONIZED = 0x0040
_STATUS_NANOSECONDS = 0x2000
_US = 1e-6
_NS = 1e-9


class Clock:
    """How far the clock is off, and whether anything keeps it right.

    Sandboxes that forbid to set the clock often forbid to ask this, too; the collector is unavailable there.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_SYNCHRONIZED, _OFFSET, _ESTIMATED_ERROR, _MAXIMUM_ERROR)

    def __init__(self, _paths: HostPaths, *, adjtimex: Callable[[], bytes] | None = None) -> None:
        self._adjtimex = adjtimex or _kernel()
        try:
            self._adjtimex()
        except OSError as error:
            raise CollectorUnavailableError(f"the kernel's clock cannot be read: {error.strerror}") from None
        self._pace = Pace(_LOOK_EVERY_TICKS)
        self._readings: list[Reading] = []

    def collect(self) -> list[Reading]:
        """Return the state of the clock, asked for every 10 s.

        Raises:
            OSError: the kernel does not answer any more.
        """
        if self._pace.due():
            _, offset, _, maximum_us, estimated_us, status = _TIMEX.unpack_from(self._adjtimex())
            self._readings = [
                (_SYNCHRONIZED, (), 0 if status & _STATUS_UNSYNCHRONIZED else 1),
                (_ESTIMATED_ERROR, (), estimated_us * _US),
                (_MAXIMUM_ERROR, (), maximum_us * _US),
            ]
            # Without its phase-locked loop the kernel leaves the offset at 0, however wrong the clock is.
            if status & _STATUS_PLL:
                self._readings.append((_OFFSET, (), offset * (_NS if status & _STATUS_NANOSECONDS else _US)))
        return self._readings


def _kernel() -> Callable[[], bytes]:
    """Return a function that yields the kernel's struct timex and changes nothing.

    Python has none for this call, and no file tells. It is called through `_ctypes`, the part of ctypes that is written
    in C: the whole of ctypes takes 0.2 MB more (measured).

    Raises:
        CollectorUnavailableError: this is not a Linux machine of 64 bits.
    """
    if struct.calcsize("l") != 8:
        raise CollectorUnavailableError("the kernel's clock cannot be read: not a machine of 64 bits")
    try:
        import _ctypes

        # The C library is loaded already; no path stands for all that is.
        address = _ctypes.dlsym(_ctypes.dlopen(None, 0), "adjtimex")  # type: ignore[arg-type]  # the stub forgets None
    except (ImportError, OSError, AttributeError) as error:
        raise CollectorUnavailableError(f"the kernel's clock cannot be read: {error}") from None

    class Function(_ctypes.CFuncPtr):
        _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO

    class Memory(_ctypes.Structure):
        """Whatever a buffer holds."""

    function = Function(address)

    def ask() -> bytes:
        # All zero: modes 0 sets nothing.
        timex = bytearray(_TIMEX_BYTES)
        if function(_ctypes.byref(Memory.from_buffer(timex))) < 0:
            number = _ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return bytes(timex)

    return ask
