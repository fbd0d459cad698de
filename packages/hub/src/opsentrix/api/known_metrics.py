"""The metrics that agents send."""

from fastapi import APIRouter
from opsentrix_protocol.catalogue import Series
from pydantic import BaseModel, Field

from opsentrix.api.auth import Viewer
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.live.latest import SentLayout

_MAX_SERIES_LOOKED_AT = 50_000
_MAX_VALUES = 20
router = APIRouter(tags=["series"])


class KnownMetric(BaseModel):
    """A metric that agents send, and what its labels may be: of each up to 20 values."""

    metric: str
    unit: str
    kind: str
    labels: dict[str, list[str]]
    series: int = Field(description="How many there are of it, over all agents; at least so many if not `complete`.")
    newest: float = Field(description="When the newest sample was taken that the hub has in memory, Unix seconds.")


class KnownMetrics(BaseModel):
    """Metrics by name; `complete` is false where the fleet sends more different series than are looked at."""

    items: list[KnownMetric]
    complete: bool


@router.get("/api/v1/series/metrics", responses=responses(401))
async def list_metrics(services: Hub, user: Viewer) -> KnownMetrics:
    """List the metrics that agents send, for whoever writes a rule or a query."""
    found: dict[str, KnownMetric] = {}
    looked_at, complete = 0, True
    for layout in services.latest.layouts(services.visibility.ids(user.scopes)):
        looked_at += len(layout.series)
        if looked_at > _MAX_SERIES_LOOKED_AT:
            complete = False
            break
        for one in layout.series:
            _note(found, one, layout)
    return KnownMetrics(items=[found[name] for name in sorted(found)], complete=complete)


def _note(found: dict[str, KnownMetric], one: Series, layout: SentLayout) -> None:
    metric = one.metric
    known = found.get(metric.name)
    if known is None:
        known = found[metric.name] = KnownMetric(
            metric=metric.name, unit=metric.unit, kind=metric.kind.name.lower(), labels={}, series=0, newest=0
        )
    known.series += layout.agents
    known.newest = max(known.newest, layout.newest)
    for key, value in one.labels:
        values = known.labels.setdefault(key, [])
        if len(values) < _MAX_VALUES and value not in values:
            values.append(value)
