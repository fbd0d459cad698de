"""`opsentrix run`, the program, against a real hub."""

import asyncio
import json

import httpx
import pytest
from opsentrix.commands.remote import Remote, Text
from opsentrix.commands.terminal import printable

from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.kit.operators import Status, machine
from packages.hub.tests.kit.program import Ran


async def test_it_shows_asks_runs_and_tells(hub: RunningHub, enrolled: Enrolled) -> None:
    async with machine(hub, enrolled) as web:
        ran = await Ran.with_words(hub, "run", "service.restart", "unit=nginx", "--on", "web-1", "--reason", "hangs")
        ending = asyncio.create_task(ran.ended("y\n"))
        command = await web.command()
        await web.writes(command, 1, b"restarted\n")
        await web.ends(command, exit_code=0, duration_ms=100)
        code, output, errors = await ending
        assert (code, output) == (0, "restarted\n"), errors
        assert "web-1 (1)" in errors
        assert "It disrupts." in errors
        assert "web-1: succeeded after 0.1 s" in errors


async def test_who_follows_knows_on_how_many_machines_before_the_first_text(
    hub: RunningHub, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        words = ("run", "service.restart", "unit=nginx", "--on", "web-1", "--yes")
        ending = asyncio.create_task((await Ran.with_words(hub, *words)).ended())
        command = await web.command()
        await web.writes(command, 1, b"restarted\n")
        await web.ends(command, exit_code=0)
        await ending
    [[given]] = await hub.fetch("SELECT id FROM commands")
    token = await hub.api_token(await hub.session(), role="admin", permissions=["respond:write", "agents:read"])
    came: list[Text | dict[str, int]] = []

    def follow() -> None:
        with Remote(hub.url, token) as remote:
            came.extend(remote.follow(given, lambda shown: came.append(shown["runs"])))

    await asyncio.to_thread(follow)
    assert came == [{"succeeded": 1}, Text(1, "web-1", b"restarted\n")]


async def test_what_fails_is_told_by_the_exit_code_and_json(hub: RunningHub, enrolled: Enrolled) -> None:
    async with machine(hub, enrolled) as web:
        words = ["run", "service.restart", "unit=nginx", "--on", "type=server", "--yes", "--json"]
        ending = asyncio.create_task((await Ran.with_words(hub, *words)).ended())
        command = await web.command()
        await web.writes(command, 1, b"no such unit")
        await web.ends(command, Status.STATUS_FAILED, exit_code=5)
        code, output, _ = await ending
        assert code == 1
        [run] = json.loads(output)["items"]
        assert (run["state"], run["exit_code"], run["output"]) == ("failed", 5, "no such unit")


@pytest.mark.parametrize(
    ("words", "says", "told"),
    [
        (("--on", "web-1"), "n\n", "Nothing was done."),
        (("--on", "web-1"), "", "Nothing was done."),
        (("--on", "nobody", "--yes"), "", "No machines are called 'nobody'"),
        (("--on", "web-1,tag=a", "--yes"), "", "--on takes names"),
        (("--on", "tag=none", "--yes"), "", "matches no agent"),
        (("--on", "web-1", "--yes", "apache"), "", "write key=value"),
        (("--on", "web-1", "--yes", "unit=nginx-a"), "", "does not list the unit nginx-a"),
    ],
)
async def test_what_is_not_given_says_why(
    words: tuple[str, ...], says: str, told: str, hub: RunningHub, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled):
        given = (
            "run",
            "service.restart",
            *(() if words[-1] in ("apache", "unit=nginx-a") else ("unit=nginx",)),
            *words,
        )
        code, output, errors = await (await Ran.with_words(hub, *given)).ended(says)
    assert (code, output) == (2, ""), errors
    assert told in errors
    assert not await hub.fetch("SELECT FROM commands")


async def test_a_token_for_something_else_is_refused(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    words = ("run", "service.restart", "unit=nginx", "--on", "1", "--yes")
    async with machine(hub, enrolled):
        code, _, errors = await (await Ran.with_words(hub, *words, permissions=["read"])).ended()
    assert (code, "lacks the permission respond:write" in errors) == (2, True)


def test_what_machines_write_cannot_change_a_terminal() -> None:
    assert printable("a\x1b]0;x\x07\tb\x9b2J\u202e") == "a\\x1b]0;x\\x07\tb\\x9b2J\\u202e"
