"""What all sessions of agents share: the ways to what is beside them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix.db import Database
from opsentrix.ingest.identity import Identities
from opsentrix.ingest.pipeline import Pipeline
from opsentrix.ingest.seal import PrivateKey
from opsentrix.model.agents import AgentStatus

Beat = Callable[[int, AgentStatus | None], None]
"""Told of each sign of life: agent id, and the status that the agent itself states, if it does."""
Introduce = Callable[[int, str, float, dict[str, str]], None]
"""Told what an agent says of itself on connecting: id, version, reporting interval in seconds, host facts."""
Greeted = Callable[[int], None]
"""Told of each agent that has just been welcomed."""
Recorded = Callable[[int, pb.Recording], Awaitable[None]]
"""Takes a part of a recording that an agent sent."""
Commanded = Callable[[int, pb.AgentMessage], Awaitable[None]]
"""Takes what an agent says of its owner's policy, or of commands."""


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What all sessions share; `capabilities` are those that this hub has by its settings."""

    database: Database
    pipeline: Pipeline
    beat: Beat
    introduce: Introduce
    greeted: Greeted
    recorded: Recorded
    commanded: Commanded
    identities: Identities
    max_message_bytes: int
    max_series: int
    private_key: PrivateKey
    must_seal: Callable[[int], bool]
    capabilities: tuple[str, ...] = ()
