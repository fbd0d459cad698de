"""The first half of "why was I paged?": which samples there were, and what the rule made of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from opsentrix.alerting.evidence import NEAR, Episode, Evidence, moment_of
from opsentrix.alerting.explain import Explanation
from opsentrix.model import rules
from opsentrix.model.alerts import State
from opsentrix.model.quantities import write_duration
from opsentrix.model.rule_format import write_condition, write_selector
from opsentrix.model.rules import AlertRule
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import AlertEvent, AlertState
from opsentrix.model.why import Answer, Detail, Stage, Verdict

_SHOWN = 5
_SEEN = timedelta(seconds=15)
"""A run is noted each 10 s, so for so long after it was seen last it may have gone on."""


def samples(evidence: Evidence) -> Answer:
    """Say what was stored around the moment, and what is missing."""
    stored = evidence.stored
    if stored is None:
        return Answer(Stage.SAMPLES, Verdict.OK, "The rule counts agents; each has samples of its own.")
    details = tuple(_sample_details(evidence))
    named = " and ".join(stored.metrics)
    if not stored.metrics:
        text = f"The rule looks at signs of life of {evidence.agent_name}, not at values."
        if stored.gap is not None:
            text += f" None are stored of around then: {stored.gap.reason}."
        return Answer(Stage.SAMPLES, Verdict.OK, text, None, details)
    absence = evidence.rule.rule is not None and _is_absence(evidence.rule.rule.rule.condition)
    if stored.newest:
        newest = stored.newest[0]
        text = f"The newest sample of {newest.metric} before then is {newest.value:.6g}, of {clock(newest.at)}."
        if stored.gap is not None and not absence:
            text += f" At the moment itself there is none: {stored.gap.reason}."
        if evidence.late:
            text += f" Samples of then came late, at {clock(evidence.late[0].came_at)}: late data is history."
        return Answer(Stage.SAMPLES, Verdict.OK, text, newest.at, details)
    why = f": {stored.gap.reason}" if stored.gap is not None else ""
    text = stored.note or f"No sample of {named} is stored of {evidence.target} around then{why}."
    if stored.note:
        return Answer(Stage.SAMPLES, Verdict.UNKNOWN, text, None, details)
    if absence or evidence.episode() is not None:
        return Answer(Stage.SAMPLES, Verdict.OK, text, None, details)
    return Answer(Stage.SAMPLES, Verdict.STOPPED, text, None, details)


def rule(evidence: Evidence) -> Answer:
    """Say whether the rule was about the target then, and what it made of the samples."""
    details = tuple(sorted(_rule_details(evidence), key=lambda one: one.at or evidence.at))
    fired = evidence.episode()
    if fired is not None:
        return Answer(Stage.RULE, Verdict.OK, _fired(evidence, fired), fired.fired.at, details)
    against = _not_about(evidence) or _nobody_looked(evidence)
    if against:
        return Answer(Stage.RULE, Verdict.STOPPED, against, None, details)
    if evidence.standing is None:
        if evidence.stored is not None and not evidence.stored.newest and not evidence.stored.note:
            return Answer(Stage.RULE, Verdict.NOTHING, "There was nothing to judge.", None, details)
        # Only a count over agents, a long window, and what is older than what is kept, cannot be replayed.
        text = f"{evidence.rule.name} did not fire; how it stood then cannot be told any more."
        return Answer(Stage.RULE, Verdict.STOPPED, text, None, details)
    return Answer(Stage.RULE, *_stood(evidence, evidence.standing), details)


def clock(moment: datetime) -> str:
    """Return a moment for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _sample_details(evidence: Evidence) -> Iterator[Detail]:
    stored = evidence.stored
    if stored is None:
        return
    for one in sorted(stored.newest[:_SHOWN], key=lambda one: one.at):
        labels = ", ".join(f"{key}={value}" for key, value in one.labels)
        yield Detail(one.at, f"{one.metric}{f' ({labels})' if labels else ''} = {one.value:.6g}", _agent(evidence))
    if len(stored.newest) > _SHOWN:
        yield Detail(None, f"and {len(stored.newest) - _SHOWN} more series")
    if stored.gap is not None:
        until = "" if stored.gap.end is None else f" until {clock(stored.gap.end)}"
        yield Detail(stored.gap.start, f"no samples from here{until}: {stored.gap.reason}", _agent(evidence))
    for late in evidence.late:
        text = f"samples from {clock(late.first_at)} to {clock(late.last_at)} came only now: they were history"
        yield Detail(late.came_at, text)


def _rule_details(evidence: Evidence) -> Iterator[Detail]:
    then = evidence.rule
    page = f"/dashboard/alerts/rules/{then.id}"
    if then.rule is not None and then.since is not None:
        newer = "" if then.newer is None else f"; it has version {then.newer} now"
        yield Detail(then.since, f"version {then.rule.version}, by {then.by}{newer}", page)
    if then.override is not None:
        what = "leaves it alone" if not then.override.enabled else f"holds it against {then.override.threshold:.6g}"
        since = "" if then.override_at is None or then.override_at <= evidence.at else " (set only after the moment)"
        yield Detail(
            then.override_at, f"an override for {evidence.agent_name} {what}, by {then.override_by}{since}", page
        )
    group = None if then.rule is None else then.rule.group
    if group is not None and then.group_changed_at is not None and then.group_changed_at > evidence.at:
        yield Detail(
            then.group_changed_at, f"group {group.name!r} was changed after the moment; it is shown as it is now"
        )
    near = [one for one in evidence.events if moment_of(one) >= evidence.at - NEAR] or evidence.events[:2]
    for event in near[:20]:
        yield Detail(event.at, _transition(event))
    if evidence.standing is not None:
        source = "as it stands" if evidence.live else "by what is stored"
        for part in evidence.standing.parts:
            agents = "" if part.agents is None else f"on {part.agents} agents"
            yield Detail(evidence.at, f"{part.condition}: {part.verdict or agents} ({source})")


def _transition(event: AlertEvent) -> str:
    value = "" if event.value is None else f", value {event.value:.6g}"
    limit = "" if event.threshold is None else f" against {event.threshold:.6g}"
    reason = f" ({event.reason})" if event.reason else ""
    return f"{event.before} to {event.after}{value}{limit}, version {event.rule_version}{reason}"


def _fired(evidence: Evidence, fired: Episode) -> str:
    event, ended = fired.fired, fired.ended
    value = "" if event.value is None else f": {event.value:.6g}"
    limit = "" if event.threshold is None or event.value is None else f" against {event.threshold:.6g}"
    text = f"{evidence.rule.name} fired for {evidence.target} at {clock(event.at)}{value}{limit}."
    if ended is not None:
        text += f" It was over at {clock(ended.at)}{f': {ended.reason}' if ended.reason else ''}."
    elif evidence.events and evidence.events[0].after is AlertState.UNKNOWN:
        text += " It has had no data since, so it goes on."
    return text


def _not_about(evidence: Evidence) -> str:
    """Return why the rule was not about the target at all; empty where it was."""
    then, one = evidence.rule, evidence.rule.rule
    if one is None:
        made = "" if then.made_at is None else f": it was made at {clock(then.made_at)}"
        return f"The rule {then.name} did not exist then{made}."
    if not one.enabled:
        by = "" if then.since is None else f" since {clock(then.since)}, by {then.by}"
        return f"The rule {one.name} was switched off{by}."
    if one.group is not None and not one.group.enabled:
        return f"The rule {one.name} is off because its group {one.group.name} is."
    return "" if evidence.agent is None else _not_covered(evidence, one, evidence.agent)


def _not_covered(evidence: Evidence, one: AlertRule, agent: Member) -> str:
    then, subject = evidence.rule, f"The rule {one.name} is not about {agent.name}"
    if not one.rule.selector.accepts(agent):
        return f"{subject}: it is about agents with {write_selector(one.rule.selector)}."
    if one.group is not None and not one.group.selector.accepts(agent):
        return f"{subject}: its group {one.group.name} is about agents with {write_selector(one.group.selector)}."
    override = then.override
    if override is not None and not override.enabled and (then.override_at is None or then.override_at <= evidence.at):
        return f"An override by {then.override_by} lets the rule {one.name} leave {agent.name} alone."
    return ""


def _nobody_looked(evidence: Evidence) -> str:
    """Return from when to when no hub evaluated rules, if that was so; empty where one did, or that is not known."""
    if evidence.live or any(one.began_at <= evidence.at <= one.seen_at + _SEEN for one in evidence.runs):
        return ""
    before = [one for one in evidence.runs if one.seen_at < evidence.at]
    after = [one for one in evidence.runs if one.began_at > evidence.at]
    if not before:
        return ""
    until = f" to {clock(after[0].began_at)}" if after else ""
    text = f"No hub evaluated rules from {clock(before[-1].seen_at)}{until}."
    if evidence.late or (evidence.standing is not None and evidence.standing.state is State.FIRING):
        text += " What agents kept meanwhile came later, and late data is history: it never pages."
    return text


def _stood(evidence: Evidence, standing: Explanation) -> tuple[Verdict, str, datetime | None]:
    """Say how the rule stood by the samples, where no alert fired."""
    one = evidence.rule.rule
    name = evidence.rule.name
    since = None if standing.since is None else datetime.fromtimestamp(standing.since, UTC)
    if standing.state is State.PENDING and one is not None:
        needed = write_duration(one.rule.for_s)
        held = f"{name} held{_value(standing)} since {clock(since) if since else 'then'}, and must hold for {needed}"
        left = standing.fires_in_s
        more = f": it fires in {left:.0f} s if it goes on" if evidence.live and left is not None else ""
        return Verdict.STOPPED, f"{held}{more}.", since
    if standing.state in (State.FIRING, State.UNKNOWN):
        if evidence.late:
            came = clock(evidence.late[0].came_at)
            return Verdict.STOPPED, (
                f"By what is stored {name} held{_value(standing)}, but these samples came only at {came}: late data is"
                " history and never pages."
            ), since  # fmt: skip
        return Verdict.UNKNOWN, f"By what is stored {name} would have fired{_value(standing)}; no alert is kept.", since
    if standing.missing:
        return Verdict.STOPPED, f"{name} had nothing to judge: {standing.missing}.", None
    condition = "" if one is None else f": {write_condition(one.rule.condition)}"
    return Verdict.STOPPED, f"{name} did not hold{_value(standing)}{condition}.", None


def _value(standing: Explanation) -> str:
    if standing.value is None:
        return ""
    against = "" if standing.threshold is None else f" against {standing.threshold:.6g}"
    return f" ({standing.value:.6g}{against})"


def _is_absence(condition: rules.Condition) -> bool:
    return any(isinstance(one, rules.AbsentAgent | rules.AbsentMetric) for one in rules.leaves(condition))


def _agent(evidence: Evidence) -> str | None:
    return None if evidence.agent is None else f"/dashboard/agents/{evidence.agent.id}"
