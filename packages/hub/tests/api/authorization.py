"""Who may use which route: the table that docs/reference/authorization.md shows and test_authorization.py walks.

A new route needs a line here. A role alone means: for people who logged in, and not for API tokens; an admin must be
one of all agents then, as with the dependency `Admin`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from opsentrix.model.access import Area
from opsentrix.model.users import Role

Route = tuple[str, str]
"""Method and path."""


class Rule(NamedTuple):
    """Who may use a route.

    Attributes:
        role: the lowest that may.
        area: what API tokens need permission for; None for no API tokens at all.
        everywhere: whether all agents must be within reach.
        narrowed: whether those who see some agents only get an answer that knows these only. Routes with an agent in
            their path answer 404 for all others, and need not say it.
    """

    role: Role
    area: Area | None = None
    everywhere: bool = False
    narrowed: bool = False


VIEWER, OPERATOR, ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN

PUBLIC = {
    ("GET", "/"), ("GET", "/dashboard"), ("GET", "/dashboard/{path:path}"), ("GET", "/health"), ("GET", "/metrics"),
    ("GET", "/api/docs"), ("GET", "/api/openapi.json"),
    ("GET", "/install/agent-installer.sh"), ("GET", "/install/opsentrix-agent.pyz"), ("GET", "/install/SHA256SUMS"),
    ("GET", "/install/ca.pem"),
    ("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/login/second-factor"), ("POST", "/api/v1/auth/logout"),
    ("POST", "/api/v1/auth/password-link"), ("POST", "/api/v1/auth/password-link/use"),
    ("GET", "/api/v1/auth/providers"), ("GET", "/api/v1/auth/oidc/login"), ("GET", "/api/v1/auth/oidc/callback"),
    ("POST", "/api/v1/shared/open"),
}  # fmt: skip
"""Open to everybody, on purpose."""

AGENTS = {
    ("POST", "/api/v1/agents/register"), ("POST", "/api/v1/agents/{agent_id}/heartbeat"),
    ("POST", "/api/v1/agents/{agent_id}/metrics"), ("POST", "/api/v1/agents/{agent_id}/credential"),
    ("POST", "/api/v1/agents/{agent_id}/certificate"), ("POST", "/api/v1/agents/{agent_id}/messages"),
    ("GET", "/api/v1/agents/{agent_id}/messages"),
}  # fmt: skip
"""For bearers of an enrollment token or of the agent's own credential."""

SHARED = {
    ("GET", "/api/v1/shared"), ("GET", "/api/v1/shared/agents"), ("GET", "/api/v1/shared/agents/{agent_id}"),
    ("GET", "/api/v1/shared/incidents"), ("GET", "/api/v1/shared/alerts"), ("GET", "/api/v1/shared/series"),
    ("GET", "/api/v1/shared/series/top"), ("GET", "/api/v1/shared/dashboards/{dashboard_id}"),
}  # fmt: skip
"""For shared pages, whose pass opens nothing else; no login and no token opens these."""

PEOPLE: Mapping[Route, Rule | Role] = {
    ("GET", "/api/v1/auth/me"): VIEWER,
    ("GET", "/api/v1/identity-provider"): ADMIN,
    ("POST", "/api/v1/auth/confirm"): VIEWER,
    ("PUT", "/api/v1/account/password"): VIEWER,
    ("GET", "/api/v1/account/totp"): VIEWER,
    ("POST", "/api/v1/account/totp"): VIEWER,
    ("POST", "/api/v1/account/totp/confirm"): VIEWER,
    ("DELETE", "/api/v1/account/totp"): VIEWER,
    ("POST", "/api/v1/account/recovery-codes"): VIEWER,
    ("GET", "/api/v1/account/sessions"): VIEWER,
    ("DELETE", "/api/v1/account/sessions"): VIEWER,
    ("DELETE", "/api/v1/account/sessions/{session_id}"): VIEWER,
    ("GET", "/api/v1/account/keys"): VIEWER,
    ("POST", "/api/v1/account/keys"): VIEWER,
    ("DELETE", "/api/v1/account/keys/{own_key_id}"): VIEWER,
    ("GET", "/api/v1/account/push"): VIEWER,
    ("POST", "/api/v1/account/push"): VIEWER,
    ("DELETE", "/api/v1/account/push/{subscription_id}"): VIEWER,
    ("POST", "/api/v1/account/push/{subscription_id}/test"): VIEWER,
    ("POST", "/api/v1/auth/oidc/confirm"): VIEWER,
    ("GET", "/api/v1/account/identities"): VIEWER,
    ("POST", "/api/v1/account/identities"): VIEWER,
    ("DELETE", "/api/v1/account/identities/{identity_id}"): VIEWER,
    ("GET", "/api/v1/users"): ADMIN,
    ("POST", "/api/v1/users"): ADMIN,
    ("PATCH", "/api/v1/users/{user_id}"): ADMIN,
    ("DELETE", "/api/v1/users/{user_id}"): ADMIN,
    ("POST", "/api/v1/users/{user_id}/password-link"): ADMIN,
    ("DELETE", "/api/v1/users/{user_id}/totp"): ADMIN,
    ("DELETE", "/api/v1/users/{user_id}/sessions"): ADMIN,
    ("GET", "/api/v1/api-tokens"): VIEWER,
    ("POST", "/api/v1/api-tokens"): VIEWER,
    ("DELETE", "/api/v1/api-tokens/{token_id}"): VIEWER,
    ("PUT", "/api/v1/users/{user_id}/scope"): ADMIN,
    ("GET", "/api/v1/shares"): OPERATOR,
    ("POST", "/api/v1/shares"): OPERATOR,
    ("DELETE", "/api/v1/shares/{share_id}"): OPERATOR,
    ("GET", "/api/v1/agents"): Rule(VIEWER, Area.AGENTS, narrowed=True),
    ("GET", "/api/v1/agents/facets"): Rule(VIEWER, Area.AGENTS, narrowed=True),
    ("POST", "/api/v1/agents/bulk-config"): Rule(OPERATOR, Area.AGENTS, narrowed=True),
    ("POST", "/api/v1/agents/bulk-tags"): Rule(OPERATOR, Area.AGENTS, narrowed=True),
    ("POST", "/api/v1/agents/bulk-tags/restore"): Rule(OPERATOR, Area.AGENTS, narrowed=True),
    ("POST", "/api/v1/agents/bulk-delete"): Rule(ADMIN, Area.AGENTS, narrowed=True),
    ("GET", "/api/v1/agents/{agent_id}"): Rule(VIEWER, Area.AGENTS),
    ("PATCH", "/api/v1/agents/{agent_id}"): Rule(OPERATOR, Area.AGENTS),
    ("DELETE", "/api/v1/agents/{agent_id}"): Rule(ADMIN, Area.AGENTS),
    ("GET", "/api/v1/agents/{agent_id}/metrics"): Rule(VIEWER, Area.AGENTS),
    ("GET", "/api/v1/agents/{agent_id}/processes"): Rule(VIEWER, Area.AGENTS),
    ("GET", "/api/v1/agents/{agent_id}/processes/top"): Rule(VIEWER, Area.AGENTS),
    ("GET", "/api/v1/agents/{agent_id}/config"): Rule(VIEWER, Area.AGENTS),
    ("GET", "/api/v1/agents/{agent_id}/config/versions"): Rule(VIEWER, Area.AGENTS),
    ("PUT", "/api/v1/agents/{agent_id}/config"): Rule(OPERATOR, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/config/rollback"): Rule(OPERATOR, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/pause"): Rule(OPERATOR, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/resume"): Rule(OPERATOR, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/restart"): Rule(OPERATOR, Area.AGENTS),
    ("GET", "/api/v1/agents/{agent_id}/recordings"): Rule(VIEWER, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/recordings"): Rule(OPERATOR, Area.AGENTS),
    ("GET", "/api/v1/agents/{agent_id}/recordings/{recording_id}"): Rule(VIEWER, Area.AGENTS),
    ("GET", "/api/v1/agents/{agent_id}/recordings/{recording_id}/raw"): Rule(VIEWER, Area.AGENTS),
    ("DELETE", "/api/v1/agents/{agent_id}/recordings/{recording_id}"): Rule(OPERATOR, Area.AGENTS),
    ("PUT", "/api/v1/agents/{agent_id}/payload-encryption"): Rule(ADMIN),
    ("GET", "/api/v1/payload-keys"): VIEWER,
    ("POST", "/api/v1/payload-keys"): ADMIN,
    ("DELETE", "/api/v1/payload-keys/{key}"): ADMIN,
    ("GET", "/api/v1/agents/{agent_id}/actions"): Rule(VIEWER, Area.RESPOND),
    ("GET", "/api/v1/system/command-key"): Rule(VIEWER, Area.RESPOND),
    ("GET", "/api/v1/commands"): Rule(VIEWER, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/commands"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/commands/actions"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/commands/preview"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/commands/prepare"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("GET", "/api/v1/commands/{command_id}"): Rule(VIEWER, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/commands/{command_id}/cancel"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/commands/{command_id}/approve"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/commands/{command_id}/reject"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("GET", "/api/v1/commands/{command_id}/runs/{agent_id}/output"): Rule(VIEWER, Area.RESPOND),
    ("GET", "/api/v1/commands/{command_id}/runs/{agent_id}/pieces"): Rule(VIEWER, Area.RESPOND),
    ("GET", "/api/v1/standing-approvals"): Rule(VIEWER, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/standing-approvals"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/standing-approvals/prepare"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("DELETE", "/api/v1/standing-approvals/{approval_id}"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("GET", "/api/v1/runbooks"): Rule(VIEWER, Area.RESPOND, everywhere=True),
    ("GET", "/api/v1/runbooks/examples"): Rule(VIEWER, Area.RESPOND, everywhere=True),
    ("POST", "/api/v1/runbooks/dry-run"): Rule(VIEWER, Area.RESPOND, everywhere=True),
    ("POST", "/api/v1/runbooks/parse"): Rule(VIEWER, Area.RESPOND, everywhere=True),
    ("POST", "/api/v1/runbooks"): Rule(ADMIN, Area.RESPOND, everywhere=True),
    ("GET", "/api/v1/runbooks/{runbook_id}"): Rule(VIEWER, Area.RESPOND, everywhere=True),
    ("PUT", "/api/v1/runbooks/{runbook_id}"): Rule(ADMIN, Area.RESPOND, everywhere=True),
    ("DELETE", "/api/v1/runbooks/{runbook_id}"): Rule(ADMIN, Area.RESPOND, everywhere=True),
    ("POST", "/api/v1/runbooks/{runbook_id}/breaker/close"): Rule(OPERATOR, Area.RESPOND, everywhere=True),
    ("POST", "/api/v1/runbooks/{runbook_id}/run"): Rule(OPERATOR, Area.RESPOND, everywhere=True),
    ("GET", "/api/v1/runbook-runs"): Rule(VIEWER, Area.RESPOND, narrowed=True),
    ("GET", "/api/v1/runbook-runs/{run_id}"): Rule(VIEWER, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/runbook-runs/{run_id}/approve"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/runbook-runs/{run_id}/decline"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("POST", "/api/v1/runbook-runs/{run_id}/cancel"): Rule(OPERATOR, Area.RESPOND, narrowed=True),
    ("GET", "/api/v1/agents/{agent_id}/annotations"): Rule(VIEWER, Area.RESPOND),
    ("GET", "/api/v1/agents/{agent_id}/events"): Rule(VIEWER, Area.AGENTS),
    ("GET", "/api/v1/annotations"): Rule(VIEWER, Area.ANNOTATIONS, narrowed=True),
    ("POST", "/api/v1/annotations"): Rule(OPERATOR, Area.ANNOTATIONS, narrowed=True),
    ("DELETE", "/api/v1/annotations/{annotation_id}"): Rule(OPERATOR, Area.ANNOTATIONS, narrowed=True),
    ("GET", "/api/v1/agent-releases"): Rule(VIEWER, narrowed=True),
    ("GET", "/api/v1/upgrades"): Rule(VIEWER, narrowed=True),
    ("GET", "/api/v1/upgrades/{rollout_id}"): Rule(VIEWER, narrowed=True),
    ("POST", "/api/v1/upgrades"): ADMIN,
    ("POST", "/api/v1/upgrades/plan"): ADMIN,
    ("POST", "/api/v1/upgrades/{rollout_id}/pause"): ADMIN,
    ("POST", "/api/v1/upgrades/{rollout_id}/resume"): ADMIN,
    ("POST", "/api/v1/upgrades/{rollout_id}/stop"): ADMIN,
    ("GET", "/api/v1/series"): Rule(VIEWER, Area.METRICS, narrowed=True),
    ("GET", "/api/v1/series/metrics"): Rule(VIEWER, Area.METRICS, narrowed=True),
    ("GET", "/api/v1/series/top"): Rule(VIEWER, Area.METRICS, narrowed=True),
    ("GET", "/api/v1/series/export"): Rule(VIEWER, Area.METRICS, narrowed=True),
    ("GET", "/api/v1/dashboards"): Rule(VIEWER, Area.METRICS),
    ("POST", "/api/v1/dashboards"): Rule(OPERATOR, Area.METRICS),
    ("GET", "/api/v1/dashboards/{dashboard_id}"): Rule(VIEWER, Area.METRICS),
    ("PUT", "/api/v1/dashboards/{dashboard_id}"): Rule(OPERATOR, Area.METRICS),
    ("DELETE", "/api/v1/dashboards/{dashboard_id}"): Rule(OPERATOR, Area.METRICS),
    ("POST", "/api/v1/dashboards/{dashboard_id}/restore"): Rule(OPERATOR, Area.METRICS),
    ("GET", "/api/v1/enrollment-tokens"): Rule(OPERATOR, Area.ENROLLMENT, narrowed=True),
    ("POST", "/api/v1/enrollment-tokens"): Rule(OPERATOR, Area.ENROLLMENT, narrowed=True),
    ("DELETE", "/api/v1/enrollment-tokens/{token_id}"): Rule(OPERATOR, Area.ENROLLMENT, narrowed=True),
    ("GET", "/api/v1/agents/{agent_id}/identity"): Rule(VIEWER, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/credential/rotate"): Rule(OPERATOR, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/approve"): Rule(OPERATOR, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/refuse"): Rule(OPERATOR, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/revoke"): Rule(OPERATOR, Area.AGENTS),
    ("POST", "/api/v1/agents/{agent_id}/clone/keep"): Rule(OPERATOR, Area.AGENTS),
    ("GET", "/api/v1/tls"): Rule(VIEWER, Area.AGENTS),
    ("GET", "/api/v1/certificates"): Rule(OPERATOR, Area.AGENTS, narrowed=True),
    ("DELETE", "/api/v1/certificates/{serial}"): Rule(OPERATOR, Area.AGENTS, narrowed=True),
    ("GET", "/api/v1/audit"): Rule(ADMIN, Area.AUDIT, everywhere=True),
    ("GET", "/api/v1/audit/chain"): Rule(ADMIN, Area.AUDIT, everywhere=True),
    ("GET", "/api/v1/audit/export"): Rule(ADMIN, Area.AUDIT, everywhere=True),
    ("GET", "/api/v1/storage"): Rule(VIEWER, Area.RETENTION, everywhere=True),
    ("GET", "/api/v1/retention"): Rule(VIEWER, Area.RETENTION, narrowed=True),
    ("GET", "/api/v1/retention-rules"): Rule(VIEWER, Area.RETENTION, narrowed=True),
    ("POST", "/api/v1/retention-rules"): Rule(ADMIN, Area.RETENTION, everywhere=True),
    ("PATCH", "/api/v1/retention-rules/{rule_id}"): Rule(ADMIN, Area.RETENTION, everywhere=True),
    ("DELETE", "/api/v1/retention-rules/{rule_id}"): Rule(ADMIN, Area.RETENTION, everywhere=True),
    ("GET", "/api/v1/alert-rules"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/alert-rules/parse"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/alert-rules/test"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/alert-rules"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/alert-rules/{rule_id}"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("PUT", "/api/v1/alert-rules/{rule_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("DELETE", "/api/v1/alert-rules/{rule_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("PUT", "/api/v1/alert-rules/{rule_id}/overrides/{agent_id}"): Rule(OPERATOR, Area.ALERTING),
    ("DELETE", "/api/v1/alert-rules/{rule_id}/overrides/{agent_id}"): Rule(OPERATOR, Area.ALERTING),
    ("GET", "/api/v1/alert-rule-groups"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/alert-rule-groups"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("PUT", "/api/v1/alert-rule-groups/{group_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("DELETE", "/api/v1/alert-rule-groups/{group_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/alerts"): Rule(VIEWER, Area.ALERTING, narrowed=True),
    ("GET", "/api/v1/alerts/why"): Rule(VIEWER, Area.ALERTING, narrowed=True),
    ("GET", "/api/v1/incidents"): Rule(VIEWER, Area.ALERTING, narrowed=True),
    ("GET", "/api/v1/incidents/{incident_id}"): Rule(VIEWER, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/incidents/{incident_id}/acknowledge"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/incidents/{incident_id}/unacknowledge"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/incidents/{incident_id}/assign"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/incidents/{incident_id}/comments"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("PUT", "/api/v1/incidents/{incident_id}/notes"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/incidents/{incident_id}/resolve"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/incidents/{incident_id}/reopen"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/incidents/{incident_id}/merge"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("GET", "/api/v1/silences"): Rule(VIEWER, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/silences"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/silences/preview"): Rule(VIEWER, Area.ALERTING, narrowed=True),
    ("PATCH", "/api/v1/silences/{silence_id}"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("DELETE", "/api/v1/silences/{silence_id}"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("GET", "/api/v1/maintenance-windows"): Rule(VIEWER, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/maintenance-windows"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("POST", "/api/v1/maintenance-windows/preview"): Rule(VIEWER, Area.ALERTING, narrowed=True),
    ("PUT", "/api/v1/maintenance-windows/{window_id}"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("DELETE", "/api/v1/maintenance-windows/{window_id}"): Rule(OPERATOR, Area.ALERTING, narrowed=True),
    ("GET", "/api/v1/agents/{agent_id}/dependencies"): Rule(VIEWER, Area.ALERTING),
    ("PUT", "/api/v1/agents/{agent_id}/dependencies"): Rule(OPERATOR, Area.ALERTING),
    ("GET", "/api/v1/channel-kinds"): Rule(VIEWER, Area.ALERTING),
    ("GET", "/api/v1/channels"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/channels"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/channels/preview"): Rule(OPERATOR, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/channels/{channel_id}"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("PATCH", "/api/v1/channels/{channel_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("DELETE", "/api/v1/channels/{channel_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/channels/{channel_id}/test"): Rule(OPERATOR, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/system/watch"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/system/watch/deadman/test"): Rule(OPERATOR, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/routes"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/routes"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("PUT", "/api/v1/routes/order"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("PUT", "/api/v1/routes/{route_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("DELETE", "/api/v1/routes/{route_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/routes/preview"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/escalations"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/escalations"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("PUT", "/api/v1/escalations/{escalation_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("DELETE", "/api/v1/escalations/{escalation_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/rotas"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/rotas"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("PUT", "/api/v1/rotas/{rota_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("DELETE", "/api/v1/rotas/{rota_id}"): Rule(ADMIN, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/rotas/{rota_id}/shifts"): Rule(VIEWER, Area.ALERTING, everywhere=True),
    ("POST", "/api/v1/rotas/{rota_id}/overrides"): Rule(OPERATOR, Area.ALERTING, everywhere=True),
    ("DELETE", "/api/v1/rotas/{rota_id}/overrides"): Rule(OPERATOR, Area.ALERTING, everywhere=True),
    ("GET", "/api/v1/notifications"): Rule(VIEWER, Area.ALERTING, narrowed=True),
}
"""For people and, where there is an area, for their API tokens."""


def rule_of(route: Route) -> Rule:
    """Return a route's rule, a role alone spelled out."""
    entry = PEOPLE[route]
    return Rule(entry, everywhere=entry is Role.ADMIN) if isinstance(entry, Role) else entry


class Caller(NamedTuple):
    """A column of the table: somebody with a role, who may see some agents only, or may act by a token only."""

    name: str
    role: Role
    scoped: bool = False
    reading_token: bool = False


CALLERS = (
    Caller("viewer", VIEWER),
    Caller("operator", OPERATOR),
    Caller("admin", ADMIN),
    Caller("viewer of some", VIEWER, scoped=True),
    Caller("operator of some", OPERATOR, scoped=True),
    Caller("admin of some", ADMIN, scoped=True),
    Caller("token to read", ADMIN, reading_token=True),
)


def allowed(route: Route, caller: Caller) -> bool:
    """Return whether a caller may use a route: on an agent within their scope, where an agent is in its path."""
    rule = rule_of(route)
    if caller.reading_token and (rule.area is None or route[0] != "GET"):
        return False
    return caller.role.covers(rule.role) and not (caller.scoped and rule.everywhere)
