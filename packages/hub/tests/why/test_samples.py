"""Samples that were missing, late, or nobody looked at."""

import time
from pathlib import Path

from packages.hub.tests.api.test_alert_rules import report
from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import until
from packages.hub.tests.why.asking import Watch, backdate, details, lose, stopped, text


async def test_no_data(watch: Watch) -> None:
    await watch.rule_of()
    await report(watch.hub, watch.agent, 1, "room.humidity")
    answer = await watch.why()
    assert stopped(answer, "samples") == "No sample of room.temperature is stored of web-1 around then."
    assert text(answer, "rule") == "There was nothing to judge."


async def test_late_data(watch: Watch) -> None:
    await watch.rule_of()
    await backdate(watch)
    await report(watch.hub, watch.agent, 20)
    await watch.add("room.temperature", *((600 - one, 35.0) for one in range(0, 100, 5)))

    async def noted() -> bool:
        return bool(await watch.hub.fetch("SELECT FROM alert_late_samples"))

    watch.hub.hub.alarms.runner._kept_at = 0.0  # so that it is written with the next pass
    await until(noted)
    answer = await watch.why(at=time.time() - 550)
    said = stopped(answer, "rule")
    assert "By what is stored Too hot held (35 against 30), but these samples came only at" in said
    assert "late data is history" in text(answer, "samples")


async def test_no_hub_ran(watch: Watch) -> None:
    await watch.rule_of()
    await backdate(watch)
    await watch.hub.fetch(
        "INSERT INTO alert_engine_runs (began_at, seen_at)"
        " VALUES (now() - interval '3 days', now() - interval '2 days')"
    )
    await watch.hub.fetch(
        "UPDATE alert_engine_runs SET began_at = now() - interval '5 min' WHERE seen_at > now() - interval '1 day'"
    )
    await watch.add("room.temperature", *((600 - one, 35.0) for one in range(0, 100, 5)))
    said = stopped(await watch.why(at=time.time() - 550), "rule")
    assert "No hub evaluated rules from" in said
    assert "late data is history" in said


async def test_a_restart_is_a_run_of_its_own(dsn: str, tmp_path: Path) -> None:
    for expected in (1, 2):
        async with hubs.running(dsn, tmp_path) as hub:
            runs = await hub.fetch("SELECT began_at, seen_at FROM alert_engine_runs")
            assert len(runs) == expected


async def test_a_lost_agent(watch: Watch) -> None:
    await watch.routed()
    gateway = await watch.hub.enroll("gw-1")
    await lose(watch, gateway)
    await watch.send()
    answer = await watch.why(incident_id=1)
    assert (answer["paged"], answer["agent"]["name"]) == (True, "gw-1")
    assert text(answer, "samples") == "The rule looks at signs of life of gw-1, not at values."


async def test_why_it_was_silent_is_named(watch: Watch) -> None:
    await watch.add("room.temperature", (900, 29.0), (895, 29.0), (20, 28.0))
    await watch.rule_of()
    await backdate(watch)
    answer = await watch.why(at=time.time() - 300)
    assert "At the moment itself there is none: " in text(answer, "samples")
    assert "no samples from here" in details(answer, "samples")
    assert "had nothing to judge: the newest sample is " in stopped(answer, "rule")
