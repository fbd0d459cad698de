"""The canary on a real hub: through every stage, seen by nobody, and gone afterwards; also over the death of a hub."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from opsentrix import alarms, hubwatch
from opsentrix.alerting import timing
from opsentrix.model.watching import Stage
from opsentrix.storage import canaries
from opsentrix.watch import canary

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import RunningHub, measured, until

LEFT = (
    "SELECT (SELECT count(*) FROM alert_events) + (SELECT count(*) FROM incidents) + (SELECT count(*) FROM"
    " notifications) + (SELECT count(*) FROM notification_attempts) + (SELECT count(*) FROM alert_instances) AS rows"
)
SILENCE = {"matchers": [{"key": "severity", "op": "!=", "value": "none"}], "comment": "all of it"}


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    """As in production but for the pauses between passes, and the wait for alerts that belong together."""
    with (
        patch.multiple(alarms, INCIDENTS_S=0.05, NOTIFY_S=0.05),
        patch.multiple(hubwatch, WATCH_S=0.05, LOOK_S=0.1),
        patch.multiple(timing, WAIT=timedelta(seconds=0.1), SETTLE=timedelta(seconds=0.1)),
        patch.object(canary, "FIRST_S", 0.0),
    ):
        yield


@contextlib.asynccontextmanager
async def watching(dsn: str, folder: Path) -> AsyncIterator[RunningHub]:
    """Run a hub that sends one canary, after which there is none for a long time."""
    async with hubs.running(dsn, folder, canary_interval=3600) as running:
        yield running


async def received(hub: RunningHub) -> None:
    await until(lambda: hub.hub.alarms.hubwatch.canary.last is not None)


async def test_it_comes_through_every_stage_in_order_and_is_measured(dsn: str, tmp_path: Path) -> None:
    before = measured("opsentrix_canary_seconds_count", stage="received")
    async with watching(dsn, tmp_path) as hub:
        await received(hub)
        one = hub.hub.alarms.hubwatch.canary.last
        assert one is not None
        assert list(one.stages) == list(Stage)
        own = [one.stages[stage] for stage in (Stage.SAMPLED, Stage.JUDGED, Stage.RECORDED, Stage.GROUPED)]
        assert own == sorted(own)
        assert one.stages[Stage.NOTICED] <= one.stages[Stage.RECEIVED]
        assert one.stages[Stage.SENT] <= one.stages[Stage.RECEIVED]
        assert hub.hub.alarms.hubwatch.canary.waiting() == 0.0
    assert measured("opsentrix_canary_seconds_count", stage="received") == before + 1


async def test_nobody_sees_it(dsn: str, tmp_path: Path) -> None:
    async with watching(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
        await received(hub)
        attempts = await hub.fetch("SELECT ok FROM notification_attempts")
        assert [row["ok"] for row in attempts][:1] == [True]
        for path in ("incidents", "alerts?state=firing&state=pending&state=unknown", "notifications", "channels"):
            listed = (await client.get(f"/api/v1/{path}")).json()
            assert (listed["items"], listed.get("total", 0)) == ([], 0), path
        names = {one["name"] for one in (await client.get("/api/v1/alert-rules")).json()["items"]}
        assert "Canary" not in names
        for path in ("incidents/-1", "alert-rules/0", "channels/0"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 422
        answer = await client.post("/api/v1/routes/preview", json={"severity": "critical"})
        assert "canary" not in answer.text
        [cursor] = await hub.fetch("SELECT last_incident FROM incident_cursor")
        assert cursor["last_incident"] == 0


async def test_a_silence_about_everything_does_not_stop_it(dsn: str, tmp_path: Path) -> None:
    with patch.object(canary, "FIRST_S", 3600.0):
        async with watching(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
            ends = datetime.now(UTC) + timedelta(hours=1)
            made = await client.post("/api/v1/silences", json={**SILENCE, "ends_at": ends.isoformat()})
            assert made.status_code == 201, made.text
            hub.hub.alarms.hubwatch.canary._next_at = 0.0
            await received(hub)


async def test_its_end_is_told_too_and_then_nothing_of_it_is_left_but_its_times(dsn: str, tmp_path: Path) -> None:
    async with watching(dsn, tmp_path) as hub:
        await received(hub)

        async def over() -> bool:
            rows = await hub.fetch("SELECT kind FROM notifications n WHERE EXISTS (SELECT FROM notification_deliveries"
                                   " d WHERE d.notification_id = n.id AND d.state = 'sent') ORDER BY id")  # fmt: skip
            return [row["kind"] for row in rows] == ["opened", "resolved"]

        await until(over)
        await hub.fetch("UPDATE canaries SET sampled = sampled - interval '11 minutes'")
        await hub.hub.alarms.hubwatch.canary._sweep()
        assert [row["rows"] for row in await hub.fetch(LEFT)] == [0]
        [row] = await hub.fetch("SELECT received FROM canaries")
        assert row["received"] is not None
        await hub.fetch("UPDATE canaries SET sampled = sampled - interval '3 days'")
        await hub.hub.alarms.hubwatch.canary._sweep()
        assert await hub.fetch("SELECT FROM canaries") == []


async def test_one_that_is_stuck_is_waited_for_and_given_up_when_the_next_sets_out(dsn: str, tmp_path: Path) -> None:
    async with watching(dsn, tmp_path) as hub:
        with patch.object(hub.hub.alarms.notifier, "step", return_value=False):
            await until(lambda: hub.hub.alarms.hubwatch.canary.waiting() > 0.2)
            first = hub.hub.alarms.hubwatch.canary._under_way
            hub.hub.alarms.hubwatch.canary._next_at = 0.0
            await until(lambda: hub.hub.alarms.hubwatch.canary._under_way not in (first, None))
            waited = hub.hub.alarms.hubwatch.canary.waiting()
            assert waited > 0.2
        await received(hub)
        assert hub.hub.alarms.hubwatch.canary.waiting() == 0.0
        lost = await hub.fetch("SELECT number FROM canaries WHERE lost")
        assert [row["number"] for row in lost] == [first]


@pytest.mark.parametrize("stage", [Stage.JUDGED, Stage.RECORDED, Stage.GROUPED, Stage.NOTICED])
async def test_what_a_killed_hub_left_is_gone_and_the_next_hub_sends_another(
    dsn: str, tmp_path: Path, stage: Stage
) -> None:
    async with watching(dsn, tmp_path) as hub:
        stuck = patch.object(hub.hub.alarms.notifier, "step", return_value=False)
        with stuck:
            number = 1

            async def there() -> bool:
                async with hub.database.connection() as connection:
                    one = await canaries.get(connection, number)
                return one is not None and stage in one.stages

            await until(there)
            # As kill -9 leaves it: whatever is under way now ends nowhere.
            for task in asyncio.all_tasks():
                if task.get_name() in ("_keep_incidents", "_notify", "step"):
                    task.cancel()
    async with watching(dsn, tmp_path) as again:
        await received(again)
        assert again.hub.alarms.hubwatch.canary.last is not None
        assert again.hub.alarms.hubwatch.canary.last.number == number + 1
        assert await again.fetch("SELECT FROM incidents WHERE id = -1") == []
        assert await again.fetch("SELECT FROM notifications WHERE incident_id = -1") == []
        assert await again.fetch("SELECT FROM alert_events WHERE labels->>'number' = '1'") == []


async def test_without_an_interval_there_is_none(hub: RunningHub) -> None:
    await hub.hub.alarms.hubwatch.canary.step()
    assert hub.hub.alarms.hubwatch.canary.samples() == []
    assert await hub.fetch("SELECT FROM canaries") == []
