"""Ready runbooks: each is one, and can be followed by agents."""

import json

import httpx
import pytest
from opsentrix.alerting.defaults import default_rules
from opsentrix.model import policies, runbook_yaml
from opsentrix.model.runbooks import AlertTrigger, Mode
from opsentrix.response.runbook_examples import Example, examples
from opsentrix_agent.actions.catalogue import CATALOGUE
from opsentrix_agent.actions.parameters import checked

BY_KEY = {one.key: one for one in examples()}
OWN_RULES = {"Container unhealthy"}


@pytest.mark.parametrize("example", BY_KEY.values(), ids=BY_KEY.keys())
def test_an_example_says_the_same_after_it_was_read_and_written(example: Example) -> None:
    assert runbook_yaml.parse(runbook_yaml.write(example.runbook)) == example.runbook


@pytest.mark.parametrize("example", BY_KEY.values(), ids=BY_KEY.keys())
def test_agents_know_the_actions_of_an_example_and_its_parameters(example: Example) -> None:
    for step in (*example.runbook.steps, *example.runbook.undo):
        action = CATALOGUE[step.action]
        given = step.filled(dict.fromkeys(example.runbook.labels, "web-1"))
        known = {one.name for one in action.parameters}
        checked(action.parameters, {name: value for name, value in given.items() if name in known or not action.open})
        if example.runbook.mode is Mode.AUTOMATIC:
            assert action.effect == "reads"
            assert step.action in policies.READING


@pytest.mark.parametrize("example", BY_KEY.values(), ids=BY_KEY.keys())
def test_the_rules_that_trigger_an_example_are_there_or_are_told(example: Example) -> None:
    known = {one.name for one in default_rules()}
    for trigger in example.runbook.triggers:
        assert isinstance(trigger, AlertTrigger)
        assert trigger.rule in known | {one for one in OWN_RULES if one in example.yaml.partition("\n")[0]}


async def test_examples_are_listed_with_what_they_need(client: httpx.AsyncClient) -> None:
    listed = {one["key"]: one for one in (await client.get("/api/v1/runbooks/examples")).json()["items"]}
    assert listed.keys() == BY_KEY.keys()
    assert len(listed) >= 5
    clear = listed["clear-full-directory"]
    assert (clear["actions"], clear["scripts"], clear["labels"]) == (["script"], ["clear-old-files"], ["mountpoint"])
    assert clear["metrics"] == ["system.filesystem.utilization"]
    assert "# Needs the owner's script" in clear["yaml"]
    for one in listed.values():
        made = await client.post("/api/v1/runbooks", json={"yaml": one["yaml"], "enabled": False})
        assert made.status_code == 201, made.text
        assert made.json()["definition"] == json.loads(json.dumps(one["definition"]))
