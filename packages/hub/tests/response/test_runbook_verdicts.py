"""Runs of runbooks on a real hub: a verdict is what the test did to the machine, whatever the steps say."""

import httpx
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.kit.operators import Status
from packages.hub.tests.kit.patient import ALIVE, ERRORS, Patient, cures, ended, made, patient, run


async def test_a_restart_that_helps_is_fixed_by_samples_of_after_it(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client)
    async with patient(hub, enrolled, cures) as machine:
        told = await ended(client, await run(client, runbook, machine.id))
        assert (told["outcome"], told["verdict"], told["baseline"]) == ("done", "fixed", "fails"), told
        assert machine.done == ["service.restart"]
        [expect] = [one for one in told["checks"] if one["name"] == "expect"]
        [series] = expect["evidence"]["series"]
        assert (series["value"], series["holds"]) == (1.0, True)
        assert series["at"] > told["steps"][0]["ended_at"].replace("Z", "+00:00")
        assert told["steps"][0]["state"] == "succeeded"


async def test_a_restart_that_does_not_help_is_not_fixed(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client)
    async with patient(hub, enrolled, lambda _one, _command: Status.STATUS_SUCCEEDED) as machine:
        told = await ended(client, await run(client, runbook, machine.id))
        assert (told["outcome"], told["verdict"]) == ("done", "not_fixed")


async def test_what_makes_it_worse_is_undone_and_told(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    def harms(one: Patient, command: pb.Command) -> Status:
        one.values[ERRORS] = 9.0 if command.action == "service.restart" else 0.0
        return Status.STATUS_SUCCEEDED

    undo = [{"action": "service.start", "params": {"unit": "nginx"}}]
    runbook = await made(client, worse=f"{ERRORS} > 5", undo=undo)
    async with patient(hub, enrolled, harms) as machine:
        told = await ended(client, await run(client, runbook, machine.id))
        assert (told["outcome"], told["verdict"]) == ("done", "worse")
        assert machine.done == ["service.restart", "service.start"]


async def test_a_machine_that_goes_after_the_step_leaves_the_unknown(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    def dies(one: Patient, command: pb.Command) -> Status:
        one.values.clear()
        return Status.STATUS_SUCCEEDED

    runbook = await made(client)
    async with patient(hub, enrolled, dies) as machine:
        told = await ended(client, await run(client, runbook, machine.id))
        assert (told["outcome"], told["verdict"]) == ("done", "unknown")


async def test_what_holds_already_is_left_alone_unless_a_person_wants_it(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client)

    def breaks(one: Patient, command: pb.Command) -> Status:
        one.values[ALIVE] = 0.0
        return Status.STATUS_SUCCEEDED

    async with patient(hub, enrolled, breaks) as machine:
        machine.values[ALIVE] = 1.0
        told = await ended(client, await run(client, runbook, machine.id))
        assert (told["outcome"], told["verdict"], machine.done) == ("skipped", None, [])
        assert told["note"] == "What is expected holds already."
        told = await ended(client, await run(client, runbook, machine.id, force=True))
        assert (told["outcome"], told["verdict"]) == ("done", "worse")
