"""Which pages are photographed: every path of the dashboard's router, with an address of the scene."""

import re
from dataclasses import dataclass
from pathlib import Path

from scripts.showcase.scene import Scene

ROUTES = sorted((Path(__file__).parents[2] / "dashboard" / "src").glob("*routes*.tsx"))


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture.

    Attributes:
        name: of its file.
        address: below /dashboard, with the scene's numbers in braces.
        anonymous: whether it is seen by who is not logged in.
        shown: a selector of what must be there before the picture is taken, besides the page's title.
    """

    name: str
    address: str
    anonymous: bool = False
    shown: str = "h1"

    def url(self, scene: Scene) -> str:
        """Return the address in a scene."""
        numbers = {name: getattr(scene, name) for name in scene.__slots__ if name != "hub"}
        return f"{scene.hub.url}/dashboard{self.address.format(**numbers)}"


SHOTS: dict[str, tuple[Shot, ...]] = {
    "/": (Shot("home", "/?by=environment", shown="[role=application] canvas[width]"),),
    "/agents": (
        Shot("agents", "/agents", shown="[role=row] svg path"),
        Shot("agents-groups", "/agents?by=tag"),
    ),
    "/agents/$agentId": (
        Shot("agent", "/agents/{database}?range=15m", shown=".u-over"),
        Shot(
            "agent-processes",
            "/agents/{database}?range=15m&top=cpu",
            shown="[aria-label='Top processes over the range'] tbody tr",
        ),
    ),
    "/explore": (Shot("explore", "/explore?range=15m&a.metric=system.network.io&a.by=environment", shown=".u-over"),),
    "/dashboards": (Shot("dashboards", "/dashboards"),),
    "/dashboards/$dashboardId": (Shot("dashboard", "/dashboards/{dashboard}", shown=".u-over"),),
    "/incidents": (Shot("incidents", "/incidents"),),
    "/incidents/$incidentId": (Shot("incident", "/incidents/{incident}"),),
    "/alerts": (Shot("alerts", "/alerts"),),
    "/alerts/why": (Shot("why", "/alerts/why?incident={incident}"),),
    "/alerts/rules": (Shot("rules", "/alerts/rules"),),
    "/alerts/rules/new": (Shot("rule-new", "/alerts/rules/new"),),
    "/alerts/rules/$ruleId": (Shot("rule", "/alerts/rules/{rule}"),),
    "/quiet": (Shot("quiet", "/quiet"),),
    "/commands": (Shot("commands", "/commands"),),
    "/commands/$commandId": (Shot("command", "/commands/{command}"),),
    "/runbooks": (Shot("runbooks", "/runbooks"),),
    "/runbooks/new": (Shot("runbook-new", "/runbooks/new"),),
    "/runbooks/$runbookId": (Shot("runbook", "/runbooks/{runbook}"),),
    "/runbook-runs/$runId": (Shot("runbook-run", "/runbook-runs/{run}"),),
    "/settings": (Shot("settings", "/settings"),),
    "/settings/people": (Shot("people", "/settings/people"),),
    "/settings/identity-provider": (Shot("identity-provider", "/settings/identity-provider"),),
    "/settings/shares": (Shot("shares", "/settings/shares"),),
    "/settings/on-call": (Shot("on-call", "/settings/on-call"),),
    "/settings/enrollment": (Shot("enrollment", "/settings/enrollment"),),
    "/settings/storage": (Shot("storage", "/settings/storage"),),
    "/settings/backup": (Shot("backup", "/settings/backup"),),
    "/settings/about": (Shot("about", "/settings/about"),),
    "/settings/notifications": (Shot("notifications", "/settings/notifications"),),
    "/settings/watch": (Shot("watch", "/settings/watch"),),
    "/settings/audit": (Shot("audit", "/settings/audit"),),
    "/settings/agent-versions": (Shot("agent-versions", "/settings/agent-versions"),),
    "/account": (Shot("account", "/account"),),
    "/account/api-tokens": (Shot("api-tokens", "/account/api-tokens"),),
    "/login": (Shot("login", "/login", anonymous=True),),
    "/welcome": (Shot("welcome", "/welcome", anonymous=True),),
    "/confirmed": (Shot("confirmed", "/confirmed"),),
}
"""By the path of the router."""
PASSED = {"/shared"}
"""Where a link passes through on its way to the page that it shows."""


def paths(routes: str) -> set[str]:
    """Return the paths that a table of the router, a file of TypeScript, has pages for."""
    return set(re.findall(r"^  path: \"(/[^\"]*)\",$", routes, re.MULTILINE))


def forgotten() -> set[str]:
    """Return what has a page and no picture, or a picture and no page."""
    return set().union(*(paths(one.read_text()) for one in ROUTES)) ^ (SHOTS.keys() | PASSED)
