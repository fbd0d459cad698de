"""What agent and hub tell of themselves when a session begins."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Greeting(NamedTuple):
    """What Hello says besides the spool's contents.

    Attributes:
        boot_id: 16 bytes that are new in each run.
        frame_ticks: ticks in a frame when nobody asks otherwise.
        host: host facts by OpenTelemetry resource attribute name.
        capabilities: beside those of every agent.
    """

    version: str
    boot_id: bytes
    step_ms: int
    frame_ticks: int
    host: Mapping[str, str] = MappingProxyType({})
    capabilities: tuple[str, ...] = ()


class Limits(NamedTuple):
    """What the hub takes; 0 where it does not say.

    Attributes:
        packed_processes: whether it takes the processes of each look, as columns.
        certificates: whether it issues certificates to agents.
    """

    max_message_bytes: int = 0
    max_series: int = 0
    packed_processes: bool = False
    certificates: bool = False
