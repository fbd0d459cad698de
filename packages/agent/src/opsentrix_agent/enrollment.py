"""How a machine becomes an agent: a one-time token for a credential of its own."""

from collections.abc import Mapping
from typing import Any

from opsentrix_agent import certificate
from opsentrix_agent.errors import AgentError, EnrollmentError, IdentityError
from opsentrix_agent.hubhttp import Answer, ask
from opsentrix_agent.identity import Identity
from opsentrix_agent.settings import Settings, check_encrypted
from opsentrix_agent.tls import client_context, explain
from opsentrix_agent.trust import anchor_of, fetch_pinned, forget_pinned

REGISTER_PATH = "/api/v1/agents/register"


def enroll(settings: Settings, token: str, host: str, metadata: Mapping[str, str]) -> Identity:
    """Register this machine with the hub and return its identity; nothing is saved yet.

    Args:
        settings: server URL, name, type, environment, tags and interval.
        token: the enrollment token.
        host: this machine's name or address.
        metadata: host facts.

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
    _trust(settings)
    answer = ask(settings.server_url, REGISTER_PATH, bearer=token, body=body, tls_ca=anchor_of(settings))
    if answer.status != 201:
        raise EnrollmentError(_refusal(settings.server_url, answer))
    agent_id, credential = answer.body.get("id"), answer.body.get("credential")
    if not isinstance(agent_id, int) or not isinstance(credential, str) or not credential:
        raise EnrollmentError(f"{settings.server_url} answered, but not as a hub does: id or credential is missing.")
    payload_key = answer.body.get("payload_key")
    return Identity(agent_id, credential, settings.server_url, payload_key if isinstance(payload_key, str) else "")


def _trust(settings: Settings) -> None:
    """Have the hub's certificate where it is pinned; without a pin, a hub that was pinned before counts no more."""
    check_encrypted(settings, settings.server_url)
    try:
        if settings.tls_pin and settings.tls_ca is None:
            fetch_pinned(settings, settings.server_url)
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
    if not identity.server_url.startswith("https:") or settings.tls_cert is not None:
        return ""
    context = client_context(anchor_of(settings))
    try:
        certificate.obtain(settings.state_dir, identity.server_url, identity.agent_id, identity.credential, context)
    except certificate.CertificateRefusedError:
        return ""
    except (AgentError, OSError) as error:
        return explain(error)
    return ""


def _refusal(server_url: str, answer: Answer) -> str:
    detail = f" The hub says: {answer.detail()}" if answer.detail() else ""
    match answer.status:
        case 401:
            return f"The hub does not know this enrollment token; make a new one in the dashboard.{detail}"
        case 403:
            return f"This enrollment token is expired, used up or revoked; make a new one in the dashboard.{detail}"
        case 422:
            return f"The hub does not accept this registration.{detail}"
        case 404 | 405:
            return f"There is no Opsentrix hub at {server_url} (HTTP {answer.status}).{detail}"
        case status if 300 <= status < 400:
            target = answer.headers.get("location", "elsewhere")
            return f"{server_url} redirects to {target}; name the hub's final URL."
        case status:
            return f"The hub answered HTTP {status}.{detail}"
