"""What simulated agents do: shared by the simulator, which does it, and by what verifies it afterwards."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Self

from benchmarks.fleet_recording import FRAME_TICKS, STEP_MS

_STRIDE = 37  # prime to the recording's length, so that neighbours replay different rows


@dataclass(frozen=True, slots=True)
class Identity:
    """One simulated agent: its id in the database, its secret, its boot, and the row of the recording it starts at."""

    agent_id: int
    credential: str
    boot_id: bytes
    offset: int


def identity(agent_id: int) -> Identity:
    """Return the agent with this id; the same in every process."""
    seed = hashlib.sha256(f"simulated agent {agent_id}".encode())
    return Identity(agent_id, f"oxa_{seed.hexdigest()}", seed.digest()[:16], agent_id * _STRIDE)


@dataclass(frozen=True, slots=True)
class Plan:
    """A run of the simulator.

    Attributes:
        url: the hub's, beginning with http.
        first: id of the first agent.
        agents: how many, with consecutive ids.
        frames: how many each sends after its first one, which brings the layout.
        rate: frames per second of all agents together; they take turns.
        start_ms: first tick of the first frames, Unix milliseconds, when history is replayed; 0 for the present time.
        ticks: in each frame.
        drain_s: how long to wait for acks after the last frame.
    """

    url: str
    first: int
    agents: int
    frames: int
    rate: float
    start_ms: int = 0
    ticks: int = FRAME_TICKS
    drain_s: float = 30.0

    @property
    def ids(self) -> range:
        """The agents' ids."""
        return range(self.first, self.first + self.agents)

    @property
    def frame_ms(self) -> int:
        """From the first tick of a frame to that of the next."""
        return self.ticks * STEP_MS

    def tick_ms(self, agent_id: int, frame: int) -> int:
        """Return the first tick of a frame of replayed history; frames count from 0.

        Agents do not begin together, so most have a frame that straddles the end of the hour, as real ones have.
        """
        return self.start_ms + agent_id % FRAME_TICKS * STEP_MS + frame * self.frame_ms

    def as_json(self) -> str:
        """Return it as text for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Undo `as_json`."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of the simulator saw.

    Attributes:
        joined_s: how long it took until all agents were connected and had their first frame acked.
        seconds: from the first to the last frame after that.
        sent: frames after the first ones.
        unacked: agent id and seq of each frame that was sent and never acked.
        disconnects: connections that the hub ended.
        rejects: by reason.
        ack_s: 50th, 90th, 99th and 100th percentile of the time from sending a frame to its ack.
        late_s: the most that the simulator itself was behind its plan.
    """

    joined_s: float
    seconds: float
    sent: int
    unacked: list[tuple[int, int]]
    disconnects: int
    rejects: dict[str, int]
    ack_s: tuple[float, float, float, float]
    late_s: float

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what the simulator printed."""
        fields = json.loads(text)
        fields["unacked"] = [(agent_id, seq) for agent_id, seq in fields["unacked"]]
        return cls(**fields | {"ack_s": tuple(fields["ack_s"])})
