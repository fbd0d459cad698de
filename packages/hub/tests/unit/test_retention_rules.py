"""How long an agent's history is kept, by defaults and rules."""

from opsentrix.model.retention import RetentionRule, days_of, kept, longest
from opsentrix.model.tiers import HOUR, MINUTE, SECOND

DEFAULTS = days_of(30, 365, 1825)
PRODUCTION = RetentionRule(1, "production", None, {SECOND: 90})
LAB = RetentionRule(2, None, "lab", {SECOND: 3, MINUTE: 30})
EU = RetentionRule(3, None, "eu", {SECOND: 10, HOUR: 3650})
RULES = [PRODUCTION, LAB, EU]


def test_without_a_rule_the_defaults_hold() -> None:
    assert kept(DEFAULTS, RULES, "staging", ["web"]) == DEFAULTS
    assert kept(DEFAULTS, [], "production", ["lab"]) == DEFAULTS


def test_a_rule_may_keep_longer_or_shorter_and_says_nothing_of_other_tiers() -> None:
    assert kept(DEFAULTS, RULES, "production", []) == {SECOND: 90, MINUTE: 365, HOUR: 1825}
    assert kept(DEFAULTS, RULES, "", ["lab"]) == {SECOND: 3, MINUTE: 30, HOUR: 1825}


def test_of_several_rules_the_longest_wins_in_each_tier() -> None:
    assert kept(DEFAULTS, RULES, "", ["lab", "eu"]) == {SECOND: 10, MINUTE: 30, HOUR: 3650}
    assert kept(DEFAULTS, RULES, "production", ["lab", "eu"]) == {SECOND: 90, MINUTE: 30, HOUR: 3650}


def test_agents_without_an_environment_are_in_none() -> None:
    assert not PRODUCTION.applies("", [])
    assert not LAB.applies("lab", [])


def test_the_longest_of_all() -> None:
    assert longest(DEFAULTS, RULES) == {SECOND: 90, MINUTE: 365, HOUR: 3650}
    assert longest(DEFAULTS, []) == DEFAULTS
