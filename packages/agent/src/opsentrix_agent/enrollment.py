"""How a machine becomes an agent: a one-time token for a credential of its own."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from opsentrix_agent import certificate
from opsentrix_agent.endpoint import http_url
from opsentrix_agent.errors import AgentError, EnrollmentError, IdentityError
from opsentrix_agent.hubhttp import Answer, ask
from opsentrix_agent.identity import Identity
from opsentrix_agent.jitter import uniform
from opsentrix_agent.settings import Settings, check_encrypted
from opsentrix_agent.tls import client_context, explain
from opsentrix_agent.trust import anchor_of, fetch_pinned, forget_pinned

log = logging.getLogger(__name__)

REGISTER_PATH = "/api/v1/agents/register"
_TRIES = 5
_PATIENCE_S = 120.0
_REFUSALS = {
    401: "The hub does not know this enrollment token; make a new one in the dashboard.",
    403: "This enrollment token is expired, used up or revoked; make a new one in the dashboard.",
    422: "The hub does not accept this registration.",
    429: "The hub has too many requests from this address; try again later.",
}


def enroll(
    settings: Settings,
    token: str,
    host: str,
    metadata: Mapping[str, str],
    sleep: Callable[[float], None] = time.sleep,
) -> Identity:
    """Register this machine with the hub and return its identity; nothing is saved yet.

    A hub that limits the requests of this machine's address is waited for: many machines behind one address enroll
    at once, and somebody who guesses from there must not stop an installation.

    Args:
        settings: server URL, name, type, environment, tags and interval.
        token: the enrollment token.
        host: this machine's name or address.
        metadata: host facts.
        sleep: waits for so many seconds.

    Raises:
        EnrollmentError: the hub does not take the token or the request.
        HubError: the hub gave no answer.
    """
    body: dict[str, Any] = {
        "name": settings.name,
        "type": settings.agent_type,
        "host": host,
        "metadata": dict(metadata),
        "reporting_interval": settings.reporting_interval,
    }
    if settings.environment:
        body["environment"] = settings.environment
    if settings.tags:
        body["tags"] = list(settings.tags)
    url = http_url(settings.server_url)
    if not url:
        raise EnrollmentError("Agents enroll over HTTP: give the hub's http or https URL, and the setting link.")
    _trust(settings, url)
    answer = _register(settings, url, token, body, sleep)
    if answer.status != 201:
        raise EnrollmentError(_refusal(settings.server_url, answer))
    agent_id, credential = answer.body.get("id"), answer.body.get("credential")
    if not isinstance(agent_id, int) or not isinstance(credential, str) or not credential:
        raise EnrollmentError(f"{settings.server_url} answered, but not as a hub does: id or credential is missing.")
    if answer.body.get("admission") == "pending":
        log.warning("somebody has to approve this agent in the dashboard; until then what it samples waits here")
    payload_key, command_key = (_text(answer.body.get(key)) for key in ("payload_key", "command_key"))
    return Identity(agent_id, credential, settings.server_url, payload_key, command_key=command_key)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _trust(settings: Settings, url: str) -> None:
    """Have the hub's certificate where it is pinned; without a pin, a hub that was pinned before counts no more."""
    check_encrypted(settings, url)
    try:
        if settings.tls_pin and settings.tls_ca is None:
            fetch_pinned(settings, url)
        else:
            forget_pinned(settings)
    except OSError as error:
        raise IdentityError(f"The hub's certificate cannot be kept in {settings.state_dir}: {error}.") from None


def obtain_certificate(settings: Settings, identity: Identity) -> str:
    """Get this agent's first certificate, where the hub issues any; a later run gets it otherwise.

    Returns:
        Why there is none, for people; empty when there is one, or the hub issues none.
    """
    certificate.forget(settings.state_dir)
    url = http_url(identity.server_url)
    if not url.startswith("https:") or settings.tls_cert is not None:
        return ""
    context = client_context(anchor_of(settings))
    try:
        certificate.obtain(settings.state_dir, url, identity.agent_id, identity.credential, context)
    except certificate.CertificateRefusedError:
        return ""
    except (AgentError, OSError) as error:
        return explain(error)
    return ""


def _register(
    settings: Settings, url: str, token: str, body: Mapping[str, Any], sleep: Callable[[float], None]
) -> Answer:
    """Ask for an identity, again after a while as long as the hub says "too many requests", and return its answer."""
    waited = 0.0
    for tries in range(1, _TRIES + 1):
        answer = ask(url, REGISTER_PATH, bearer=token, body=body, tls_ca=anchor_of(settings))
        wait_s = _wait_s(answer, tries)
        if answer.status != 429 or tries == _TRIES or waited + wait_s > _PATIENCE_S:
            break
        log.warning("the hub has too many requests from this address; trying again in %.0f s", wait_s)
        sleep(wait_s)
        waited += wait_s
    return answer


def _wait_s(answer: Answer, tries: int) -> float:
    """Return seconds to wait: no less than the hub says, longer each time, and apart from the machines beside us."""
    after = answer.headers.get("retry-after", "")
    asked = float(after) if after.isascii() and after.isdecimal() else 0.0
    return max(asked, 2.0 ** (tries - 1)) * uniform(1.0, 1.5)


def _refusal(server_url: str, answer: Answer) -> str:
    detail = f" The hub says: {answer.detail()}" if answer.detail() else ""
    match answer.status:
        case status if status in _REFUSALS:
            return f"{_REFUSALS[status]}{detail}"
        case 404 | 405:
            return f"There is no Opsentrix hub at {server_url} (HTTP {answer.status}).{detail}"
        case status if 300 <= status < 400:
            target = answer.headers.get("location", "elsewhere")
            return f"{server_url} redirects to {target}; name the hub's final URL."
        case status:
            return f"The hub answered HTTP {status}.{detail}"
