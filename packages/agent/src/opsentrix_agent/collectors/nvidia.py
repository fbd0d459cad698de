"""GPUs of NVIDIA, from `nvidia-smi --query-gpu` (`nvidia-smi --help-query-gpu` lists the fields)."""

import time
from collections.abc import Callable
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.child import Child, ChildError, Finished, find
from opsentrix_agent.collectors.source import finite, printable, require
from opsentrix_agent.errors import CollectorUnavailableError

_EVERY = ". Asked every 10 s"
_UTILIZATION = Metric("hw.gpu.utilization", "1", Kind.GAUGE, "Share of the time in which the GPU had work" + _EVERY)
_MEMORY = Metric("hw.gpu.memory.usage", "By", Kind.GAUGE, "Memory of the GPU in use" + _EVERY)
_LIMIT = Metric("hw.gpu.memory.limit", "By", Kind.GAUGE, "Memory of the GPU")
_TEMPERATURE = Metric("hw.gpu.temperature", "Cel", Kind.GAUGE, "Temperature of the GPU" + _EVERY)
_POWER = Metric("hw.gpu.power", "W", Kind.GAUGE, "Power that the GPU draws" + _EVERY)
_FAN = Metric("hw.gpu.fan.utilization", "1", Kind.GAUGE, "Speed of the fan as a share of its highest" + _EVERY)
_ERRORS = Metric(
    "hw.gpu.errors", "{error}", Kind.GAUGE, "Memory errors not corrected since the driver was loaded" + _EVERY
)

_MIB = 1 << 20
_FIELDS: tuple[tuple[str, Metric, float], ...] = (
    ("utilization.gpu", _UTILIZATION, 0.01),
    ("memory.used", _MEMORY, _MIB),
    ("memory.total", _LIMIT, _MIB),
    ("temperature.gpu", _TEMPERATURE, 1),
    ("power.draw", _POWER, 1),
    ("fan.speed", _FAN, 0.01),
    ("ecc.errors.uncorrected.volatile.total", _ERRORS, 1),
)
"""Fields after index and name, with their metric and what one unit of the field is of it."""

ASK_EVERY_S = 10.0
DEADLINE_S = 8.0
MAX_GPUS = 16
_MAX_OUTPUT_BYTES = 65_536


class Nvidia:
    """Load, memory, temperature, power and errors of NVIDIA GPUs.

    `nvidia-smi` is run every 10 seconds and never waited for. Where the driver's persistence mode is off and nothing
    else uses the GPU, each run wakes it: switch the mode on, or this collector off. At most 16 GPUs are reported.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_UTILIZATION, _MEMORY, _LIMIT, _TEMPERATURE, _POWER, _FAN, _ERRORS)

    def __init__(
        self, paths: HostPaths, *, clock: Callable[[], float] = time.monotonic, search: str | None = None
    ) -> None:
        require(paths.proc / "driver/nvidia/version")
        program = find("nvidia-smi", search)
        if program is None:
            raise CollectorUnavailableError("nvidia-smi is not in PATH")
        fields = ",".join(field for field, _, _ in _FIELDS)
        self._argv = [program, f"--query-gpu=index,name,{fields}", "--format=csv,noheader,nounits"]
        self._clock = clock
        self._ask_at = 0.0
        self._child = Child(DEADLINE_S, _MAX_OUTPUT_BYTES)
        self._readings: list[Reading] = []
        self._problem = ""

    def collect(self) -> list[Reading]:
        """Return what the GPUs did when they were last asked; nothing at first.

        Raises:
            ChildError: nvidia-smi failed the last time.
        """
        now = self._clock()
        finished = self._child.poll(now)
        if finished is not None:
            self._take(finished)
        if now >= self._ask_at and not self._child.busy:
            self._ask_at = now + ASK_EVERY_S
            try:
                self._child.start(self._argv, now)
            except ChildError as error:
                self._problem = str(error)
        if self._problem:
            raise ChildError(self._problem)
        return self._readings

    def _take(self, finished: Finished) -> None:
        if finished.problem or finished.exit_code:
            said = printable(finished.output.strip().partition(b"\n")[0], 120)
            self._problem = f"nvidia-smi: {finished.problem or f'exit code {finished.exit_code}: {said}'}"
            return
        lines = [line for line in finished.output.split(b"\n") if line.strip()]
        readings: list[Reading] = []
        for line in lines[:MAX_GPUS]:
            readings += _gpu(line)
        self._readings = readings
        self._problem = "" if readings or not lines else "nvidia-smi: its output is of another form"


def _gpu(line: bytes) -> list[Reading]:
    """Return what a line says; a field that a GPU does not have is `[N/A]` or the like, and left out."""
    index, *columns = [column.strip() for column in line.split(b",")]
    if not index.isdigit() or len(columns) < 1 + len(_FIELDS):
        return []
    # The name comes second and may hold commas.
    name, numbers = b",".join(columns[: -len(_FIELDS)]), columns[-len(_FIELDS) :]
    labels = labels_of(gpu=printable(index, 8), model=printable(name, 64))
    fields = [(metric, factor, _number(column)) for (_, metric, factor), column in zip(_FIELDS, numbers, strict=True)]
    return [(metric, labels, number * factor) for metric, factor, number in fields if number is not None]


def _number(column: bytes) -> float | None:
    try:
        return finite(column)
    except ValueError:
        return None
