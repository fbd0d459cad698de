"""Commands with real agents: from the API to a process and back, through kills, and never beyond what owners allow."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment
from e2e.machine import SCRIPT, WITHIN_S, Machine
from e2e.processes import wait_until
from e2e.relay import Relay, Way


@pytest.fixture
def machine(deployment: Deployment) -> Iterator[Machine]:
    made = Machine(deployment, "web-1")
    made.start()
    yield made
    made.go.touch()


def test_a_script_runs_and_its_words_and_its_end_are_told(deployment: Deployment, machine: Machine) -> None:
    [action] = machine.actions()["items"]
    assert (action["name"], action["effect"], action["signers"]) == ("script", "disrupts", ["hub", "operator"])
    assert [one["name"] for one in action["scripts"]["job"]["parameters"]] == ["word"]
    command = machine.give()
    machine.wait_state(command, "running")
    wait_until(lambda: "begun" in machine.output(command), "its first words", WITHIN_S)
    machine.go.touch()
    run = machine.wait_state(command, "failed")
    assert (run["exit_code"], run["error"], machine.begun()) == (3, "", 1)
    assert machine.output(command) == "begun --word=hi\ndone\n"


def test_a_hub_that_is_killed_in_the_middle_learns_the_end(deployment: Deployment, machine: Machine) -> None:
    command = machine.give()
    machine.wait_begun()
    deployment.hub.kill()
    machine.go.touch()
    deployment.hub.start()
    deployment.wait_healthy()
    run = machine.wait_state(command, "failed")
    assert (run["exit_code"], machine.begun()) == (3, 1)
    assert machine.output(command) == "begun --word=hi\ndone\n"


def test_an_agent_that_is_killed_in_the_middle_says_unknown_and_begins_nothing_again(
    deployment: Deployment, machine: Machine
) -> None:
    command = machine.give()
    machine.wait_state(command, "running")
    machine.wait_begun()
    machine.agent.process.kill()
    machine.agent.start()
    machine.go.touch()  # the executor outlives its agent for a while, and its result is told
    run = machine.wait_state(command, "failed", "unknown")
    assert machine.begun() == 1, run


def test_a_cancel_ends_the_process(deployment: Deployment, machine: Machine) -> None:
    command = machine.give()
    machine.wait_state(command, "running")
    deployment.post(f"/api/v1/commands/{command}/cancel")
    machine.wait_state(command, "cancelled")


def test_a_link_that_is_cut_in_the_middle_leaves_the_unknown_until_it_is_back(make_deployment: MakeDeployment) -> None:
    deployment = make_deployment()
    deployment.hub = deployment.program("e2e.eager_hub", name="eager-hub")
    deployment.start()
    relay = Relay(deployment.port)
    try:
        cut, other = Machine(deployment, "cut", relay.url), Machine(deployment, "other")
        cut.start()
        other.start()
        command = cut.give()
        cut.wait_state(command, "running")
        relay.stall(*Way)
        relay.cut()
        run = cut.wait_state(command, "unknown")
        assert run["error"] == "The agent was lost before it told how it ended."
        cut.go.touch()
        beside = other.give()
        other.go.touch()
        other.wait_state(beside, "failed")
        assert cut.run(command)["state"] == "unknown"
        relay.resume()
        relay.cut()
        run = cut.wait_state(command, "failed")
        assert (run["exit_code"], cut.begun()) == (3, 1)
        assert cut.output(command) == "begun --word=hi\ndone\n"
    finally:
        relay.close()


def stolen(deployment: Deployment, agent: int, key: str, action: str, params: dict[str, object]) -> int:
    """Write a command as a thief of the database does, past every check of the hub, and return its number."""
    until = datetime.now(UTC) + timedelta(hours=1)
    deployment.execute(
        deployment.database_url(),
        f"""
        WITH made AS (
            INSERT INTO commands (action, params, effect, reason, requested_by, requester_id, created_at, expires_at,
                timeout_s, batch_size, pause_s, stop_after, turns, runs, state)
            VALUES ('{action}', '{json.dumps(params)}', 'reads', '', 'admin', 1, now(), '{until}', 0, 1, 0, 0, 1, 1,
                'running') RETURNING id
        )
        INSERT INTO command_runs (command_id, agent_id, key, turn) SELECT id, {agent}, '{key}', 0 FROM made
        """,  # noqa: S608 - a thief does as they like
    )
    return int(deployment.get("/api/v1/commands")["items"][0]["id"])


def test_who_owns_the_hubs_database_runs_nothing_that_the_owner_did_not_allow(
    deployment: Deployment, machine: Machine, tmp_path: Path
) -> None:
    mark = tmp_path / "owned"
    wanted: list[tuple[str, dict[str, object]]] = [
        ("shell", {"command": f"touch {mark}"}), ("host.reboot", {}), ("service.stop", {"unit": "ssh"}),
        ("script", {"name": "other"}), ("script", {"name": "../job"}), ("log.tail", {"file": "/etc/shadow"}),
        ("script", {"name": "job", "word": "A;B"}), ("script", {"name": "job", "words": "a"}),
    ]  # fmt: skip
    for number, (action, params) in enumerate(wanted):
        run = machine.wait_state(stolen(deployment, machine.id, f"stolen-{number}", action, params), "refused")
        assert run["error"], run
    assert machine.begun() == 0
    assert not mark.exists()
    allowed = stolen(deployment, machine.id, "stolen-job", "script", {"name": "job"})
    machine.wait_state(allowed, "running")  # what the owner allows a hub, it can: else this would prove nothing


def test_who_owns_the_hub_runs_nothing_at_all_where_operators_keys_are_demanded(deployment: Deployment) -> None:
    strict = Machine(deployment, "strict", hub=False, operators=[{"name": "ana", "key": "A" * 43 + "="}])
    strict.start()
    run = strict.wait_state(stolen(deployment, strict.id, "stolen", "script", {"name": SCRIPT}), "refused")
    assert run["error"] == "The policy demands the signature of an operator's key."
    assert strict.begun() == 0
