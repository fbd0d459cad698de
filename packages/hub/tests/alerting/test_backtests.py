"""Backtests over what storage holds of a stream, against the live engine that saw the same stream."""

import pytest
from opsentrix.alerting import coarser
from opsentrix.alerting.replay import Told
from opsentrix.db import Database
from opsentrix.model.history import Chunk, Wanted
from opsentrix.model.rules import AlertRule
from opsentrix.model.tiers import SECOND, Tier
from opsentrix.query import history
from opsentrix.storage import series

from packages.hub.tests.alerting.stored import compact, store
from packages.hub.tests.alerting.streams import (
    BEGIN,
    RULES,
    live,
    readable,
    replay_of,
    rule_of,
    run,
    stream,
)

SECONDS = 1500
END = BEGIN + SECONDS
_LISTED = [rule_of(text, number) for number, text in enumerate(RULES, 1)]


async def stored_chunks(database: Database, rule: AlertRule, agent_ids: list[int], tier: Tier) -> list[Chunk]:
    """Return what a backtest of a rule reads."""
    async with database.connection() as connection:
        found = await series.of_agents(connection, agent_ids, coarser.names_of(rule.rule), ())
    wanted = []
    for agent_id in agent_ids:
        mine = [one for one in found if one[0] == agent_id]
        wanted += [mine[at] for at in coarser.needed(rule.rule, [one for _, _, one in mine])]
    asked = Wanted(agent_ids, wanted, tier, BEGIN * 1000, END * 1000)
    return [one async for one in history.read(database, asked)]


async def backtested(database: Database, rule: AlertRule, agent_ids: list[int]) -> list[Told]:
    chunks = await stored_chunks(database, rule, agent_ids, SECOND)
    streams = [stream(3, agent_id, SECONDS) for agent_id in agent_ids]
    return run(replay_of(rule, streams), chunks)


@pytest.mark.parametrize("compacted", [False, True])
async def test_a_backtest_of_samples_tells_what_the_live_engine_told(database: Database, *, compacted: bool) -> None:
    """Frames and blocks side by side: the stream begins before an hour is full and goes on in the next one."""
    streams = [stream(3, agent_id, SECONDS) for agent_id in (1, 2, 3)]
    await store(database, streams)
    if compacted:
        await compact(database, END + 600)
    told = live(_LISTED, streams, END)
    for rule in _LISTED:
        again = await backtested(database, rule, [1, 2, 3])
        assert readable([one.transition for one in again]) == readable(told[rule.id]), RULES[rule.id - 1]
