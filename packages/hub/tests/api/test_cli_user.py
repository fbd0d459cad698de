"""`opsentrix user`, on a real database."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from opsentrix.cli import cli
from opsentrix.commands import local
from opsentrix.errors import StartupError
from typer.testing import CliRunner, Result

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def run(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command as people do, in a thread: it has a loop of its own."""
    monkeypatch.setattr(local, "database_url", lambda _: dsn)
    monkeypatch.setenv("OPSENTRIX_LOG_LEVEL", "error")

    async def run(*arguments: str, text: str = "") -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli, ["user", *arguments], input=text)

    return run


async def test_a_person_comes_and_goes(run: Run) -> None:
    link = (await run("add", "ann", "--role", "operator")).output.strip()
    assert link.startswith("http://127.0.0.1:8000/dashboard/welcome#")
    assert "operator" in (await run("list")).output
    assert "invited" in (await run("list")).output
    assert (await run("reset-password", "Ann", text="battery-staple\n")).output == "The password of Ann is set.\n"
    assert "invited" not in (await run("list")).output
    assert (await run("reset-password", "ann", "--link")).output.startswith("http://127.0.0.1:8000/dashboard/welcome#")
    assert (await run("disable", "ann")).exit_code == 0
    assert "disabled" in (await run("list")).output
    assert (await run("enable", "ann")).exit_code == 0
    assert "disabled" not in (await run("list")).output


@pytest.mark.parametrize(
    ("arguments", "text", "why"),
    [
        (("add", "ad min"), "", "letters, digits"),
        (("add", "Admin"), "", "already"),
        (("disable", "admin"), "", "last admin"),
        (("disable", "nobody"), "", "no user nobody"),
        (("remove-totp", "admin"), "", "is off"),
        (("reset-password", "nobody"), "battery-staple", "no user nobody"),
        (("reset-password", "admin"), "password", "guessed first"),
        (("reset-password", "nobody", "--link"), "", "no user nobody"),
    ],
)
async def test_what_is_refused_is_said_in_one_sentence(
    run: Run, arguments: tuple[str, ...], text: str, why: str
) -> None:
    failed = await run(*arguments, text=text)
    assert isinstance(failed.exception, StartupError)
    assert why in str(failed.exception)
