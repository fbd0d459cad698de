"""How bad it got: of each alert that fires, the value that was furthest beyond its threshold."""

from collections.abc import Sequence

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.engine import Engine
from opsentrix.model import rules
from opsentrix.model.alerts import State, Transition
from opsentrix.model.rules import AlertRule

_ALARMING = (State.FIRING, State.UNKNOWN)
Target = tuple[int | None, Labels]
"""An agent's id and labels."""


class Worst:
    """Follows the alerts of one rule."""

    def __init__(self, engine: Engine, rule: AlertRule) -> None:
        self._engine = engine
        self._rule_id = rule.id
        condition = rule.rule.condition
        op = condition.op if isinstance(condition, rules.Comparison | rules.Count) else None
        self._most = {rules.Op.GT: 1, rules.Op.GE: 1, rules.Op.LT: -1, rules.Op.LE: -1}.get(op) if op else None
        self._values = np.empty(0)
        self._row_of: dict[Target, int] = {}

    def look(self, told: Sequence[Transition]) -> None:
        """Look at the values of what fires, after each pass; `told` is what the pass told."""
        if self._most is None:
            return
        for one in told:
            if one.after is State.FIRING and one.before not in _ALARMING:
                row = self._engine.find(self._rule_id, one.agent_id, one.labels)[1]
                if row is not None and one.value is not None:
                    self._begin(row, one.value)
                    self._row_of[one.agent_id, one.labels] = row
        if not self._row_of:
            return
        measured = self._engine.find(self._rule_id, None, ())[0].measured
        if measured is not None:
            rows = np.fromiter(self._row_of.values(), np.intp, len(self._row_of))
            worse = np.fmax if self._most > 0 else np.fmin
            self._values[rows] = worse(self._values[rows], measured[rows])

    def of(self, one: Transition) -> float | None:
        """Return the worst value of an alert that has just ended, which is not followed any more; None for others."""
        if one.before in _ALARMING and one.after not in _ALARMING:
            row = self._row_of.pop((one.agent_id, one.labels), None)
            return None if row is None else float(self._values[row])
        return None

    def left(self) -> dict[Target, float]:
        """Return the worst values of what fires still."""
        return {target: float(self._values[row]) for target, row in self._row_of.items()}

    def _begin(self, row: int, value: float) -> None:
        if row >= self._values.size:
            self._values = np.concatenate([self._values, np.full(row + 1, np.nan)])
        self._values[row] = value
