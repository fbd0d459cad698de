"""What stands on a dashboard: the JSON that people write, export and import. Every part of it has a limit."""

from collections.abc import Iterator
from typing import Annotated, Literal

from opsentrix_protocol.catalogue import LABEL_KEY
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from opsentrix.api.fields import Flag, Text, Whole, storable
from opsentrix.api.series_query import BY
from opsentrix.model.series import Across, Aggregation

COLUMNS = 12
MAX_PANELS, MAX_QUERIES, MAX_VARIABLES = 40, 4, 8
_MAX_GROUPS = 50
_YEAR_S = 366 * 86_400
_VARIABLE = r"[a-z][a-z0-9_]{0,31}"
_REFERENCE = rf"\${_VARIABLE}"
_MetricName = Annotated[Text, Field(min_length=1)]
_Choices = Annotated[list[Annotated[Text, Field(min_length=1)]], Field(max_length=50)]
_AgentId = Annotated[Whole, Field(ge=1, le=2**53 - 1)]
_Reference = Annotated[str, Field(pattern=rf"^{_REFERENCE}$")]


class _Part(BaseModel):
    """A part of the specification: a field that it does not know is an error, not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class DashboardVariable(_Part):
    """What can be chosen above the panels. `$NAME` stands for the choice; while all are chosen it filters nothing."""

    name: Annotated[str, Field(pattern=rf"^{_VARIABLE}$")]
    kind: Literal["environment", "type", "tag", "agent", "label"]
    label: Annotated[Text, Field(description="How it is called; its name when empty.")] = ""
    metric: Annotated[Text, Field(description="Of kind `label`: of which metric.")] = ""
    key: Annotated[str, Field(pattern=rf"^({LABEL_KEY.pattern})?$", description="Of kind `label`: of which key.")] = ""

    @model_validator(mode="after")
    def _complete(self) -> "DashboardVariable":
        if (self.kind == "label") != bool(self.metric and self.key):
            raise ValueError("needs metric and key where it is a label's, and only there")
        return self


class PanelQuery(_Part):
    """A question as `GET /api/v1/series` takes it with `across`; `$NAME` stands for what a variable chose."""

    metric: _MetricName
    labels: Annotated[dict[Annotated[str, Field(pattern=rf"^{LABEL_KEY.pattern}$")], Text], Field(max_length=10)] = {}
    agent: Annotated[list[_AgentId | _Reference], Field(max_length=50)] = []
    environment: _Choices = []
    type: _Choices = []
    tag: _Choices = []
    agg: Aggregation = Aggregation.AVG
    across: Across = Across.AVG
    by: Annotated[list[Annotated[str, Field(pattern=rf"^{BY}$")]], Field(max_length=5)] = []
    top: Annotated[Whole, Field(ge=1, le=_MAX_GROUPS)] | None = None
    bottom: Annotated[Whole, Field(ge=1, le=_MAX_GROUPS)] | None = None
    compare: Annotated[
        Whole, Field(ge=0, le=_YEAR_S, description="Seconds to the earlier time that it is held against; 0 for none.")
    ] = 0

    @model_validator(mode="after")
    def _one_rank(self) -> "PanelQuery":
        if self.top is not None and self.bottom is not None:
            raise ValueError("cannot have top and bottom together")
        return self


class PanelPlace(_Part):
    """Where a panel stands on the grid of twelve columns, in cells."""

    x: Annotated[Whole, Field(ge=0, lt=COLUMNS)]
    y: Annotated[Whole, Field(ge=0, le=1000)]
    w: Annotated[Whole, Field(ge=2, le=COLUMNS)]
    h: Annotated[Whole, Field(ge=2, le=24)]

    @model_validator(mode="after")
    def _within(self) -> "PanelPlace":
        if self.x + self.w > COLUMNS:
            raise ValueError(f"must end within the {COLUMNS} columns: x + w is {self.x + self.w}")
        return self


class PanelThreshold(_Part):
    """From which value on something is how grave."""

    op: Literal["above", "below"]
    value: Annotated[float, Field(strict=True, allow_inf_nan=False)]
    severity: Literal["warning", "critical"]


class _Panel(_Part):
    id: Annotated[Whole, Field(ge=1, le=2**31 - 1)]
    title: Text = ""
    grid: PanelPlace


class TimeSeriesPanel(_Panel):
    """Queries over time."""

    kind: Literal["timeseries"]
    queries: Annotated[list[PanelQuery], Field(min_length=1, max_length=MAX_QUERIES)]
    stacked: Flag = False


class StatPanel(_Panel):
    """The newest value of a query, large, with its past as a line."""

    kind: Literal["stat"]
    queries: Annotated[list[PanelQuery], Field(min_length=1, max_length=1)]
    thresholds: Annotated[list[PanelThreshold], Field(max_length=4)] = []


class TablePanel(_Panel):
    """What the groups of a query come to."""

    kind: Literal["table"]
    queries: Annotated[list[PanelQuery], Field(min_length=1, max_length=1)]


class MapPanel(_Panel):
    """One cell for each agent, coloured by what the live list holds or by any metric."""

    kind: Literal["map"]
    color: Literal["cpu", "memory", "disk", "network"] = "cpu"
    metric: Annotated[Text, Field(description="Instead of `color`; empty for none.")] = ""
    by: Literal["environment", "type", "tag"] | None = None
    environment: _Choices = []
    type: _Choices = []
    tag: _Choices = []


class IncidentsPanel(_Panel):
    """The open incidents, the gravest first."""

    kind: Literal["incidents"]


class TextPanel(_Panel):
    """Words. They are shown as they are: neither HTML nor any markup."""

    kind: Literal["text"]
    text: Annotated[str, Field(max_length=5000), AfterValidator(storable)]


Panel = Annotated[
    TimeSeriesPanel | StatPanel | TablePanel | MapPanel | IncidentsPanel | TextPanel, Field(discriminator="kind")
]


class DashboardSpec(_Part):
    """A whole dashboard: its panels, its variables and the time that it begins with."""

    schema_version: Literal[1]
    range: Literal["5m", "15m", "1h", "6h", "24h", "7d", "30d"] = "1h"
    variables: Annotated[list[DashboardVariable], Field(max_length=MAX_VARIABLES)] = []
    panels: Annotated[list[Panel], Field(max_length=MAX_PANELS)] = []

    @model_validator(mode="after")
    def _consistent(self) -> "DashboardSpec":
        kinds = {one.name: one.kind for one in self.variables}
        if len(kinds) < len(self.variables):
            raise ValueError("has two variables of one name")
        if len({one.id for one in self.panels}) < len(self.panels):
            raise ValueError("has two panels of one id")
        for at, panel in enumerate(self.panels):
            for kind, name in _references(panel):
                if kinds.get(name) != kind:
                    raise ValueError(f"has in panel {at} ${name}, but no variable {name} of the kind {kind}")
            for other in self.panels[:at]:
                if _overlap(panel.grid, other.grid):
                    raise ValueError(f"has panels that overlap: {other.id} and {panel.id}")
        return self


def _overlap(one: PanelPlace, other: PanelPlace) -> bool:
    return (
        one.x < other.x + other.w and other.x < one.x + one.w and one.y < other.y + other.h and other.y < one.y + one.h
    )


def _references(panel: Panel) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each variable that a panel filters by. What only looks like one is a text like others."""
    filters: list[PanelQuery | MapPanel] = []
    if isinstance(panel, MapPanel):
        filters = [panel]
    elif isinstance(panel, TimeSeriesPanel | StatPanel | TablePanel):
        filters = [*panel.queries]
    for one in filters:
        lists = [("environment", one.environment), ("type", one.type), ("tag", one.tag)]
        for kind, values in lists:
            yield from ((kind, value[1:]) for value in values if value.startswith("$"))
        if isinstance(one, PanelQuery):
            yield from (("agent", value[1:]) for value in one.agent if isinstance(value, str))
