"""The rules about the hub itself that are on from the first minute.

What the metrics mean stands in `opsentrix.watch.readings`. Each holds for so long, or is kept for so long once it is
over, that people are told of it also where nothing could be written meanwhile.
"""

from opsentrix.alerting.defaults import Default, numbered
from opsentrix.model.rules import AlertRule, Severity

_DEFAULTS = (
    Default(
        "Hub: samples refused", Severity.CRITICAL, "opsentrix.hub.ingest.closed > 0 for 10s keep 1m",
        "The disk is so full that the hub takes no samples; agents keep them in their spools.",
        "Make room on the disk of the database, or shorten the retention. Samples come in again by themselves.",
    ),
    Default(
        "Hub: samples not written", Severity.CRITICAL, "opsentrix.hub.ingest.stalled > 30s keep 2m",
        "For half a minute no samples could be committed; agents keep what they have.",
        "The hub's log says why. See whether PostgreSQL runs, and whether its disk is full or slow.",
    ),
    Default(
        "Hub: write queue full", Severity.WARNING, "avg(opsentrix.hub.ingest.queue, 1m) > 50% for 1m clear < 20%",
        "Samples come faster than the database takes them.",
        "See what else uses the database's disk and cores. Agents wait, and send later what they have.",
    ),
    Default(
        "Hub: database away", Severity.CRITICAL, "opsentrix.hub.database.away > 10s keep 2m",
        "The hub did not reach PostgreSQL. You read this, so it does again, or did for a moment.",
        "Look into PostgreSQL's log for why it ended or did not answer. Alerts of that time come late.",
    ),
    Default(
        "Hub: worker silent", Severity.CRITICAL, "opsentrix.hub.worker.silent > 2m keep 1m",
        "The worker gives no sign of life: nothing is compacted, and nothing old is removed.",
        "Start `opsentrix worker` again; its log says why it ended. Until then the database grows quickly.",
    ),
    Default(
        "Hub: compaction behind", Severity.WARNING, "opsentrix.hub.compaction.behind > 3h for 5m",
        "Samples that were to be compacted two hours ago are not: the worker does not keep up.",
        "See whether it uses a whole core, and how its disk does; its log names agents that it cannot compact.",
    ),
    Default(
        "Hub: disk low", Severity.WARNING,
        "opsentrix.hub.disk.free / opsentrix.hub.disk.reserve < 120% for 1m clear > 150%",
        "The database's disk is nearly down to the reserve, below which the oldest history goes.",
        "Make room, or shorten the retention yourself. Below half of the reserve no samples are taken.",
    ),
    Default(
        "Hub: evaluation slow", Severity.WARNING, "avg(opsentrix.hub.alerting.pass, 1m) > 500ms for 1m clear < 300ms",
        "Looking at all rules once takes over half a second, each second.",
        "See which rules have most targets; windows and forecasts cost most. More cores help if the hub has few.",
    ),
    Default(
        "Hub: evaluation skipped", Severity.WARNING, "max(opsentrix.hub.alerting.gap, 1m) > 10s for 5s keep 2m",
        "For ten seconds nobody looked at the rules: alerts came late.",
        "The hub did not get to it. See whether its machine has free cores, or was suspended.",
    ),
    Default(
        "Hub: alerts not written", Severity.CRITICAL, "opsentrix.hub.alerting.unwritten > 30s keep 2m",
        "For half a minute alerts that changed could not be written, and nobody was told of them.",
        "The hub's log says why. They are written, and told, as soon as the database takes them.",
    ),
    Default(
        "Hub: notifications waiting", Severity.CRITICAL, "opsentrix.hub.notifications.waiting > 5m for 10s keep 1m",
        "A notification has waited for five minutes and did not leave.",
        "Alerts, Notifications shows which channel fails, and the provider's answer.",
    ),
    Default(
        "Hub: notifications given up", Severity.CRITICAL,
        "rate(opsentrix.hub.notifications.given_up, 10m) > 0/s keep 10m",
        "A provider refused a notification for good, or took it for a day not: somebody was not told.",
        "Look at the incidents of the last hours for what it was, and mend the channel.",
    ),
    Default(
        "Hub: channel failing", Severity.WARNING, "opsentrix.hub.channel.failing > 15m keep 1m",
        "A channel has failed for a quarter of an hour: what goes there does not arrive.",
        "Its test shows the provider's answer. Where all channels of a route fail, the others are told of this.",
    ),
    Default(
        "Hub: audit log changed", Severity.CRITICAL, "opsentrix.hub.audit.broken > 0",
        "The audit log in the database is not what the hub wrote: somebody changed it.",
        "`opsentrix audit verify` says where. Keep a copy of the database before you do anything else.",
    ),
    Default(
        "Hub: certificate ends", Severity.WARNING, "opsentrix.hub.certificate.left < 21d for 1m",
        "A certificate of the hub ends within three weeks; then no agent and no browser trusts it.",
        "Replace the file, which the hub takes while it runs; for its own CA see the guide on TLS.",
    ),
    Default(
        "Hub: canary late", Severity.CRITICAL, "opsentrix.hub.canary.waiting > 1m keep 1m",
        "An alert that the hub made to test itself did not come out at the other end within a minute.",
        "Watch, in the account's menu, shows the stage where it stopped. Assume that real alerts stop there, too.",
    ),
    Default(
        "Hub: runbook stopped itself", Severity.WARNING, "opsentrix.hub.runbook.stopped > 0 keep 1m",
        "A runbook did not help so many times, or ran so often on a machine, that it does nothing by itself now.",
        "Its page says why. See what its last runs did, mend it or the machine, and then close its breaker.",
    ),
    Default(
        "Hub: dead man's switch fails", Severity.WARNING, "opsentrix.hub.deadman.failing > 15m keep 1m",
        "For a quarter of an hour the ping that says that the hub lives did not arrive.",
        "Watch, in the account's menu, shows what was answered. Whoever expects the ping may say that the hub is dead.",
    ),
)  # fmt: skip


def hub_rules(first_id: int = 1) -> list[AlertRule]:
    """Return the rules about the hub, numbered from `first_id` on."""
    return numbered(_DEFAULTS, first_id)
