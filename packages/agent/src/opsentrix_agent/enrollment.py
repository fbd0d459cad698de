"""How a machine becomes an agent: a one-time token for a credential of its own."""

from collections.abc import Mapping
from typing import Any

from opsentrix_agent.endpoint import http_url
from opsentrix_agent.errors import EnrollmentError
from opsentrix_agent.hubhttp import Answer, ask
from opsentrix_agent.identity import Identity
from opsentrix_agent.settings import Settings

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
    url = http_url(settings.server_url)
    if not url:
        raise EnrollmentError("Agents enroll over HTTP: give the hub's http or https URL, and the setting link.")
    answer = ask(url, REGISTER_PATH, bearer=token, body=body, tls_ca=settings.tls_ca)
    if answer.status != 201:
        raise EnrollmentError(_refusal(settings.server_url, answer))
    agent_id, credential = answer.body.get("id"), answer.body.get("credential")
    if not isinstance(agent_id, int) or not isinstance(credential, str) or not credential:
        raise EnrollmentError(f"{settings.server_url} answered, but not as a hub does: id or credential is missing.")
    payload_key = answer.body.get("payload_key")
    return Identity(agent_id, credential, settings.server_url, payload_key if isinstance(payload_key, str) else "")


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
