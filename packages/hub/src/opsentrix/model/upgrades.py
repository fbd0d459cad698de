"""Rollouts of a release of the agent: in rings, each watched before the next, ended at too many failures.

Everything here is pure; time is an argument.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

AT_ONCE = 50
"""Agents that are asked and have not answered yet: what they all download at one time is bounded."""
ANSWER_WITHIN = timedelta(minutes=30)
"""An agent that was asked and has not come to an end by then counts as failed; what it says later still counts."""


class RolloutState(StrEnum):
    """How a rollout stands; `halted` is what the hub does, `stopped` what people do."""

    RUNNING = "running"
    PAUSED = "paused"
    HALTED = "halted"
    STOPPED = "stopped"
    FINISHED = "finished"


OPEN = (RolloutState.RUNNING, RolloutState.PAUSED)


class AgentState(StrEnum):
    """How far an agent is: the first two and the last are the hub's words, the others the agent's."""

    WAITING = "waiting"
    ASKED = "asked"
    DOWNLOADING = "downloading"
    STAGED = "staged"
    APPLYING = "applying"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REVERTED = "reverted"
    FAILED = "failed"
    LOST = "lost"


FAILURES = frozenset({AgentState.REFUSED, AgentState.REVERTED, AgentState.FAILED, AgentState.LOST})
IN_PROGRESS = frozenset({AgentState.ASKED, AgentState.DOWNLOADING, AgentState.STAGED, AgentState.APPLYING})


@dataclass(frozen=True, slots=True)
class Signature:
    """An Ed25519 signature of a release, by the id of its key."""

    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the agent; the hub cannot tell whether a signature is good, only agents can."""

    version: str
    sha256: str
    size: int
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Rollout:
    """A release on its way to agents.

    Attributes:
        key: 16 random bytes, what agents call it.
        soak: time between the end of a ring and the next ring.
        max_failures: with one more the rollout is halted.
        reason: why it was halted.
        ring: the one that is asked, from 0.
        rings: how many there are.
        ring_done_at: when the present ring came to its end.
    """

    id: int
    key: bytes
    release: Release
    soak: timedelta
    max_failures: int
    state: RolloutState
    reason: str
    ring: int
    rings: int
    ring_done_at: datetime | None
    created_by: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class RolloutAgent:
    """One agent of a rollout."""

    agent_id: int
    ring: int
    state: AgentState
    detail: str = ""
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done now, and how the rollout stands then."""

    state: RolloutState
    reason: str
    ring: int
    ring_done_at: datetime | None
    ask: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)


def rings_of(agents: Sequence[int], shares: Sequence[str]) -> list[list[int]]:
    """Divide agents into rings.

    Args:
        agents: in the order in which they are to be taken.
        shares: how many have their turn up to the end of each ring: a number such as `1`, or a share such as `10%`,
            rounded up. A ring for which nothing is left is left out.

    >>> rings_of([4, 5, 6, 7], ["1", "50%", "100%"])
    [[4], [5], [6, 7]]
    """
    rings, taken = [], 0
    for share in shares:
        number, percent, _ = share.partition("%")
        until = -(-len(agents) * Fraction(number) // 100) if percent else int(number)
        if agents[taken:until]:
            rings.append(list(agents[taken:until]))
            taken = until
    return rings


def step(rollout: Rollout, agents: Sequence[RolloutAgent], online: AbstractSet[int], now: datetime) -> Step:
    """Return what to do with a rollout that is running or paused.

    A ring is over when each of its agents has come to an end or is away and was not asked, and one at least runs the
    release; so is one whose agents were all deleted. Agents of earlier rings that come back are asked then. While the
    rollout is paused nobody is asked.

    Args:
        rollout: as it stands.
        agents: all of it.
        online: those that can be asked.
        now: the time.
    """
    lost = [one.agent_id for one in agents if _is_lost(one, now)]
    known = [_as_lost(one) if one.agent_id in lost else one for one in agents]
    failures = sum(one.state in FAILURES for one in known)
    if failures > rollout.max_failures:
        reason = f"{failures} of the agents failed, and {rollout.max_failures} may."
        return Step(RolloutState.HALTED, reason, rollout.ring, rollout.ring_done_at, lost=lost)
    ring, done_at = rollout.ring, rollout.ring_done_at
    present = [one for one in known if one.ring == ring]
    if present and all(one.state in FAILURES for one in present):
        reason = f"No agent of ring {ring + 1} runs the release."
        return Step(RolloutState.HALTED, reason, ring, done_at, lost=lost)
    if done_at is None and _is_over(present, online):
        done_at = now
    if rollout.state is RolloutState.PAUSED:
        return Step(RolloutState.PAUSED, "", ring, done_at, lost=lost)
    if done_at is not None and ring + 1 < rollout.rings and now >= done_at + rollout.soak:
        ring, done_at = ring + 1, None
    if all(one.state in FAILURES or one.state is AgentState.CONFIRMED for one in known):
        return Step(RolloutState.FINISHED, "", ring, done_at, lost=lost)
    room = AT_ONCE - sum(one.state in IN_PROGRESS for one in known)
    waiting = [one for one in known if one.state is AgentState.WAITING and one.ring <= ring and one.agent_id in online]
    ask = [one.agent_id for one in waiting[: max(0, room)]]
    return Step(RolloutState.RUNNING, "", ring, done_at, ask, lost)


def _is_over(ring: Sequence[RolloutAgent], online: AbstractSet[int]) -> bool:
    ended = all(
        one.state is AgentState.CONFIRMED
        or one.state in FAILURES
        or (one.state is AgentState.WAITING and one.agent_id not in online)
        for one in ring
    )
    return ended and (not ring or any(one.state is AgentState.CONFIRMED for one in ring))


def _is_lost(one: RolloutAgent, now: datetime) -> bool:
    return one.state in IN_PROGRESS and one.asked_at is not None and now - one.asked_at > ANSWER_WITHIN


def _as_lost(one: RolloutAgent) -> RolloutAgent:
    return RolloutAgent(one.agent_id, one.ring, AgentState.LOST, one.detail, one.asked_at)
