"""Runbooks as requests say them and as answers show them."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from opsentrix.alerting.coarser import names_of
from opsentrix.api.fields import Flag, Whole
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model import runbook_json, runbook_yaml
from opsentrix.model.rules import Rule
from opsentrix.model.runbook_errors import RunbookError
from opsentrix.model.runbook_runs import Outcome, RunbookState, Verdict
from opsentrix.model.runbooks import AlertTrigger, Mode, Runbook
from opsentrix.model.stored_runbooks import RunbookVersion, StoredRunbook
from opsentrix.response.runbook_examples import Example
from opsentrix.storage.runbook_stats import RunStats

STATS_DAYS = 30
YamlText = Annotated[str, Field(min_length=1, max_length=runbook_yaml.MAX_CHARS)]


class RunbookSource(BaseModel):
    """What a runbook says: as YAML, or as JSON; exactly one of both."""

    yaml: YamlText | None = None
    definition: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _says_it_once(self) -> Self:
        if (self.yaml is None) == (self.definition is None):
            raise ValueError("yaml or definition is needed, and not both")
        return self

    def read(self) -> Runbook:
        """Return the runbook.

        Raises:
            RunbookError: it is none.
        """
        if self.yaml is not None:
            return runbook_yaml.parse(self.yaml)
        return runbook_json.from_json(self.definition)

    def understood(self) -> Runbook:
        """Return the runbook.

        Raises:
            InvalidError: it is none; the error names the field.
        """
        try:
            return self.read()
        except RunbookError as error:
            field = "yaml" if self.yaml is not None else ".".join(filter(None, ("definition", error.path)))
            raise InvalidError(f"Not valid: {_told(error)}.", FieldError(field, error.detail)) from None


class NewRunbookBody(RunbookSource):
    """A runbook; `based_on` is the version that it changes."""

    enabled: Flag = True
    based_on: Annotated[Whole, Field(ge=1)] | None = None


class WarningView(BaseModel):
    """What is allowed, and may not be what is meant; `path` is of the part, such as `steps[0].action`."""

    path: str
    detail: str


class ParsedRunbook(BaseModel):
    """A runbook in both forms, or what is wrong with it: `line` and `column` count from 1, and are of the YAML."""

    yaml: str = ""
    definition: dict[str, Any] | None = None
    sha256: str = ""
    labels: list[str] = Field(default=[], description="Of the alert, that it needs.")
    upcoming: list[datetime] = Field(default=[], description="When its schedules trigger it next, at most five times.")
    warnings: list[WarningView] = []
    error: str = ""
    path: str = ""
    line: int | None = None
    column: int | None = None
    position: int | None = Field(default=None, description="Of the first wrong character of the text at `path`.")
    expected: list[str] = []
    hint: str = ""

    @classmethod
    def wrong(cls, error: RunbookError) -> "ParsedRunbook":
        """Return what is wrong."""
        line, column = error.place or (None, None)
        return cls(
            error=error.detail, path=error.path, line=line, column=column, position=error.position,
            expected=list(error.expected), hint=error.hint,
        )  # fmt: skip


class ExampleView(BaseModel):
    """A ready runbook, and what has to be there for it."""

    key: str
    yaml: str = Field(description="With comments.")
    definition: dict[str, Any]
    actions: list[str] = Field(description="That the policies of machines must allow.")
    scripts: list[str] = Field(description="Of the machines' owners.")
    rules: list[str] = Field(description="Names of the alert rules that trigger it.")
    metrics: list[str]
    labels: list[str] = Field(description="Of the alert.")

    @classmethod
    def of(cls, one: Example) -> "ExampleView":
        """Return an example as it is shown."""
        runbook = one.runbook
        steps = (*runbook.steps, *runbook.undo)
        conditions = [rule for rule in (runbook.when, runbook.expect, runbook.worse) if isinstance(rule, Rule)]
        return cls(
            key=one.key,
            yaml=one.yaml,
            definition=runbook_json.to_json(runbook),
            actions=list(dict.fromkeys(step.action for step in steps)),
            scripts=[str(step.params["name"]) for step in steps if step.action == "script"],
            rules=[trigger.rule for trigger in runbook.triggers if isinstance(trigger, AlertTrigger)],
            metrics=list(dict.fromkeys(name for rule in conditions for name in names_of(rule))),
            labels=sorted(runbook.labels),
        )


class ExampleList(BaseModel):
    """Ready runbooks."""

    items: list[ExampleView]


class BreakerView(BaseModel):
    """Whether a runbook stopped itself, why and since when."""

    open: bool
    why: str
    at: datetime | None


class LastRunView(BaseModel):
    """The newest run of a runbook."""

    id: int
    agent: int
    state: RunbookState
    outcome: Outcome | None
    verdict: Verdict | None
    created_at: datetime
    ended_at: datetime | None


class RunCounts(BaseModel):
    """Runs of the last 30 days: `open` are those under way or waiting for a person."""

    open: int
    outcomes: dict[Outcome, int]
    verdicts: dict[Verdict, int]


class RunbookItem(BaseModel):
    """A runbook as it is stored, and how its runs went."""

    id: int
    name: str
    version: int
    enabled: bool
    mode: Mode
    definition: dict[str, Any]
    sha256: str = Field(description="Of this version, as standing approvals name it.")
    created_at: datetime
    changed_at: datetime
    changed_by: str
    author_may: bool = Field(description="Whether who made this version is an admin of all agents still.")
    breaker: BreakerView
    next_at: datetime | None = Field(description="When a schedule triggers it next.")
    runs: RunCounts
    last_run: LastRunView | None


class RunbookList(BaseModel):
    """All runbooks, by name."""

    items: list[RunbookItem]


class VersionView(BaseModel):
    """What a runbook was from `changed_at` on."""

    version: int
    enabled: bool
    definition: dict[str, Any]
    yaml: str
    sha256: str
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, one: RunbookVersion) -> "VersionView":
        """Return a version as it is shown."""
        return cls(
            version=one.version, enabled=one.enabled, definition=one.definition, yaml=written(one.definition),
            sha256=one.sha256.hex(), changed_at=one.changed_at, changed_by=one.changed_by,
        )  # fmt: skip


class RunbookDetail(RunbookItem):
    """A runbook with what may not be meant so, and its newest 50 versions."""

    yaml: str
    labels: list[str]
    upcoming: list[datetime]
    warnings: list[WarningView]
    versions: list[VersionView]


def item(one: StoredRunbook, stats: RunStats, *, author_may: bool) -> RunbookItem:
    """Return a runbook as it is listed."""
    last = stats.last
    return RunbookItem(
        id=one.id,
        name=one.name,
        version=one.version,
        enabled=one.enabled,
        mode=Mode(one.definition["mode"]),
        definition=one.definition,
        sha256=one.sha256.hex(),
        created_at=one.created_at,
        changed_at=one.changed_at,
        changed_by=one.changed_by,
        author_may=author_may,
        breaker=BreakerView(open=one.opened_at is not None, why=one.opened_why, at=one.opened_at),
        next_at=one.next_at,
        runs=RunCounts(open=stats.open, outcomes=stats.outcomes, verdicts=stats.verdicts),
        last_run=None if last is None else LastRunView(
            id=last.id, agent=last.agent_id, state=last.state, outcome=last.outcome, verdict=last.verdict,
            created_at=last.created_at, ended_at=last.ended_at,
        ),
    )  # fmt: skip


def written(definition: dict[str, Any]) -> str:
    """Return a stored definition as YAML."""
    return runbook_yaml.write(runbook_json.from_json(definition))


def _told(error: RunbookError) -> str:
    where = error.path or "the runbook"
    place = "" if error.place is None else f" (line {error.place[0]}, column {error.place[1]})"
    return f"{where}{place}: {error.detail}"
