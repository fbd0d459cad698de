"""Hypothesis strategies for runbooks."""

from datetime import datetime

from hypothesis import strategies as st
from opsentrix.model.rules import Rule, Severity
from opsentrix.model.runbook_errors import RunbookError
from opsentrix.model.runbook_labels import FromLabel, check_condition
from opsentrix.model.runbooks import (
    MAX_STEPS,
    MAX_UNDO,
    AlertEventKind,
    AlertResolved,
    AlertTrigger,
    Breaker,
    Limits,
    Mode,
    Runbook,
    ScheduleTrigger,
    Step,
)

from packages.hub.tests.alerting.trees import conditions, selectors

printable = st.characters(exclude_categories=("C", "Z"), include_characters=" ").filter(str.isprintable)
awkward = st.sampled_from([
    "true", "no", "on", "~", "null", "1", "-0", "1_000", "1:30", "0x1F", "1.5", "2026-01-01", "=", "<<", "a: b", "a #b",
    "- a", "? a", "[a]", "{a}", "a,b", "'", '"', "''", "\\", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "---", "...",
    "a:", "#", "$", "$$", "$label.x", "${x}", "http://a.b/c?d=e#f", "ä b", "\U0001f642", "a  b",
])  # fmt: skip
texts = st.one_of(awkward, st.text(printable, max_size=12))
labels = st.sampled_from(["mount", "unit", "a-b", "_x.y"]).map(FromLabel)
values = st.one_of(texts, st.integers(-(2**63), 2**63 - 1), st.booleans(), labels)
titles = texts.map(str.strip).filter(bool)
actions = st.sampled_from(["service.restart", "script", "host.reboot", "a_1.b_2"])
names = st.one_of(st.sampled_from(["unit", "on", "no", "1", "-", "-a", ".", "a.b"]), st.from_regex(r"\A[a-z-]{1,9}\Z"))
steps = st.builds(Step, actions, st.dictionaries(names, values, max_size=3), st.integers(0, 3600))
lines = st.text(printable, max_size=10).map(str.rstrip)
descriptions = st.lists(lines, max_size=4).map(lambda found: "\n".join(found).strip())
alerts = st.builds(
    AlertTrigger, titles, st.sampled_from(AlertEventKind),
    st.lists(st.sampled_from(Severity), unique=True, max_size=3).map(tuple),
)  # fmt: skip
schedules = st.builds(
    ScheduleTrigger,
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=-1SU"]),
    st.datetimes(datetime(1970, 1, 1), datetime(2990, 1, 1)).map(lambda one: one.replace(microsecond=0)),  # noqa: DTZ001 - local
    st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]),
)  # fmt: skip


def _about_one_machine(rule: Rule) -> bool:
    try:
        check_condition(rule.condition)
    except RunbookError:
        return False
    return True


def checks(within_s: int) -> st.SearchStrategy[Rule]:
    """Return conditions that can be judged within so long."""
    return st.builds(Rule, conditions, st.integers(0, within_s - 1).map(float)).filter(_about_one_machine)


def many(one: st.SearchStrategy[Step], least: int, most: int) -> st.SearchStrategy[tuple[Step, ...]]:
    return st.lists(one, min_size=least, max_size=min(most, 3)).map(tuple)


@st.composite
def runbooks(draw: st.DrawFn) -> Runbook:
    within_s = draw(st.integers(1, 6 * 3600))
    check = st.one_of(st.none(), checks(within_s))
    limits = st.builds(
        Limits, st.integers(0, 7 * 86_400), st.integers(1, 600), st.integers(1, 10_000), st.integers(1, 10_000)
    )
    return Runbook(
        name=draw(titles),
        steps=draw(many(steps, 1, MAX_STEPS)),
        description=draw(descriptions),
        mode=draw(st.sampled_from(Mode)),
        selector=draw(selectors),
        triggers=tuple(draw(st.lists(st.one_of(alerts, schedules), max_size=2))),
        when=draw(check),
        expect=draw(st.one_of(check, st.just(AlertResolved()))),
        within_s=within_s,
        worse=draw(check),
        undo=draw(many(steps, 0, MAX_UNDO)),
        limits=draw(st.one_of(st.just(Limits()), limits)),
        breaker=draw(st.builds(Breaker, st.integers(1, 100), st.integers(60, 7 * 86_400))),
        approve_within_s=draw(st.integers(60, 7 * 86_400)),
    )
