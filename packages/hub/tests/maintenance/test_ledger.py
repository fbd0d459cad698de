"""The gap ledger against an oracle: whatever is lost, late, restarted or set back, it says what happened."""

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field

import pytest
from opsentrix.db import Database
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.model.gaps import Cause, Reason
from opsentrix.storage import agents, frames, gaps

from packages.hub.tests.maintenance.test_compaction import LATER, START_MS, History

TICKS = 5


@dataclass(frozen=True, slots=True)
class Made:
    """A frame that an agent made, and what became of it; None: it reaches the hub."""

    boot: int
    seq: int
    first_ms: int
    fate: Reason | None = None
    clock_step_ms: int = 0

    @property
    def last_ms(self) -> int:
        return self.first_ms + (TICKS - 1) * 1000


@dataclass
class Life:
    """An agent's life, made up by chance."""

    chance: random.Random
    boots: list[int]
    frames: list[Made] = field(default_factory=list)

    def live(self, frames: int, *, clock_back: bool = False) -> None:
        boot, seq, now = 0, 0, START_MS
        while len(self.frames) < frames:
            step = 0
            match self.chance.randrange(14):
                case 0:
                    now += 1000 * self.chance.randint(2, 600)  # the machine sleeps
                case 1 if boot + 1 < len(self.boots):
                    boot, seq, now = boot + 1, 0, now + 1000 * self.chance.randint(3, 600)
                case 2:
                    step = 1000 * self.chance.randint(2, 600)
                case 3 if clock_back:
                    step = -1000 * self.chance.randint(2, 300)
            fate = None
            if self.chance.random() < 0.15 and not step and seq:
                fate = self.chance.choice([Reason.SPOOL_OVERFLOW, Reason.REJECTED, Reason.FRAMES_LOST])
            run = 1 if fate is None else self.chance.randint(1, 4)
            now += step
            for _ in range(run):
                seq += 1
                self.frames.append(Made(self.boots[boot], seq, now, fate, step))
                now += TICKS * 1000
        last = self.frames[-1]
        self.frames.append(Made(last.boot, last.seq + 1, last.last_ms + 1000))

    def expected(self) -> list[tuple[int, int, set[Reason], int]]:
        """Return (from, to, reasons that are right, lost frames) of the gaps of a life without steps back."""
        found: list[tuple[int, int, set[Reason], int]] = []
        lost: Counter[Reason] = Counter()
        before: Made | None = None
        for one in self.frames:
            if one.fate is not None:
                lost[one.fate] += 1
                continue
            if before is not None and one.first_ms - before.last_ms > 1500:
                known = {reason: count for reason, count in lost.items() if reason is not Reason.FRAMES_LOST}
                if before.boot != one.boot:
                    found.append((before.last_ms, one.first_ms, {Reason.NOT_RUNNING}, 0))
                elif lost:
                    most: set[Reason] = {one for one in known if known[one] == max(known.values())}
                    found.append((before.last_ms, one.first_ms, most or {Reason.FRAMES_LOST}, lost.total()))
                else:
                    reason = Reason.CLOCK_FORWARD if one.clock_step_ms else Reason.NOT_SAMPLED
                    found.append((before.last_ms, one.first_ms, {reason}, 0))
            lost.clear()
            before = one
        return found

    def causes(self, agent_id: int) -> list[Cause]:
        noted = []
        for one in self.frames:
            if one.fate in (Reason.SPOOL_OVERFLOW, Reason.REJECTED):
                noted.append(Cause(agent_id, one.boot, one.seq, one.seq, one.fate))
            elif one.clock_step_ms > 0:
                begin = one.first_ms - one.clock_step_ms
                noted.append(Cause(agent_id, one.boot, one.seq, one.seq, Reason.CLOCK_FORWARD, begin, one.first_ms))
            elif one.clock_step_ms < 0:
                end = one.first_ms - one.clock_step_ms
                noted.append(Cause(agent_id, one.boot, one.seq, one.seq, Reason.CLOCK_BACK, one.first_ms, end))
        return noted


@pytest.fixture
async def history(database: Database) -> History:
    async with database.connection() as connection:
        agent = await agents.add(connection, NewAgent("a", "host", "h"))
    return History(database, agent.id, LayoutBook(database, 5000))


async def _life(history: History, seed: int) -> Life:
    async with history.database.connection() as connection:
        numbers = await frames.boots(connection, history.agent_id, [uuid.UUID(int=n) for n in range(1, 5)])
    return Life(random.Random(seed), sorted(numbers.values()))  # noqa: S311 - a test that must do the same each time


async def _deliver(history: History, one: Made) -> None:
    history.boot, history.seq = one.boot, one.seq - 1
    await history.sample(one.first_ms, TICKS, names="a")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_gap_is_explained_whatever_comes_when(seed: int, history: History, database: Database) -> None:
    life = await _life(history, seed)
    life.live(150)
    arriving = [one for one in life.frames if one.fate is None]
    order = sorted(range(len(arriving)), key=lambda at: at + life.chance.randint(0, 25))
    async with database.connection() as connection:
        await gaps.note(connection, life.causes(history.agent_id))
    for number, at in enumerate(order):
        await _deliver(history, arriving[at])
        if number % 25 == 24:
            await compaction.run_once(database, LATER)
    for _ in range(2):
        read = (await history.read(hours=24)).gaps
        expected = life.expected()
        assert [(round(gap.start * 1000), round(gap.end * 1000)) for gap in read] == [one[:2] for one in expected]
        for gap, (_, _, reasons, lost) in zip(read, expected, strict=True):
            assert gap.reason in reasons
            assert gap.lost_frames == lost
        await compaction.run_once(database, LATER)
    await history.check()


@pytest.mark.parametrize("seed", [4, 5])
async def test_where_a_clock_was_set_back_what_was_sampled_last_counts(
    seed: int, history: History, database: Database
) -> None:
    life = await _life(history, seed)
    life.live(120, clock_back=True)
    async with database.connection() as connection:
        await gaps.note(connection, life.causes(history.agent_id))
    for number, one in enumerate(life.frames):
        if one.fate is None:
            await _deliver(history, one)
        if number % 30 == 29:
            # The worker's clock may stand anywhere, too.
            await compaction.run_once(database, (START_MS / 1000) + life.chance.choice([-1e6, 1800, 7200, 1e6]))
    await history.check()
    await compaction.run_once(database, LATER)
    await history.check()
    overlaps = (await history.read(hours=24)).overlaps
    back = [(one.first_ms / 1000, (one.first_ms - one.clock_step_ms) / 1000) for one in life.frames
            if one.clock_step_ms < 0]  # fmt: skip
    assert overlaps == sorted(back)
