"""Commands in the live feed: states and output as they come, for those who may see them."""

import httpx
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured
from packages.hub.tests.kit.operators import give, machine, restart

LAB = Scope(environments=frozenset(("lab",)))


async def test_states_and_output_come_as_they_happen(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web, hub.browser(await hub.session(Role.VIEWER)) as browser:
        number = await give(client, restart(web.id, approval=True))
        assert await browser.ask("watch_command", {"command": number}) == {"ok": True}
        async with hub.client(await hub.session(Role.OPERATOR)) as other:
            await other.post(f"/api/v1/commands/{number}/approve", json={})
        command = await web.command()
        assert (await browser.event("command")).data == {"id": number, "state": "running", "note": ""}
        assert (await browser.event("command_runs")).data["runs"][0]["state"] == "sent"
        await web.writes(command, 1)
        assert (await browser.event("command_runs")).data["runs"][0]["state"] == "running"
        await web.writes(command, 2, b"\xc3", stream=2)
        piece = (await browser.event("command_output")).data
        assert piece == {"command": number, "agent": web.id, "seq": 2, "stream": "stderr", "data": b"\xc3"}
        await web.ends(command, exit_code=0)
        assert (await browser.event("command_runs")).data["runs"][0]["exit_code"] == 0
        assert (await browser.event("command")).data["state"] == "finished"


async def test_who_does_not_see_a_machine_hears_nothing_of_it(hub: RunningHub, client: httpx.AsyncClient) -> None:
    inside, outside = await hub.enroll("in", environment="lab"), await hub.enroll("out")
    async with (
        machine(hub, inside) as one,
        machine(hub, outside) as two,
        hub.browser(await hub.session(Role.OPERATOR, scope=LAB)) as browser,
    ):
        both = await give(client, restart(inside.id, outside.id))
        theirs = await give(client, restart(outside.id, approval=True))
        assert (await browser.ask("watch_command", {"command": theirs}))["ok"] is False
        assert (await browser.ask("watch_command", {"command": both}))["ok"] is True
        command = await two.command()
        await two.writes(command, 1, b"theirs")
        await two.ends(command)
        command = await one.command()
        await one.writes(command, 1, b"mine")
        assert (await browser.event("command_output")).data["data"] == b"mine"
        events = await browser.all_within(0.3)
        assert all(run["agent"] == inside.id for each in events for run in each.data.get("runs", ()))


async def test_who_watches_no_command_is_told_that_there_is_news(hub: RunningHub, client: httpx.AsyncClient) -> None:
    inside, outside = await hub.enroll("in", environment="lab"), await hub.enroll("out")
    viewer, theirs = await hub.session(Role.VIEWER), await hub.session(Role.OPERATOR, scope=LAB)
    program = await hub.api_token(await hub.session(Role.OPERATOR), permissions=["agents:read", "metrics:read"])
    async with (
        machine(hub, inside) as one,
        machine(hub, outside) as two,
        hub.browser(viewer) as everything,
        hub.browser(theirs) as lab,
        hub.browser("", Authorization=f"Bearer {program}") as without_right,
    ):
        await give(client, restart(two.id, approval=True))
        assert (await everything.event("responses")).data == {}
        number = await give(client, restart(one.id, two.id, approval=True))
        for browser in (everything, lab):
            assert (await browser.event("responses")).data == {}
        async with hub.client(await hub.session(Role.OPERATOR)) as other:
            await other.post(f"/api/v1/commands/{number}/approve", json={})
        await everything.event("responses")
        await one.ends(await one.command())
        await lab.event("responses")
        assert "responses" not in [event.name for event in await without_right.all_within(1.5)]


async def test_nonsense_and_too_many_are_refused(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled), hub.browser(await hub.session()) as browser:
        for data in (None, {}, {"command": 0}, {"command": True}, {"command": 2**63}, {"command": "1"}, [1]):
            assert (await browser.ask("watch_command", data))["ok"] is False
            assert (await browser.ask("unwatch_command", data))["ok"] is True
        numbers = [await give(client, restart(enrolled.id, approval=True)) for _ in range(21)]
        answers = [(await browser.ask("watch_command", {"command": one}))["ok"] for one in numbers]
        assert answers == [True] * 20 + [False]
        await browser.ask("unwatch_command", {"command": numbers[0]})
        assert (await browser.ask("watch_command", {"command": numbers[20]}))["ok"] is True


async def test_a_slow_browser_loses_pieces_and_is_told(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web, hub.browser(await hub.session()) as browser:
        browser.confirms = False
        number = await give(client, restart(web.id))
        command = await web.command()
        await browser.ask("watch_command", {"command": number})
        before = measured("opsentrix_live_dropped_batches_total")
        for seq in range(1, 41):
            await web.writes(command, seq, b"x")
        assert measured("opsentrix_live_dropped_batches_total") > before
        kept = (await client.get(f"/api/v1/commands/{number}/runs/{web.id}/output")).text
        assert kept == "x" * 40
