"""Which of a rule's targets on an agent is meant, where nobody says so: what fired, else what came nearest."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.evidence import NEAR, end_of, moment_of
from opsentrix.alerting.explain import Explanation
from opsentrix.model import rules
from opsentrix.model.alerts import State
from opsentrix.model.stored_alerts import ALARMING, AlertEvent

_ORDER = (State.INACTIVE, State.UNKNOWN, State.PENDING, State.FIRING)


def chosen(
    rule: rules.Rule | None, asked: Labels, standings: Mapping[Labels, Explanation], newest: Sequence[AlertEvent],
    at: datetime,
) -> Labels:  # fmt: skip
    """Return the labels of the target that is meant.

    Args:
        rule: None where it is not known any more.
        asked: pairs that the labels must have; they are the answer where no target has them.
        standings: how the rule stands on the targets.
        newest: of each alert of the rule on the agent, the newest transition.
        at: the moment that is asked about.
    """
    found = {tuple(sorted(one.labels.items())): one for one in newest}
    fitting = [one for one in {**standings, **found} if set(asked) <= set(one)]
    if asked in fitting or not fitting:
        return asked
    lower = rule is not None and isinstance(rule.condition, rules.Comparison) and rule.condition.op in ("<", "<=")

    def rank(labels: Labels) -> tuple[int, int, float]:
        event, standing = found.get(labels), standings.get(labels)
        fired = 0 if event is None else _nearness(event, at)
        if standing is None:
            return fired, -1, 0.0
        value = float("-inf") if standing.value is None else -standing.value if lower else standing.value
        return fired, _ORDER.index(standing.state), value

    return max(sorted(fitting), key=rank)


def _nearness(event: AlertEvent, at: datetime) -> int:
    """Return 2 for what fires at the moment or a little after it, 1 for what ended a little before it, else 0."""
    if event.after in ALARMING:
        return 2 if moment_of(event) <= at + NEAR else 0
    return 1 if end_of(event) >= at - NEAR else 0
