"""What a replay of history tells is what the live engine told of the same stream."""

from functools import cache

import pytest
from opsentrix.model.alerts import State, Transition
from opsentrix.model.rules import AlertRule

from packages.hub.tests.alerting.streams import (
    BEGIN,
    RULES,
    Stream,
    history,
    live,
    readable,
    replay_of,
    rule_of,
    run,
    stream,
)

SECONDS = 1500
_LISTED = [rule_of(text, number) for number, text in enumerate(RULES, 1)]


@cache
def streams_of(seed: int) -> list[Stream]:
    return [stream(seed, agent_id, SECONDS) for agent_id in (1, 2, 3)]


@cache
def lived(seed: int) -> dict[int, list[Transition]]:
    return live(_LISTED, streams_of(seed), BEGIN + SECONDS)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rule", _LISTED, ids=RULES)
def test_a_replay_tells_what_the_live_engine_told(seed: int, rule: AlertRule) -> None:
    streams = streams_of(seed)
    again = run(replay_of(rule, streams), history(streams, BEGIN + SECONDS, 900))
    assert readable([one.transition for one in again]) == readable(lived(seed)[rule.id])


def test_the_streams_make_every_kind_of_rule_fire() -> None:
    silent = {rule.id for rule in _LISTED} - {
        number
        for seed in (1, 2)
        for number, told in lived(seed).items()
        if any(one.after == State.FIRING for one in told)
    }
    assert {RULES[number - 1] for number in silent} == set()
