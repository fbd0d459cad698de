"""Whatever is said to be a runbook is one, or is refused in words that can be sent."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from opsentrix.api.runbook_views import ParsedRunbook
from opsentrix.model import runbook_json, runbook_yaml
from opsentrix.model.runbook_errors import RunbookError
from opsentrix.model.runbooks import Runbook

anything = st.text(st.characters(), max_size=6)  # halves of surrogate pairs, too: JSON can bring them
words = st.sampled_from([
    *runbook_json.FIELDS, "action", "params", "timeout", "alert", "event", "severity", "schedule", "starts", "zone",
    "cooldown", "per_hour", "after", "x > 1", "x > 1 for 10s", "alert resolved", "2m", "firing", "FREQ=DAILY", "UTC",
    "2026-01-01T03:00", "service.restart", "$label.x", "$", "automatic", "critical", "type=web",
])  # fmt: skip
texts = st.one_of(words, anything)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), texts)
values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=4))
)
step = st.fixed_dictionaries(
    {"action": texts},
    optional={"params": st.dictionaries(texts, values, max_size=2), "timeout": texts, "\ud800": scalars},
)
trigger = st.one_of(
    st.fixed_dictionaries({"alert": texts}, optional={"event": texts, "severity": st.lists(texts, max_size=2)}),
    st.fixed_dictionaries({"schedule": texts, "starts": texts, "zone": texts}),
)
near = st.fixed_dictionaries(
    {"name": texts, "steps": st.lists(step, max_size=2)},
    optional={
        "mode": texts, "on": texts, "triggers": st.lists(trigger, max_size=2), "when": texts, "expect": texts,
        "within": texts, "worse": texts, "undo": values, "limits": values, "description": texts,
    },
)  # fmt: skip
lines = st.lists(
    st.one_of(
        st.sampled_from([
            "name: x", "steps:", "  - action: script", "    params: {a: 1}", "- a", "? b", "!x y", "&a b", "*a", "---",
            "...", "{", "}", "[", "]", "'", '"', "|", ">", "%YAML 1.1", "# c", "\t", "  ", "when: x >", "a: 'b",
        ]),
        anything,
    ),
    max_size=8,
)  # fmt: skip


def told(read: Callable[[], Runbook]) -> ParsedRunbook | None:
    """Return how what is no runbook is refused; None where it is one, and comes back as it was."""
    try:
        runbook = read()
    except RunbookError as error:
        return ParsedRunbook.wrong(error)
    assert runbook_yaml.parse(runbook_yaml.write(runbook)) == runbook
    return None


@given(st.one_of(values, near))
def test_what_programs_say_is_a_runbook_or_refused_in_words_that_can_be_sent(said: object) -> None:
    wrong = told(lambda: runbook_json.from_json(said))
    assert wrong is None or wrong.model_dump_json()


@given(lines.map("\n".join))
def test_what_people_type_is_a_runbook_or_refused_with_a_place(text: str) -> None:
    wrong = told(lambda: runbook_yaml.parse(text))
    if wrong is not None:
        assert wrong.model_dump_json()
        assert wrong.line is not None
        assert wrong.column is not None
        assert 1 <= wrong.line <= len(text.splitlines()) + 1
