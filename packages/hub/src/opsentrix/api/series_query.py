"""What may be asked of series over time."""

from typing import Annotated

from opsentrix_protocol.catalogue import LABEL_KEY
from pydantic import BaseModel, Field

from opsentrix.api.fields import Text, UnixSeconds
from opsentrix.model.series import Across, Aggregation

_MAX_AGENTS_ACROSS = 1000
_MAX_RANKED = 100
BY = rf"(agent|environment|type|tag|label:{LABEL_KEY.pattern})"


class SeriesQueryBody(BaseModel):
    """What is asked. With `across` the series of many agents become one line for each group."""

    agent: Annotated[
        list[Annotated[int, Field(ge=1, le=2**63 - 1)]],
        Field(
            max_length=_MAX_AGENTS_ACROSS,
            description="Ids; with `across` all agents when left out, and more than those by tag, type or environment.",
        ),
    ] = []
    metric: Annotated[list[Text], Field(max_length=200)] = []
    labels: Annotated[str, Field(max_length=2048, description="Pairs that a series must have: `k=v,k2=v2`.")] = ""
    start: Annotated[UnixSeconds | None, Field(alias="from")] = None
    end: Annotated[UnixSeconds | None, Field(alias="to")] = None
    points: Annotated[int, Field(ge=1, le=10_000)] = 1000
    agg: Annotated[Aggregation, Field(description="How the samples of a series become a point.")] = Aggregation.AVG
    across: Annotated[Across | None, Field(description="How the points of a group's series become one.")] = None
    by: Annotated[
        str,
        Field(
            max_length=512,
            pattern=rf"^({BY}(,{BY})*)?$",
            description="What the series of a group have in common: any of `agent`, `environment`, `type`, `tag` and "
            "`label:KEY`, separated by commas. An agent is in the groups of all its tags. Left out: one group.",
        ),
    ] = ""
    environment: Annotated[list[Text], Field(max_length=100, description="With `across`: of these agents.")] = []
    type: Annotated[list[Text], Field(max_length=100, description="With `across`: of these agents.")] = []
    tag: Annotated[list[Text], Field(max_length=100, description="With `across`: of agents with any of these.")] = []
    top: Annotated[
        int | None,
        Field(ge=1, le=_MAX_RANKED, description="With `across`: only so many groups, those of the highest mean."),
    ] = None
    bottom: Annotated[
        int | None,
        Field(ge=1, le=_MAX_RANKED, description="With `across`: only so many groups, those of the lowest mean."),
    ] = None
    group: Annotated[
        list[Annotated[str, Field(max_length=512)]],
        Field(
            max_length=_MAX_RANKED,
            description="With `by`: only these groups, each a JSON list of the values in the order of `by`: "
            '`["12","sda"]`. So the groups of one answer are found again at another time.',
        ),
    ] = []
