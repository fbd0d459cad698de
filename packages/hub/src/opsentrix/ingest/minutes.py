"""The newest samples, rolled up until a minute of an agent is whole.

Reading one series of many agents out of frames inflates each of them. A whole minute, rolled up from samples that are
at hand anyway, spares that for the hours that are not compacted yet. It is no more than a shortcut: a minute that is
not whole, or that something came late for, has no row, and its frames are read.
"""

from collections.abc import Collection
from dataclasses import dataclass

from opsentrix import selfmetrics
from opsentrix.model.frames import Batch, StoredFrame
from opsentrix.model.minutes import MAX_TICKS, Minute, Parts, Running
from opsentrix.model.tiers import MINUTE_MS

_MAX_WHOLE = 20_000
"""Minutes that wait for the database; more are let go, and their frames are read."""
_MAX_STALE = 200_000


_NEVER_WHOLE = -1


class _Open:
    """The minute of one agent that is being rolled up; `seen` has a bit for each tick."""

    __slots__ = ("key", "number", "running", "seen", "ticks")

    def __init__(self, key: tuple[int, int], number: int, series: int) -> None:
        self.key = key
        self.running = Running(series)
        _, step_ms = key
        fits = MINUTE_MS % step_ms == 0 and 1 < MINUTE_MS // step_ms <= MAX_TICKS
        self.ticks = MINUTE_MS // step_ms if fits else 0
        self.number = number
        self.seen = 0 if fits else _NEVER_WHOLE

    def restart(self, number: int) -> None:
        """Begin with a later minute."""
        self.running.restart()
        self.number = number
        self.seen = 0 if self.ticks else _NEVER_WHOLE

    def add(self, parts: Parts, at: int, first_slot: int) -> bool:
        """Take ticks; False when one of them was there already, or does not fit."""
        bits = ((1 << parts.ticks) - 1) << first_slot
        if self.seen & bits or first_slot + parts.ticks > self.ticks:
            return False
        self.seen |= bits
        self.running.add(parts, at)
        return True

    @property
    def whole(self) -> bool:
        """Whether every tick is there."""
        return self.seen == (1 << self.ticks) - 1


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of minutes.

    Attributes:
        whole: those that are whole.
        stale: (agent, number) of those that are not, or no longer.
        all_stale: no minute from before is to be trusted: there were too many to name.
    """

    whole: list[Minute]
    stale: list[tuple[int, int]]
    all_stale: bool

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.whole or self.stale or self.all_stale)

    def without(self, agent_ids: Collection[int]) -> "Changes":
        """Return what became of other agents' minutes, and that these agents' are stale."""
        if not agent_ids:
            return self
        kept = [one for one in self.whole if one.agent_id not in agent_ids]
        gone = [(one.agent_id, one.number) for one in self.whole if one.agent_id in agent_ids]
        return Changes(kept, self.stale + gone, self.all_stale)


class MinuteBook:
    """Rolls up each agent's newest minute, and keeps those that are whole until they are taken."""

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}
        self._whole: dict[tuple[int, int], Minute] = {}
        self._stale: set[tuple[int, int]] = set()
        self._all_stale = False

    def push(self, batch: Batch) -> None:
        """Take a batch."""
        pieces = [_pieces(frame) for frame in batch.frames]
        frames_of: dict[tuple[int, int], list[int]] = {}
        for at, ranges in enumerate(pieces):
            for one in ranges:
                frames_of.setdefault(one, []).append(at)
        parts = {one: Parts.of(batch.values[frames, :, slice(*one)]) for one, frames in frames_of.items()}
        taken = dict.fromkeys(parts, 0)
        for frame, ranges in zip(batch.frames, pieces, strict=True):
            for one in ranges:
                self._add(frame, frame.time_ms + one[0] * frame.step_ms, parts[one], taken[one])
                taken[one] += 1

    def take(self) -> Changes:
        """Return what is new since the last call."""
        changes = Changes(list(self._whole.values()), list(self._stale), self._all_stale)
        self._whole.clear()
        self._stale.clear()
        self._all_stale = False
        return changes

    def again(self, changes: Changes) -> None:
        """Take back what could not be written: what was stale stays so, and what was whole is let go."""
        self._all_stale |= changes.all_stale
        for key in changes.stale:
            self._spoil_one(*key)
        selfmetrics.MINUTES_DROPPED.inc(len(changes.whole))

    def spoil(self, agent_ids: Collection[int]) -> None:
        """Let go of what was gathered of agents: a frame of theirs was not kept after all."""
        for agent_id in agent_ids:
            open_minute = self._open.pop(agent_id, None)
            if open_minute is not None:
                self._stale.add((agent_id, open_minute.number))
            for key in [key for key in self._whole if key[0] == agent_id]:
                del self._whole[key]

    def forget(self, agent_id: int) -> None:
        """Let go of a deleted agent."""
        self.spoil({agent_id})
        self._stale = {key for key in self._stale if key[0] != agent_id}

    def _add(self, frame: StoredFrame, time_ms: int, parts: Parts, at: int) -> None:
        agent_id, key = frame.agent_id, (frame.layout_id, frame.step_ms)
        number, into_ms = divmod(time_ms, MINUTE_MS)
        present = self._open.get(agent_id)
        if present is not None and number < present.number:
            self._spoil_one(agent_id, number)  # late: only its frames know all of that minute now
            return
        if present is None or number > present.number:
            self._close(agent_id, present)
            if present is not None and present.key == key:
                present.restart(number)
            else:
                present = self._open[agent_id] = _Open(key, number, parts.total.shape[1])
        if present.key != key or not present.add(parts, at, into_ms // frame.step_ms):
            present.seen = _NEVER_WHOLE  # two layouts, or one moment sampled twice, are in it

    def _close(self, agent_id: int, present: _Open | None) -> None:
        if present is None:
            return
        if not present.whole:
            self._spoil_one(agent_id, present.number)
            return
        if len(self._whole) >= _MAX_WHOLE:
            selfmetrics.MINUTES_DROPPED.inc()
            return
        values, counts = present.running.packed(present.ticks)
        layout_id, _ = present.key
        self._whole[agent_id, present.number] = Minute(
            agent_id, present.number, layout_id, present.ticks, values, counts
        )

    def _spoil_one(self, agent_id: int, number: int) -> None:
        self._whole.pop((agent_id, number), None)
        self._stale.add((agent_id, number))
        if len(self._stale) > _MAX_STALE:
            self._stale.clear()
            self._all_stale = True


def _pieces(frame: StoredFrame) -> list[tuple[int, int]]:
    """Return the ranges of a frame's ticks, first and end, that lie in one minute each."""
    pieces = []
    at = 0
    while at < frame.ticks:
        left_ms = MINUTE_MS - (frame.time_ms + at * frame.step_ms) % MINUTE_MS
        end = min(frame.ticks, at + -(-left_ms // frame.step_ms))
        pieces.append((at, end))
        at = end
    return pieces
