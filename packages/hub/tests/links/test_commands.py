"""Commands travel over every link alike."""

from packages.hub.tests.kit.hub import Enrolled, until
from packages.hub.tests.kit.links import Way
from packages.hub.tests.kit.operators import COMMANDS, Machine, give, policy_state, restart, until_states


async def test_a_command_goes_there_and_its_end_comes_back(way: Way, enrolled: Enrolled) -> None:
    hub = way.hub

    async def known() -> bool:
        return bool(await hub.fetch("SELECT FROM agent_policies"))

    async with hub.client(await hub.session()) as client:
        async with way.greeted(enrolled, capabilities=["actions"]) as agent:
            await agent.send(policy_state=policy_state())
            await until(known)
            machine = Machine(agent, enrolled)
            number = await give(client, restart(machine.id))
            command = await machine.command()
            assert (await machine.writes(command, 1, b"over any link")).output_seq == 1
            assert (await client.post(f"{COMMANDS}/{number}/cancel")).status_code == 204
            assert await machine.cancelled() == command.id
            assert (await machine.ends(command, exit_code=0)).result
            await until_states(client, number, "succeeded")
        text = (await client.get(f"{COMMANDS}/{number}/runs/{enrolled.id}/output")).text
    assert text == "over any link"
