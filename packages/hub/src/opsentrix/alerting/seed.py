"""The default rules, put into a new hub."""

from datetime import datetime

from opsentrix.alerting.defaults import default_rules
from opsentrix.alerting.hub_defaults import hub_rules
from opsentrix.db import Database
from opsentrix.model import rule_json
from opsentrix.model.rules import AbsentAgent, AlertRule
from opsentrix.model.stored_alerts import NewGroup, NewRule
from opsentrix.storage import alert_rules, rule_groups

GROUP = NewGroup("Defaults", description="The rules that a new hub has.")


async def ensure_rules(database: Database, now: datetime) -> None:
    """Add the default rules, those about the hub too, where they never were; whoever deletes one is rid of it."""
    async with database.transaction() as connection:
        if await alert_rules.begin_defaults(connection, now):
            group = await rule_groups.add(connection, GROUP, "hub", now)
            for rule in default_rules():
                await alert_rules.add(connection, new_rule(rule, group_id=group.id), "hub", now)
        if await alert_rules.begin_hub_defaults(connection, now):
            for rule in hub_rules():
                await alert_rules.add(connection, new_rule(rule), "hub", now)


def new_rule(rule: AlertRule, group_by: tuple[str, ...] = (), group_id: int | None = None) -> NewRule:
    """Return a rule as it is to be stored."""
    texts = {"summary": rule.summary, "advice": rule.advice}
    return NewRule(
        rule.name, rule.severity, rule_json.to_json(rule.rule), rule.enabled, dict(rule.labels),
        {key: text for key, text in texts.items() if text}, group_by,
        loss=isinstance(rule.rule.condition, AbsentAgent), group_id=group_id,
    )  # fmt: skip
