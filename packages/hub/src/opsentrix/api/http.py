"""The ASGI application: routes in one table, and what applies to all of them."""

import socketio
from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp

from opsentrix import __version__
from opsentrix.api import (
    account,
    actions,
    agent_events,
    agent_link,
    agents,
    agents_bulk,
    alert_rules,
    alerts,
    api_tokens,
    audit,
    certificates,
    channels,
    command_history,
    commands,
    configs,
    dashboards,
    dependencies,
    docs,
    enrollment,
    export,
    identity,
    identity_provider,
    incidents,
    install,
    known_metrics,
    live,
    login,
    marks,
    notifications,
    oidc,
    oncall,
    operator_keys,
    overrides,
    payload,
    problems,
    processes,
    push,
    quiet,
    quiet_preview,
    recordings,
    retention,
    routes,
    rule_groups,
    rule_tests,
    runbook_dry_run,
    runbook_runs,
    runbooks,
    scopes,
    series,
    shared,
    shares,
    standing_approvals,
    storage,
    system,
    upgrades,
    users,
    watch,
    why,
)
from opsentrix.api.limits import LimitRequests
from opsentrix.api.links import rest, websocket
from opsentrix.api.middleware import LimitBody, SecureHeaders
from opsentrix.api.refusals import NoteRefusals
from opsentrix.api.services import Services

ROUTERS: tuple[APIRouter, ...] = (
    system.router,
    login.router,
    oidc.router,
    oidc.account_router,
    identity_provider.router,
    account.router,
    push.router,
    operator_keys.router,
    users.router,
    api_tokens.router,
    scopes.router,
    shares.router,
    shared.router,
    enrollment.router,
    websocket.router,
    rest.router,
    agent_link.router,
    agents_bulk.router,
    agent_events.router,
    agents.router,
    identity.router,
    configs.router,
    payload.router,
    processes.router,
    recordings.router,
    series.router,
    dashboards.router,
    known_metrics.router,
    export.router,
    retention.router,
    storage.router,
    upgrades.router,
    actions.router,
    command_history.router,
    commands.router,
    standing_approvals.router,
    runbook_dry_run.router,
    runbooks.router,
    runbook_runs.router,
    marks.router,
    audit.router,
    alert_rules.router,
    rule_groups.router,
    rule_tests.router,
    alerts.router,
    why.router,
    incidents.router,
    quiet_preview.router,
    quiet.router,
    dependencies.router,
    channels.router,
    routes.router,
    oncall.router,
    overrides.router,
    notifications.router,
    install.router,
    certificates.router,
    watch.router,
)


def _together() -> APIRouter:
    together = APIRouter(responses=problems.responses(429))
    for router in ROUTERS:
        together.include_router(router)
    return together


_COMPRESSED_FROM_BYTES = 4096
_NOT_COMPRESSED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/octet-stream",
    "application/vnd.apache.parquet",
    "application/x-ndjson",
    "application/x-protobuf",
    "text/csv",
)
"""What is compressed already, and exports: to compress gigabytes would take the hub's processor from its agents."""

_ROUTES = _together().routes
"""Of every application in this process: the framework prepares each at its first request, which takes milliseconds."""


def create_api() -> FastAPI:
    """Return the HTTP application without its services: enough to describe the API."""
    app = FastAPI(
        title="Opsentrix",
        version=__version__,
        summary="Infrastructure monitoring and response",
        openapi_url="/api/openapi.json",
        docs_url=None,  # the framework's page loads scripts from elsewhere; ours needs none
        redoc_url=None,
        routes=_ROUTES,
        responses=problems.responses(429),
    )
    problems.install(app)
    docs.install(app)
    system.install_dashboard(app)
    return app


def create_app(services: Services) -> ASGIApp:
    """Return the whole application: HTTP, WebSocket and Socket.IO."""
    api = create_api()
    api.state.services = services
    api.add_middleware(LimitBody, max_bytes=services.settings.max_body_bytes)
    api.add_middleware(
        GZipMiddleware, minimum_size=_COMPRESSED_FROM_BYTES, compresslevel=1, exclude_content_types=_NOT_COMPRESSED
    )
    app: ASGIApp = socketio.ASGIApp(live.create_server(services), other_asgi_app=api)
    if services.settings.rate_limits:
        app = LimitRequests(app, services.credentials.owner)
    return SecureHeaders(NoteRefusals(app, services.refusals.note))
