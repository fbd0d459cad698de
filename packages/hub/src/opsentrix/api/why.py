"""Why somebody was, or was not, told of an alert."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query
from opsentrix_protocol.catalogue import Labels
from pydantic import BaseModel, Field

from opsentrix.alerting.evidence import Evidence
from opsentrix.alerting.why import chain, furthest
from opsentrix.api.auth import Viewer, visible
from opsentrix.api.fields import Text, UnixSeconds, label_pairs
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services
from opsentrix.api.why_evidence import Question, gather, reading
from opsentrix.errors import FieldError, InvalidError, NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.rule_format import write
from opsentrix.model.why import Answer, Chain, Stage, Verdict
from opsentrix.storage import alerts, incidents

MAX_RULES = 20
_AHEAD_S = 60.0
_EVENTS = 1
_Id = Annotated[int, Field(ge=1, lt=2**63)]
router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])


class WhyQuery(BaseModel):
    """What is asked about: a rule on an agent, a metric of an agent, an alert, or an incident; and a moment."""

    agent_id: _Id | None = None
    rule_id: Annotated[_Id | None, Field(description="On an agent; alone for a rule that counts agents.")] = None
    metric: Annotated[Text, Field(description="Of an agent: what each rule says that reads it, 20 at the most.")] = ""
    labels: Annotated[
        str, Field(max_length=2048, description="Pairs of the series: `k=v,k2=v2`; without them what fired is meant.")
    ] = ""
    fingerprint: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$", description="Of an alert.")] = ""
    incident_id: Annotated[_Id | None, Field(description="Its first alert, unless an agent or rule is named, too.")] = (
        None
    )
    at: Annotated[
        UnixSeconds | None,
        Field(description="Now when it is left out; of an alert or incident, when it fired."),
    ] = None


class WhyDetailView(BaseModel):
    """A row that proves what a stage says; `link` is a page of the dashboard."""

    at: datetime | None
    text: str
    link: str | None


class WhyStageView(BaseModel):
    """What one stage made of it, in plain words."""

    stage: Stage
    verdict: Verdict
    text: str
    at: datetime | None
    details: list[WhyDetailView]


class WhyAgent(BaseModel):
    """The agent that is asked about."""

    id: int
    name: str


class WhyRule(BaseModel):
    """The rule that is asked about; `expression` is empty for who does not see all agents, or once it was deleted."""

    id: int
    name: str
    version: int | None
    expression: str


class WhyRuleSays(BaseModel):
    """What one of several rules says: how far it came, and the whole in a sentence."""

    rule: WhyRule
    labels: dict[str, str]
    stage: Stage = Field(description="The last stage that it reached.")
    stage_verdict: Verdict
    paged: bool | None
    verdict: str


class WhyView(BaseModel):
    """From samples to a receipt: all seven stages in order, or, where a metric was asked about, what each rule says."""

    agent: WhyAgent | None
    rule: WhyRule | None
    metric: str
    labels: dict[str, str]
    at: datetime
    fingerprint: str
    incident: int | None = Field(description="The incident that it is, or was, in.")
    paged: bool | None = Field(description="Whether a provider took a message; null while that is open or not known.")
    verdict: str
    stages: list[WhyStageView]
    rules: list[WhyRuleSays]


class _Target(NamedTuple):
    """What a request is about, in the words of the alerts."""

    agent_id: int | None
    rule_ids: list[int]
    labels: Labels
    fired_at: datetime | None


@router.get("/why", responses=responses(401, 403, 404, 422))
async def why(query: Annotated[WhyQuery, Query()], services: Hub, user: Viewer) -> WhyView:
    """Say why people were, or were not, told: from samples to a provider's answer, with what proves it."""
    now = services.now()
    if query.at is not None and query.at > now.timestamp() + _AHEAD_S:
        raise InvalidError("Not valid: at.", FieldError("at", "lies ahead"))
    target = await _target(query, services, user)
    at = target.fired_at or now
    if query.at is not None:
        at = min(datetime.fromtimestamp(query.at, UTC), now)
    found = await gather(services, user, Question(at, now, target.agent_id, target.rule_ids, target.labels))
    if query.metric:
        return _about_metric(query, services, user, at, found)
    if not found:
        raise NotFoundError(f"There is no alert rule {target.rule_ids[0]}.")
    return _view(found[0], chain(found[0]), at)


async def _target(query: WhyQuery, services: Services, who: Principal) -> _Target:
    """Find out what is asked about.

    Raises:
        InvalidError: it says too little, or too much.
        NotFoundError: there is no such alert or incident within reach.
    """
    if sum(map(bool, (query.fingerprint, query.incident_id, query.metric))) > 1:
        raise InvalidError("Not valid: one of fingerprint, incident_id and metric is enough.")
    if query.fingerprint:
        return await _of_alert(services, who, bytes.fromhex(query.fingerprint))
    if query.incident_id is not None:
        return await _of_incident(services, who, query.incident_id, query)
    if query.metric and query.agent_id is not None and query.rule_id is None:
        visible(services, who, query.agent_id)
        async with services.database.connection() as connection:
            return _Target(
                query.agent_id, await reading(connection, query.metric, MAX_RULES), label_pairs(query.labels), None
            )
    if query.rule_id is None or query.metric:
        raise InvalidError("Not valid: needed are rule_id, agent_id and metric, fingerprint, or incident_id.")
    return _Target(query.agent_id, [query.rule_id], label_pairs(query.labels), None)


async def _of_alert(services: Services, who: Principal, fingerprint: bytes) -> _Target:
    async with services.database.connection() as connection:
        found = await alerts.target(connection, fingerprint)
        newest = await alerts.history(connection, fingerprint, _EVENTS)
    if found is None or not _within(services, who, found[1]):
        raise NotFoundError("There is no such alert.")
    rule_id, agent_id, labels = found
    fired_at = newest[0].recorded_at if newest else None
    return _Target(agent_id, [rule_id], tuple(sorted(labels.items())), fired_at)


async def _of_incident(services: Services, who: Principal, incident_id: int, query: WhyQuery) -> _Target:
    async with services.database.connection() as connection:
        found = (await incidents.members(connection, [incident_id]))[incident_id].values()
        wanted = [
            one for one in found
            if _within(services, who, one.agent_id) and query.agent_id in (None, one.agent_id)
            and query.rule_id in (None, one.rule_id)
        ]  # fmt: skip
        if not wanted:
            raise NotFoundError(f"There is no incident {incident_id}.")
        one = wanted[0]
        # What is kept of an alert has its rule's labels, too.
        target = await alerts.target(connection, one.fingerprint)
    labels = {} if target is None else target[2]
    return _Target(one.agent_id, [one.rule_id], tuple(sorted(labels.items())), one.fired_at)


def _within(services: Services, who: Principal, agent_id: int | None) -> bool:
    only = services.visibility.only(who.scopes)
    return only is None or agent_id in only


def _about_metric(
    query: WhyQuery, services: Services, who: Principal, at: datetime, found: list[Evidence]
) -> WhyView:  # fmt: skip
    """Return what each rule says, and all of the one that came furthest."""
    said = [(one, chain(one)) for one in found]
    said.sort(key=lambda pair: -list(Stage).index(furthest(pair[1]).stage))
    if said:
        view = _view(*said[0], at)
    else:
        text = f"No rule reads {query.metric}."
        rest = [Answer(one, Verdict.NOTHING, "It did not come so far.") for one in Stage if one is not Stage.RULE]
        stages = sorted(
            [*rest, Answer(Stage.RULE, Verdict.STOPPED, text)], key=lambda one: list(Stage).index(one.stage)
        )
        agent = None if query.agent_id is None else visible(services, who, query.agent_id).agent
        view = WhyView(
            agent=None if agent is None else WhyAgent(id=agent.id, name=agent.name), rule=None, metric=query.metric,
            labels=dict(label_pairs(query.labels)), at=at, fingerprint="", incident=None, paged=False,
            verdict=f"Not paged. {text}", stages=[_stage(one) for one in stages], rules=[],
        )  # fmt: skip
    rules = [
        WhyRuleSays(
            rule=_rule(one), labels=dict(one.labels), stage=furthest(each).stage,
            stage_verdict=furthest(each).verdict, paged=each.paged, verdict=each.verdict,
        )
        for one, each in said
    ]  # fmt: skip
    return view.model_copy(update={"metric": query.metric, "rules": rules})


def _view(one: Evidence, said: Chain, at: datetime) -> WhyView:
    agent = None if one.agent is None else WhyAgent(id=one.agent.id, name=one.agent.name)
    return WhyView(
        agent=agent, rule=_rule(one), metric="", labels=dict(one.labels), at=at, fingerprint=one.fingerprint.hex(),
        incident=None if one.incident is None else one.incident.id, paged=said.paged, verdict=said.verdict,
        stages=[_stage(each) for each in said.stages], rules=[],
    )  # fmt: skip


def _rule(one: Evidence) -> WhyRule:
    then = one.rule
    everywhere = one.only is None and then.rule is not None
    return WhyRule(
        id=then.id, name=then.name, version=None if then.rule is None else then.rule.version,
        expression=write(then.rule.rule) if everywhere and then.rule is not None else "",
    )  # fmt: skip


def _stage(one: Answer) -> WhyStageView:
    details = [WhyDetailView(at=each.at, text=each.text, link=each.link) for each in one.details]
    return WhyStageView(stage=one.stage, verdict=one.verdict, text=one.text, at=one.at, details=details)
