"""How a condition stands on single agents at this moment, by the newest values that the hub holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.compiled import Compiled, OfSeries
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.matches import ID, look_once, tells
from opsentrix.model.frames import Batch
from opsentrix.model.rules import Rule
from opsentrix.model.runbook_runs import Truth
from opsentrix.model.selectors import Member

MAX_SHOWN = 5
"""Series of an agent that are shown."""


@dataclass(frozen=True, slots=True)
class SeriesValue:
    """The newest value of a series that a condition is about, in base units; None where it is not known."""

    labels: Labels
    value: float | None
    threshold: float | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a condition holds on an agent, its `for` aside, and by which values."""

    truth: Truth
    series: tuple[SeriesValue, ...] = ()


def standings(
    rule: Rule, members: Sequence[Member], newest: Sequence[Batch], now: float, *, every: bool
) -> dict[int, Standing]:  # fmt: skip
    """Return how a condition stands on each of these agents.

    Args:
        rule: the condition; its selector does not count.
        members: the agents.
        newest: newest values of what the rule names, one tick each.
        now: Unix seconds.
        every: whether all series of an agent must suit, or any one is enough.
    """
    if not tells(rule):
        return {one.id: Standing(Truth.UNKNOWN) for one in members}
    engine = look_once(rule, members, newest, now)
    made, _ = engine.find(ID, None, ())
    return {one.id: _standing(engine, made, one.id, every=every) for one in members}


def _standing(engine: Engine, made: Compiled, agent_id: int, *, every: bool) -> Standing:
    rows = made.rows_of(engine.agents.row_of[agent_id])
    judged = made.judge(engine.now())
    known, holds = judged.known[rows], judged.holds[rows]
    enough, refuted = (np.all, np.any) if every else (np.any, np.all)
    if not rows.size:
        truth = Truth.UNKNOWN
    elif enough(known & holds):
        truth = Truth.HOLDS
    elif refuted(known & ~holds):
        truth = Truth.FAILS
    else:
        truth = Truth.UNKNOWN
    if not isinstance(made, OfSeries):
        return Standing(truth)
    labels = engine.targets(ID, agent_id, MAX_SHOWN)
    shown = zip(labels, rows.tolist(), strict=False)
    return Standing(
        truth,
        tuple(SeriesValue(one, made.value(row), made.threshold(row), bool(judged.holds[row])) for one, row in shown),
    )
