"""A stream that is cut anywhere by a restart brings the same transitions; and other promises over random streams."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from opsentrix.model.alerts import State

from .script import Case, Runner

_RULES = (
    "hot: m > 5 for {}s", "still: m > 5 for {}s keep 3s", "band: m > 6 clear < 4", "mean: avg(m, 6s) > 5 for {}s",
    "both: (m > 5 and n > 5) for {}s", "low: min(n, 4s) < 3", "full: forecast(m, 1m, 30s) > 8",
    "lost: absent(n) for 40s",
)  # fmt: skip
_values = st.lists(st.sampled_from(["1", "5", "5.5", "7", "9x4", "2x3", "_", "_x3"]), min_size=1, max_size=10).map(
    " ".join
)


def case_of(rules: list[str], streams: dict[str, str], frame: int) -> Case:
    """Return a case without expectations."""
    case = Case("random")
    for one in rules:
        case.read(f"rule {one}")
    for target, values in streams.items():
        case.read(f"load {target}: {values}")
    case.read(f"frame {frame}")
    return case


def all_go_on(case: Case, second: int) -> bool:
    """Return whether the frames that a second lies in have a sample of each series.

    A series that sends nothing after a restart has no present, though its windows and its alerts are there.
    """
    first = second // case.frame * case.frame
    end = first + case.frame
    return all(len(one.values) >= end and not np.isnan(one.values[first:end]).all() for one in case.loads)


streams = st.fixed_dictionaries({"a m": _values, "a n": _values, "b m{d=x}": _values})
rules = st.tuples(st.integers(1, 8), st.lists(st.sampled_from(_RULES), min_size=1, max_size=4, unique=True)).map(
    lambda drawn: [one.format(drawn[0]) for one in drawn[1]]
)


@settings(max_examples=40, deadline=None)
@given(rules, streams, st.sampled_from([1, 5]), st.sets(st.integers(0, 40), min_size=1, max_size=3))
def test_a_restart_anywhere_loses_and_doubles_nothing(
    listed: list[str], loads: dict[str, str], frame: int, cuts: set[int]
) -> None:
    case = case_of(listed, loads, frame)
    whole = Runner(case).run()
    there = [second for second in range(40) if all_go_on(case, second)]
    assume(there)
    cut = Runner(case_of(listed, loads, frame), {there[one % len(there)] for one in cuts}).run()
    assert sorted(cut) == sorted(whole), (listed, loads, frame, cuts)


@settings(max_examples=40, deadline=None)
@given(rules, streams, st.sampled_from([1, 5]))
def test_transitions_follow_each_other_and_for_is_kept(listed: list[str], loads: dict[str, str], frame: int) -> None:
    runner = Runner(case_of(listed, loads, frame))
    runner.run()
    at: dict[object, State] = {}
    for_s = {rule.id: rule.rule.for_s for rule in runner.case.rules.values()}
    for _, told in runner.told:
        target = told.rule_id, told.agent_id, told.labels
        assert told.before is at.get(target, State.INACTIVE)
        assert told.after is not told.before
        if told.after is State.FIRING and told.before is State.PENDING:
            assert told.at - told.since >= for_s[told.rule_id]
        at[target] = told.after
    left = {(one.rule_id, one.agent_id, one.labels): one.state for one in runner.engine.dump()}
    assert left == {target: state for target, state in at.items() if state is not State.INACTIVE}
