"""`opsentrix-agent doctor`: checks, one after the other, what must be right for this agent to work."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime

from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.errors import AgentError
from opsentrix_agent.hubhttp import Answer, ask
from opsentrix_agent.identity import FILE_NAME, Identity, load_identity
from opsentrix_agent.loader import choose, load
from opsentrix_agent.runner import Runner
from opsentrix_agent.settings import Settings

MAX_CLOCK_OFFSET_S = 60.0
"""The hub refuses samples from more than five minutes ahead; a minute off already makes charts hard to compare."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is in order, and what was seen."""

    what: str
    good: bool
    detail: str


def examine(settings: Settings, now: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Yield the findings, the most basic first; each check stands by itself.

    Args:
        settings: valid ones.
        now: Unix seconds.
    """
    yield _collectors(settings)
    identity, finding = _identity(settings)
    yield finding
    server_url = settings.server_url or (identity.server_url if identity else "")
    if not server_url:
        yield Finding("hub", False, "No server_url is set; enroll, or name it in the config file.")
        return
    try:
        before = now()
        answer = ask(server_url, "/health", tls_ca=settings.tls_ca)
        after = now()
    except AgentError as error:
        yield Finding("hub", False, str(error))
        return
    yield _hub(server_url, answer)
    yield _transport_security(settings, server_url)
    yield _clock(answer, before, after)


def _collectors(settings: Settings) -> Finding:
    try:
        names = choose(settings.enable, settings.disable, COLLECTORS)
    except AgentError as error:
        return Finding("collectors", False, str(error))
    runner = Runner()
    loaded = load(names, runner)
    runner.close()
    if loaded.broken:
        return Finding("collectors", False, "; ".join(f"{name}: {why}" for name, why in loaded.broken.items()))
    without = f"; not available: {', '.join(loaded.unavailable)}" if loaded.unavailable else ""
    return Finding("collectors", bool(loaded.collectors), f"{', '.join(loaded.collectors) or 'none'}{without}")


def _identity(settings: Settings) -> tuple[Identity | None, Finding]:
    path = settings.state_dir / FILE_NAME
    try:
        identity = load_identity(settings.state_dir)
    except AgentError as error:
        return None, Finding("identity", False, str(error))
    if identity is None:
        return None, Finding("identity", False, f"There is none at {path}; run: opsentrix-agent enroll")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return identity, Finding("identity", False, f"{path} has mode {mode:o}; others can read it. Run: chmod 600")
    return identity, Finding("identity", True, f"agent {identity.agent_id} of {identity.server_url}")


def _hub(server_url: str, answer: Answer) -> Finding:
    if answer.status == 200 and answer.body.get("status") == "ok":
        return Finding("hub", True, f"{server_url}, version {answer.body.get('version', 'unknown')}")
    if "status" in answer.body:
        return Finding("hub", False, f"{server_url} says it is {answer.body['status']} (HTTP {answer.status}).")
    return Finding("hub", False, f"{server_url} answers HTTP {answer.status}, but not as a hub does.")


def _transport_security(settings: Settings, server_url: str) -> Finding:
    if server_url.startswith("https:"):
        return Finding("tls", True, f"verified with {settings.tls_ca or 'the authorities of this system'}")
    if Settings(server_url=server_url).sends_in_clear():
        return Finding("tls", False, f"{server_url} is not encrypted: credential and samples can be read on the way.")
    return Finding("tls", True, "not needed on this machine's own interface")


def _clock(answer: Answer, before: float, after: float) -> Finding:
    # The Date header has whole seconds, cut off: the middle of its second is the best guess.
    try:
        dated = parsedate_to_datetime(answer.headers.get("date", "")).astimezone(timezone.utc).timestamp() + 0.5
    except ValueError:
        return Finding("clock", True, "the hub does not tell its time")
    offset = (before + after) / 2 - dated
    detail = f"within {max(1.0, abs(offset)):.0f} s of the hub's"
    if abs(offset) <= MAX_CLOCK_OFFSET_S:
        return Finding("clock", True, detail)
    direction = "ahead of" if offset > 0 else "behind"
    return Finding("clock", False, f"{abs(offset):.0f} s {direction} the hub's clock; set up time synchronisation.")
