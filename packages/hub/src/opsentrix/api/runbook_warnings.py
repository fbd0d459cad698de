"""What a runbook may say, and what is probably not meant so: said when it is read, and never a reason to refuse it."""

from collections.abc import Iterator

from opsentrix.alerting.coarser import names_of
from opsentrix.api.runbook_views import WarningView
from opsentrix.api.services import Services
from opsentrix.model.freshness import oldest_s
from opsentrix.model.globs import matches
from opsentrix.model.rules import Rule
from opsentrix.model.runbooks import AlertResolved, AlertTrigger, Mode, Runbook, ScheduleTrigger
from opsentrix.storage import agent_policies, alert_rules

SURELY_HEARD_S = 10
"""Samples count that were taken a second after the last step's end, and frames of up to five seconds bring them."""


async def warnings_of(services: Services, runbook: Runbook) -> list[WarningView]:
    """Return what of a runbook will not do what it seems to, as things are now."""
    covered = [one.id for one in services.registry.members() if runbook.selector.accepts(one)]
    actions = dict.fromkeys(one.action for one in (*runbook.steps, *runbook.undo))
    async with services.database.connection() as connection:
        rules = await alert_rules.names(connection)
        unknown = await agent_policies.allowed_nowhere(connection, list(actions), covered)
    found = [*_of_itself(runbook), *_about_steps(runbook, unknown if covered else frozenset())]
    if not covered:
        found.append(("on", "No machine is meant."))
    for at, one in enumerate(runbook.triggers):
        if isinstance(one, AlertTrigger) and not any(matches(one.rule, name) for name in rules):
            found.append((f"triggers[{at}].alert", "There is no alert rule of this name."))
    for path, rule in (("when", runbook.when), ("expect", runbook.expect), ("worse", runbook.worse)):
        if isinstance(rule, Rule):
            absent = [name for name in names_of(rule) if not services.latest.sends(name)]
            found += [(path, f"No machine sends {name}.") for name in absent]
    return [WarningView(path=path, detail=detail) for path, detail in found]


def _about_steps(runbook: Runbook, unknown: frozenset[str]) -> Iterator[tuple[str, str]]:
    for part, steps in (("steps", runbook.steps), ("undo", runbook.undo)):
        for at, step in enumerate(steps):
            if step.action in unknown:
                yield f"{part}[{at}].action", f"No machine that is meant allows {step.action}."


def _conditions(runbook: Runbook) -> Iterator[Rule]:
    """Return the conditions that the verdict rests on."""
    for said in (runbook.expect, runbook.worse):
        if isinstance(said, Rule):
            yield said


def _of_itself(runbook: Runbook) -> Iterator[tuple[str, str]]:
    if runbook.mode is Mode.AUTOMATIC and runbook.expect is None:
        yield "expect", "Nobody can tell whether it helped, and only steps that fail let it stop itself."
    if runbook.mode is not Mode.SUGGEST and not runbook.triggers:
        yield "triggers", "Nothing triggers it: people alone can run it."
    scheduled = any(isinstance(one, ScheduleTrigger) for one in runbook.triggers)
    if scheduled and runbook.labels:
        names = ", ".join(sorted(runbook.labels))
        yield "triggers", f"A schedule brings no labels: without {names} runs fail before their first step."
    if scheduled and isinstance(runbook.expect, AlertResolved):
        yield "expect", "A schedule brings no alert, so nobody can tell whether it is resolved."
    needed = SURELY_HEARD_S + max((oldest_s(one.condition) for one in _conditions(runbook)), default=0.0)
    if (runbook.expect is not None or runbook.worse is not None) and runbook.within_s < needed:
        yield "within", f"In less than {needed:g} seconds no fresh sample may come: the verdict would be unknown."
    if isinstance(runbook.worse, Rule) and isinstance(runbook.expect, Rule) and runbook.worse == runbook.expect:
        yield "worse", "It is what is expected."
