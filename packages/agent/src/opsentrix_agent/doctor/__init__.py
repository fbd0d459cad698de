"""`opsentrix-agent doctor`: checks, one after the other, what must be right for this agent to work."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from opsentrix_agent.doctor.finding import Finding, State
from opsentrix_agent.doctor.hub import STEPS, HubCheck
from opsentrix_agent.doctor.local import POLICY_FILE, check_collectors, check_identity, check_policy, check_spool
from opsentrix_agent.doctor.plugins import check_plugins
from opsentrix_agent.doctor.spool import check_disk_spool
from opsentrix_agent.endpoint import http_url
from opsentrix_agent.settings import Settings

__all__ = ["DEADLINE_S", "Finding", "State", "examine"]

DEADLINE_S = 15.0


def examine(
    settings: Settings,
    *,
    run_plugins: bool = False,
    now: Callable[[], float] = time.time,
    deadline_s: float = DEADLINE_S,
    policy: Path = POLICY_FILE,
) -> Iterator[Finding]:
    """Yield the findings: first of this machine, then step by step of the way to the hub.

    Args:
        settings: valid ones.
        run_plugins: whether to run each plugin once.
        now: Unix seconds.
        deadline_s: that each step on the way to the hub may take.
        policy: the file with what the hub may do on this machine.
    """
    yield from check_collectors(settings)
    yield from check_plugins(settings.plugin_dir, run=run_plugins)
    yield check_policy(policy)
    yield check_spool(settings)
    yield from check_disk_spool(settings)
    identity, findings = check_identity(settings)
    yield from findings
    server_url = http_url(settings.server_url, identity.server_url if identity else "")
    if server_url:
        yield from HubCheck(server_url, settings, identity, now, deadline_s).findings()
        return
    yield Finding("hub", State.FAIL, "No server_url is set.", "opsentrix-agent enroll --server URL --token-file FILE")
    for what in STEPS:
        yield Finding(what, State.SKIPPED, "the hub is not known")
