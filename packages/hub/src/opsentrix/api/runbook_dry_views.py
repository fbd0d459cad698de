"""What a runbook would do now, as requests ask it and answers show it."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from opsentrix.alerting.standing import Standing
from opsentrix.api.fields import Text, Whole
from opsentrix.api.runbook_views import RunbookSource, WarningView
from opsentrix.model.commands import Effect
from opsentrix.model.runbook_runs import Truth
from opsentrix.model.runbooks import Mode

MAX_MACHINES = 200
_Id = Annotated[Whole, Field(ge=1, lt=2**63)]
LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$")]


class Would(StrEnum):
    """What a runbook would do on a machine if it were triggered now."""

    BEGIN = "begin"
    ASK = "ask"
    SUGGEST = "suggest"
    SKIP = "skip"
    UNSURE = "unsure"


class DryRunBody(RunbookSource):
    """Which runbook: as it is typed, or one that is kept; and where: left out, the machines that it is for."""

    runbook: _Id | None = None
    agents: Annotated[list[_Id], Field(min_length=1, max_length=MAX_MACHINES)] | None = None
    labels: Annotated[dict[LabelName, Text], Field(max_length=40)] = Field(
        default={}, description="In the place of an alert's."
    )

    @model_validator(mode="after")
    def _says_it_once(self) -> Self:
        if [self.yaml, self.definition, self.runbook].count(None) != 2:
            raise ValueError("one of yaml, definition and runbook is needed, and no more")
        return self


class SeriesForecast(BaseModel):
    """The newest value of a series, in base units, and what it is held against."""

    labels: dict[str, str]
    value: float | None
    threshold: float | None
    holds: bool


class CheckForecast(BaseModel):
    """Whether a condition holds now, its `for` aside; `unknown` also where newest values cannot say."""

    condition: str
    truth: Truth
    series: list[SeriesForecast] = Field(default=[], description="Five at the most.")

    @classmethod
    def of(cls, condition: str, standing: Standing) -> "CheckForecast":
        """Return how a condition stands as it is shown."""
        series = [
            SeriesForecast(labels=dict(one.labels), value=one.value, threshold=one.threshold, holds=one.holds)
            for one in standing.series
        ]
        return cls(condition=condition, truth=standing.truth, series=series)


class StepForecast(BaseModel):
    """A step with the labels' values put in, and what the machine is expected to say to it."""

    action: str
    params: dict[str, str | int | bool]
    timeout_s: int
    effect: Effect
    refusal: str = Field(description="Why the machine would refuse it; empty when nothing known speaks against it.")
    key_id: str = Field(description="Of the operator's key whose standing approval it would bear; empty for none.")
    approval: str = Field(description="Why a second person has to approve it; empty when nobody has to.")


class MachineForecast(BaseModel):
    """What a runbook would do on a machine."""

    id: int
    name: str
    environment: str
    online: bool
    would: Would
    why: list[str] = Field(description="Why nothing would be done, whoever wants it.")
    limits: list[str] = Field(description="Why it would do nothing by itself; people may run it all the same.")
    when: CheckForecast | None
    expect: CheckForecast | None
    worse: CheckForecast | None
    steps: list[StepForecast]
    undo: list[StepForecast]


class DryRunView(BaseModel):
    """What a runbook would do now; nothing is begun, and each machine decides anew."""

    name: str
    mode: Mode
    effect: Effect = Field(description="Of its gravest step.")
    proof: bool = Field(description="Whether running it by hand needs a fresh proof of who it is.")
    missing_labels: list[str]
    warnings: list[WarningView]
    machines: list[MachineForecast]
    more: int = Field(description="Machines that it is for beyond those that are shown.")
