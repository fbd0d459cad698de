"""The agent and its installer: what a machine gets that is to be watched, and what a hostile Host header cannot do."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from opsentrix.settings import Settings

from packages.hub.tests.kit.hub import RunningHub

REPOSITORY = Path(__file__).parents[4]
ARTEFACT = b"not really a zip"
SHA256 = hashlib.sha256(ARTEFACT).hexdigest()


@pytest.fixture
def built(hub: RunningHub, tmp_path: Path) -> Path:
    folder = tmp_path / "install"
    folder.mkdir()
    (folder / "opsentrix-agent.pyz").write_bytes(ARTEFACT)
    shutil.copy(REPOSITORY / "deploy/install/agent-installer.sh", folder)
    configure(hub, install_dir=folder)
    return folder


def configure(hub: RunningHub, **settings: object) -> None:
    """Give the routes other settings; those of a running hub are frozen."""
    changed = hub.hub.services.settings.model_copy(update=settings)
    object.__setattr__(hub.hub.services, "settings", changed)


async def served_by(client: httpx.AsyncClient, host: str) -> str:
    """Return what the shell takes the hub's URL for, for a client that sends this Host header."""
    answer = await client.get("/install/agent-installer.sh", headers={"Host": host})
    assert answer.status_code == 200, answer.text
    (line,) = [one for one in answer.text.splitlines() if one.startswith("served_by=")]
    return meaning(line)


def meaning(line: str) -> str:
    """Return what a shell makes of the assignment to served_by."""
    command = ["sh", "-c", f'{line}\nprintf %s "$served_by"']
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


async def test_installer_knows_hub_and_checksum(hub: RunningHub, anonymous: httpx.AsyncClient, built: Path) -> None:
    answer = await anonymous.get("/install/agent-installer.sh")
    assert answer.headers["content-type"] == "text/x-shellscript; charset=utf-8"
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Host, Accept-Encoding", "no-cache")
    assert f"\nserved_by={hub.url}\n" in answer.text
    assert f"\nartefact_sha256={SHA256}\n" in answer.text
    assert answer.text.rstrip().endswith('\nmain "$@"'), "half a download must do nothing"


@pytest.mark.parametrize("host", ["hub.example", "hub.example:8443", "[2001:db8::7]:8000", "10.0.0.7"])
async def test_installer_names_the_host_that_the_client_used(
    anonymous: httpx.AsyncClient, built: Path, host: str
) -> None:
    assert await served_by(anonymous, host) == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    ["$(reboot)", "a';reboot;'", "a b", "a/b", "a@b", "`id`", "", "evil.example:80:80", "-x", "a\\b", "a?b#c", "a%0ab"],
)
async def test_no_host_header_gets_into_the_script(
    hub: RunningHub, anonymous: httpx.AsyncClient, built: Path, host: str
) -> None:
    assert await served_by(anonymous, host) == hub.hub.services.settings.url


async def test_the_public_url_wins_and_is_quoted(hub: RunningHub, anonymous: httpx.AsyncClient, built: Path) -> None:
    configure(hub, public_url="https://hub.example/o'x")
    assert await served_by(anonymous, "evil.example") == "https://hub.example/o'x"


async def test_artefact_and_its_checksum(anonymous: httpx.AsyncClient, built: Path) -> None:
    plain = await anonymous.get("/install/opsentrix-agent.pyz")
    assert (plain.content, plain.headers["cache-control"]) == (ARTEFACT, "no-cache")
    named = await anonymous.get("/install/opsentrix-agent.pyz", params={"sha256": SHA256})
    assert (named.content, named.headers["cache-control"]) == (ARTEFACT, "public, max-age=31536000, immutable")
    other = await anonymous.get("/install/opsentrix-agent.pyz", params={"sha256": "0" * 64})
    assert (other.status_code, other.headers["content-type"]) == (404, "application/problem+json")
    sums = await anonymous.get("/install/SHA256SUMS")
    assert sums.text == f"{SHA256}  opsentrix-agent.pyz\n"


async def test_checksum_follows_the_file(anonymous: httpx.AsyncClient, built: Path) -> None:
    await anonymous.get("/install/SHA256SUMS")
    (built / "opsentrix-agent.pyz").write_bytes(b"a later version")
    answer = await anonymous.get("/install/SHA256SUMS")
    assert answer.text.startswith(hashlib.sha256(b"a later version").hexdigest())


@pytest.mark.parametrize("name", ["agent-installer.sh", "opsentrix-agent.pyz", "SHA256SUMS"])
async def test_a_hub_without_the_artefact_says_so(
    hub: RunningHub, anonymous: httpx.AsyncClient, tmp_path: Path, name: str
) -> None:
    configure(hub, install_dir=tmp_path / "nothing")
    answer = await anonymous.get(f"/install/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "make agent" in answer.json()["detail"]


def test_what_make_agent_builds_is_served_by_default() -> None:
    assert Settings().install_dir == REPOSITORY / "packages/hub/src/opsentrix/web/install"
