"""Dashboards as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class NewDashboard:
    """What people write of a dashboard; the API has checked the specification."""

    name: str
    description: str
    spec: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DashboardSummary:
    """A dashboard without what stands on it.

    Attributes:
        version: one more with every change; a change names the one that it is based on.
        panels: how many.
    """

    id: int
    name: str
    description: str
    version: int
    panels: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class StoredDashboard:
    """A dashboard with what stands on it."""

    summary: DashboardSummary
    spec: dict[str, Any]


def metrics_of(spec: dict[str, Any]) -> frozenset[str]:
    """Return the metrics that the panels of a specification ask for."""
    panels = spec["panels"]
    asked = {query["metric"] for panel in panels for query in panel.get("queries", ())}
    return frozenset(asked | {panel["metric"] for panel in panels if panel.get("metric")})


def tells_incidents(spec: dict[str, Any]) -> bool:
    """Return whether a panel of a specification shows the open incidents."""
    return any(panel["kind"] == "incidents" for panel in spec["panels"])
