"""Why people were, or were not, told of an alert: rows in, a chain of stages out. No clock, no database."""

from collections.abc import Sequence

from opsentrix.alerting import why_judged, why_told
from opsentrix.alerting.evidence import Evidence
from opsentrix.model.why import Answer, Chain, Stage, Verdict

_NOTHING = "It did not come so far."


def chain(evidence: Evidence) -> Chain:
    """Return what became of an alert around a moment, stage by stage, and the whole in a sentence."""
    stages = [why_judged.samples(evidence), why_judged.rule(evidence)]
    if evidence.episode() is None:
        stages += [Answer(one, Verdict.NOTHING, _NOTHING) for one in list(Stage)[2:]]
    else:
        stages += why_told.stages(evidence)
    paged, verdict = _whole(stages)
    return Chain(paged, verdict, tuple(stages))


def furthest(one: Chain) -> Answer:
    """Return the stage that decided: the last one that says something."""
    return _decided(one.stages)


def _decided(stages: Sequence[Answer]) -> Answer:
    """Return the last stage that says something: the first one always does."""
    return next(one for one in reversed(stages) if one.verdict is not Verdict.NOTHING)


def _whole(stages: list[Answer]) -> tuple[bool | None, str]:
    decided = _decided(stages)
    if decided.verdict is Verdict.STOPPED:
        return False, f"Not paged. {decided.text}"
    if decided.verdict is Verdict.UNKNOWN:
        return None, f"Not settled yet. {decided.text}"
    return True, f"Paged. {decided.text}"
