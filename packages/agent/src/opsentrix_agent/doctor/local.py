"""Checks of this machine: collectors and their rights, policy, spool, identity."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from opsentrix_agent.actions.policy import load_policy
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.configfile import DEFAULT_CONFIG
from opsentrix_agent.doctor.finding import Finding, State
from opsentrix_agent.errors import AgentError, NoPolicyError, PluginError, PolicyError
from opsentrix_agent.identity import FILE_NAME, Identity, load_identity
from opsentrix_agent.loader import choose, load
from opsentrix_agent.plugins.trust import check_trusted
from opsentrix_agent.runner import Runner
from opsentrix_agent.settings import Settings

POLICY_FILE = DEFAULT_CONFIG.with_name("policy.json")
_REFUSED = ("Permission denied", "Operation not permitted", "needs root")
_FIXES = {
    "containers": "usermod -aG docker {user} && systemctl restart opsentrix-agent  (makes it as good as root)",
    "smart": "systemctl edit opsentrix-agent, with [Service] AmbientCapabilities=CAP_SYS_RAWIO CAP_SYS_ADMIN",
}
_ENROLL = "opsentrix-agent enroll --server URL --token-file FILE"


def check_collectors(settings: Settings) -> Iterator[Finding]:
    """Yield which collectors work, and a finding for each that fails or lacks a right."""
    try:
        names = choose(settings.enable, settings.disable, COLLECTORS)
    except AgentError as error:
        yield Finding("collectors", State.FAIL, str(error), "correct collectors in the config file")
        return
    runner = Runner()
    loaded = load(names, runner)
    runner.close()
    refused = {name: why for name, why in loaded.unavailable.items() if any(word in why for word in _REFUSED)}
    absent = [name for name in loaded.unavailable if name not in refused]
    without = f"; not on this machine: {', '.join(absent)}" if absent else ""
    state = State.OK if loaded.collectors else State.FAIL
    yield Finding("collectors", state, f"{', '.join(loaded.collectors) or 'none'}{without}")
    for name, why in refused.items():
        fix = _FIXES.get(name, "").format(user=user_name(os.geteuid()))
        yield Finding(name, State.WARN, why, fix)
    for name, why in loaded.broken.items():
        yield Finding(name, State.FAIL, why, f'"collectors": {{"disable": ["{name}"]}} in {DEFAULT_CONFIG}')


def check_policy(file: Path) -> Finding:
    """Return what the owner's policy lets the hub do here, or why it is not followed."""
    try:
        policy = load_policy(file)
    except NoPolicyError:
        return Finding("policy", State.OK, f"monitor only: there is no {file}")
    except PolicyError as error:
        return Finding("policy", State.FAIL, str(error), _policy_fix(file))
    if not policy.actions:
        return Finding("policy", State.OK, f"monitor only: {file} allows no action")
    unsigned = [name for name, allowed in policy.actions.items() if not allowed.signers]
    if unsigned or not (policy.hub or policy.operators):
        detail = f"{file} names nobody whose signature counts for {', '.join(unsigned or policy.actions)}"
        return Finding("policy", State.WARN, detail, "opsentrix-agent policy allow --signer hub")
    return Finding("policy", State.OK, f"allows {', '.join(policy.actions)}")


def _policy_fix(file: Path) -> str:
    try:
        check_trusted(file)
    except PluginError as error:
        return error.fix
    return "opsentrix-agent policy check"


def check_spool(settings: Settings) -> Finding:
    """Return whether the memory that frames may take while the hub is away is there."""
    megabytes = settings.spool_bytes / 1e6
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    detail = f"up to {megabytes:.1f} MB of memory while the hub is away"
    if settings.spool_bytes > physical / 4:
        return Finding("spool", State.WARN, f"{detail}, of {physical / 1e6:.0f} MB", "lower spool_bytes")
    return Finding("spool", State.OK, detail)


def check_identity(settings: Settings) -> tuple[Identity | None, list[Finding]]:
    """Return who this agent is, as far as that can be read, and what was found."""
    path = settings.state_dir / FILE_NAME
    try:
        identity = load_identity(settings.state_dir)
        status = path.stat() if identity else None
    except OSError as error:
        return None, [Finding("identity", State.FAIL, f"{path} cannot be looked at: {error.strerror}")]
    except AgentError as error:
        return None, [Finding("identity", State.FAIL, str(error), _unreadable_fix(error))]
    if identity is None or status is None:
        return None, [Finding("identity", State.FAIL, f"not enrolled: there is no {path}", _ENROLL)]
    findings = []
    mode = status.st_mode & 0o777
    if mode & 0o077:
        findings.append(Finding("identity", State.FAIL, f"others can read {path} (mode {mode:o})", f"chmod 600 {path}"))
    else:
        findings.append(Finding("identity", State.OK, f"agent {identity.agent_id} of {identity.server_url}"))
    if status.st_uid != os.geteuid():
        owner = user_name(status.st_uid)
        detail = f"you are {user_name(os.geteuid())}, but the agent runs as {owner}: its rights differ"
        findings.append(Finding("user", State.WARN, detail, f"sudo -u {owner} opsentrix-agent doctor"))
    return identity, findings


def user_name(number: int) -> str:
    """Return the name of a user, or the number where it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _unreadable_fix(error: AgentError) -> str:
    return (
        "sudo -u opsentrix-agent opsentrix-agent doctor" if "Permission denied" in str(error) else f"{_ENROLL} --force"
    )
