"""A thousand alerts at once, each in an incident of its own: what goes out, and what it does to taking frames in.

A rule that holds for all agents is added while the fleet sends; each agent is alone in its environment, so that nothing
groups them. The channel has its default cap. Acks go on meanwhile, and the hub's database is asked who was told.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import asyncpg

from benchmarks.fleet_plan import Plan, Report
from benchmarks.fleet_site import Cpu, Site, joined, running_site
from benchmarks.harness import BenchmarkError, Result
from packages.hub.tests.kit.receiver import Answer, Got, receiving

FULL_AGENTS, QUICK_AGENTS = 1000, 100
_FRAME_S = 5
_SECONDS = 60
"""How long the fleet sends."""
_CALM_S = 20
"""For so long before the rule is there."""
_TOLD_WITHIN_S = 120.0
_RULE = {"name": "storm", "expression": "uptime_s > 0"}
_TOLD = """
    SELECT count(DISTINCT n.incident_id) FROM notifications n JOIN notification_deliveries d ON d.notification_id = n.id
    JOIN incident_alerts a ON a.incident_id = n.incident_id AND a.rule_name = 'storm'
    WHERE n.kind = 'opened' AND d.state = 'sent'
"""
"""Of the storm's own rule: the hub watches itself too, and may say that it is late."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured.

    Attributes:
        told: incidents that were told, in messages of their own or in a summary.
        messages: that went out until all were told, which took `seconds` from the rule on.
        calm: CPU before the rule was there, for `_CALM_S` seconds.
        storm: CPU from the rule until all were told.
    """

    agents: int
    told: int
    messages: int
    seconds: float
    calm: Cpu
    storm: Cpu
    report: Report


def furnish(site: Site, agents: int, url: str) -> None:
    """Let each agent be alone, and everything be told to one channel."""
    client = site.hub.client
    for one in range(1, agents + 1):
        client.patch(f"/api/v1/agents/{one}", json={"environment": f"env-{one}"}).raise_for_status()
    channel = {"name": "hook", "kind": "webhook", "settings": {"url": url}}
    made = client.post("/api/v1/channels", json=channel).raise_for_status().json()["id"]
    default = client.get("/api/v1/routes").raise_for_status().json()["items"][-1]
    told = {"name": default["name"], "targets": [{"kind": "channel", "id": made}]}
    client.put(f"/api/v1/routes/{default['id']}", json=told).raise_for_status()


async def storm(site: Site, agents: int) -> Outcome:
    """Let the fleet send, add the rule, and wait until all are told.

    Raises:
        BenchmarkError: they are not in time.
    """
    messages = 0

    async def take(got: Got) -> Answer:
        nonlocal messages
        messages += 1
        return Answer()

    plan = Plan(site.hub.url, 1, agents, _SECONDS // _FRAME_S, agents / _FRAME_S)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(2) as threads, joined(site, plan) as simulator:
        async with receiving() as receiver:
            receiver.react = take
            await loop.run_in_executor(threads, furnish, site, agents, receiver.url)
            fleet = loop.run_in_executor(threads, simulator.run)
            before = site.cpu()
            await asyncio.sleep(_CALM_S)
            calm, before, began = site.cpu().since(before), site.cpu(), time.monotonic()
            await loop.run_in_executor(threads, lambda: site.hub.client.post("/api/v1/alert-rules", json=_RULE))
            connection = await asyncpg.connect(site.dsn)
            try:
                while (told := await connection.fetchval(_TOLD)) < agents:
                    if time.monotonic() - began > _TOLD_WITHIN_S:
                        raise BenchmarkError(f"{agents - told} of {agents} incidents were not told")
                    await asyncio.sleep(0.2)
            finally:
                await connection.close()
            seconds, spent = time.monotonic() - began, site.cpu().since(before)
            return Outcome(agents, told, messages, seconds, calm, spent, await fleet)


def results_of(outcome: Outcome) -> list[Result]:
    """Make the figures."""
    calm, busy = outcome.calm.total / _CALM_S, outcome.storm.total / outcome.seconds
    p50, _, p99, most = outcome.report.ack_s
    note = (
        f"{outcome.agents} alerts at once, each an incident of its own, all told within {outcome.seconds:.0f} s; hub, "
        f"worker and PostgreSQL used {busy:.2f} CPU s a second until then, {calm:.2f} before"
    )
    return [
        Result("alerting.storm_lost", outcome.agents - outcome.told, "incidents", "lower", 0, note=note),
        Result("alerting.storm_messages", outcome.messages, "messages", "lower", 20,
               note="the channel's cap is 20 a minute; the last one is a summary of all others"),
        Result("alerting.storm_told_s", outcome.seconds, "s", "lower", None),
        Result(
            "alerting.storm_ack_p99_s", p99, "s", "lower", 2,
            note=f"p50 {p50:.3f}, most {most:.3f} s from sending a frame to its ack, the storm included; "
            f"{len(outcome.report.unacked)} frames were never acked",
        ),
    ]  # fmt: skip


def measure(quick: bool) -> list[Result]:
    """Measure 1,000 alerts, or 100 when quick."""
    agents = QUICK_AGENTS if quick else FULL_AGENTS
    with running_site(agents, alerting=True, OPSENTRIX_NOTIFY_ALLOW_PRIVATE="true") as site:
        return results_of(asyncio.run(storm(site, agents)))
