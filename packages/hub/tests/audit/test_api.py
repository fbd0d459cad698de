"""The audit log over HTTP and on the command line: what happened is in it, and what was changed in it is found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import httpx
import pytest
from opsentrix.commands import audit as commands
from opsentrix.errors import StartupError
from opsentrix.maintenance.audit import told_run
from opsentrix.model.audit_verifier import verify
from opsentrix.settings import Settings
from pydantic import SecretStr

from packages.hub.tests.kit.hub import RunningHub

AUDIT = "/api/v1/audit"


async def exported(client: httpx.AsyncClient) -> list[bytes]:
    answer = await client.get(f"{AUDIT}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"].endswith('.jsonl"')
    return answer.content.splitlines(keepends=True)


async def tampered(dsn: str, *statements: str) -> None:
    """Do what the database's owner can, with the log's rules switched off."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("ALTER TABLE audit_log DISABLE TRIGGER ALL")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def key_of(client: httpx.AsyncClient) -> bytes:
    return bytes.fromhex((await client.get(f"{AUDIT}/chain")).json()["key"])


async def test_what_was_done_is_listed_a_page_at_a_time(hub: RunningHub, client: httpx.AsyncClient) -> None:
    enrolled = await hub.enroll()
    for name in ("a", "b", "c"):
        await client.patch(f"/api/v1/agents/{enrolled.id}", json={"name": name})
    first = (await client.get(AUDIT, params={"action": "agent.update", "limit": 2})).json()
    assert [one["after"] for one in first["items"]] == [{"name": "c"}, {"name": "b"}]
    assert first["items"][0]["before"] == {"name": "b"}
    assert first["items"][0]["address"] == "127.0.0.1"
    rest = (
        await client.get(AUDIT, params={"action": "agent.update", "limit": 2, "cursor": first["next_cursor"]})
    ).json()
    assert [one["after"] for one in rest["items"]] == [{"name": "a"}]
    assert rest["next_cursor"] is None
    found = (await client.get(AUDIT, params={"action": "agent.", "q": " WEB-1 "})).json()["items"]
    assert {one["action"] for one in found} == {"agent.register", "agent.update"}
    assert (await client.get(AUDIT, params={"from": 0, "to": 1})).json()["items"] == []


@pytest.mark.parametrize(
    "wrong", [{"cursor": "x"}, {"cursor": "9" * 30}, {"limit": 0}, {"result": "fine"}, {"q": "\0"}, {"from": "x"}]
)
async def test_a_wrong_question_is_refused(client: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    assert (await client.get(AUDIT, params=wrong)).status_code == 422


async def test_an_export_is_whole_signed_and_in_the_log(hub: RunningHub, client: httpx.AsyncClient) -> None:
    await hub.enroll()
    key = await key_of(client)
    lines = await exported(client)
    verdict = verify(lines, keys=[key])
    assert verdict.fault == ""
    assert json.loads(lines[-3])["action"] == "audit.export"
    chain = (await client.get(f"{AUDIT}/chain")).json()
    assert chain["verified"] == chain["head"] == json.loads(lines[-1])["end"]
    assert chain["fault"] is None
    assert "audit.export" in chain["actions"]
    assert verify(await exported(client), [verdict.last] if verdict.last else [], [key]).fault == ""


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_log SET actor = 'user:nobody' WHERE number = 2", "Entry 2 was changed"),
        ("UPDATE audit_log SET time = time + interval '1 us' WHERE number = 2", "Entry 2 was changed"),
        ("DELETE FROM audit_log WHERE number = 3", "Entry 3 was removed."),
    ],
)
async def test_a_change_in_the_database_is_found(
    hub: RunningHub, client: httpx.AsyncClient, statement: str, fault: str
) -> None:
    await hub.enroll()
    await hub.enroll("web-2")
    key = await key_of(client)
    before = verify(await exported(client), keys=[key])
    await tampered(hub.dsn, statement)
    assert fault in verify(await exported(client), keys=[key]).fault
    assert before.last is not None


async def test_a_chain_rewritten_with_right_hashes_is_found(hub: RunningHub, client: httpx.AsyncClient) -> None:
    await hub.enroll()
    key = await key_of(client)
    await exported(client)
    # All entries anew, by the hub's own trigger: each hash is right, and none is what was signed.
    await tampered(
        hub.dsn,
        "CREATE TEMP TABLE old AS SELECT * FROM audit_log",
        "DELETE FROM audit_log",
        "DELETE FROM audit_checkpoints",
        "UPDATE audit_head SET number = 0, hash = anchor_hash",
        "ALTER TABLE audit_log ENABLE TRIGGER ALL",
        "INSERT INTO audit_log (time, actor, action, target, address, result, before, after, detail, content)"
        " SELECT time, actor, action, target, address, result, before, after, detail, content FROM old"
        " WHERE number <> 2 ORDER BY number",
    )
    lines = await exported(client)
    assert verify(lines).fault == ""
    assert "The end is not signed" in verify(lines, keys=[key]).fault
    assert "is not what was signed" in (await client.get(f"{AUDIT}/chain")).json()["fault"]


def run_verify(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command as an auditor does: no settings, no database, settings of the hub that would not even load."""
    environment = {"PATH": os.environ["PATH"], "OPSENTRIX_PORT": "none", "OPSENTRIX_DATABASE_URL": "nowhere"}
    return subprocess.run(
        [sys.executable, "-m", "opsentrix", "audit", "verify", *arguments],
        env=environment, input=stdin, capture_output=True, check=False, timeout=60,
    )  # fmt: skip


async def test_verify_works_offline(hub: RunningHub, client: httpx.AsyncClient, tmp_path: Path) -> None:
    await hub.enroll()
    key = (await key_of(client)).hex()
    lines = await exported(client)
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(lines))
    whole = run_verify(str(file), "--key", key)
    assert whole.returncode == 0, whole.stderr
    assert b"every signature is right" in whole.stdout
    head = whole.stdout.decode().split("--head ")[1].strip()
    assert run_verify("-", "--head", head, stdin=b"".join(lines)).returncode == 0
    cut = run_verify("-", "--head", head, stdin=b"".join([*lines[:2], *lines[3:]]))
    assert cut.returncode == commands.BROKEN
    assert cut.stderr.startswith(b"BROKEN. Entry 2 was removed.")
    assert run_verify("-", stdin=b"nonsense").returncode == commands.UNREADABLE
    assert run_verify(str(tmp_path / "none")).returncode == commands.UNREADABLE
    assert run_verify(str(file), "--key", "abc").returncode == commands.UNREADABLE
    assert run_verify(str(file), "--head", "1:2").returncode == commands.UNREADABLE


async def test_the_command_line_exports_and_reads_a_running_hub(
    hub: RunningHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await hub.enroll()
    file = tmp_path / "log.jsonl"
    await commands._export(hub.hub.settings, file)
    await commands._print_key(hub.hub.settings)
    key = bytes.fromhex(capsys.readouterr().out.split()[-1])  # behind what the hub logs
    assert verify(file.read_bytes().splitlines(), keys=[key]).fault == ""
    await commands._tail(hub.hub.settings, 2)
    assert "audit.export" in capsys.readouterr().out
    with pytest.raises(StartupError, match="cannot be written: File exists"):
        await commands._export(hub.hub.settings, file)


async def test_starts_and_stops_are_told_with_changed_settings_and_no_secret(hub: RunningHub, tmp_path: Path) -> None:
    for days in (10, 20):
        settings = Settings(
            data_dir=tmp_path, retention_days=days, database_url=SecretStr(hub.dsn), admin_password=SecretStr("sesame")
        )
        async with told_run(settings, hub.database):
            pass
    rows = await hub.fetch("SELECT action, before, after, detail FROM audit_log WHERE action LIKE 'hub.%' ORDER BY id")
    assert [row["action"] for row in rows] == ["hub.start", "hub.stop"] * 2
    assert (rows[0]["before"], rows[0]["after"]) == (None, None)
    assert (rows[2]["before"], rows[2]["after"]) == ({"retention_days": "10"}, {"retention_days": "20"})
    assert rows[0]["detail"]["settings"] == {"data_dir": str(tmp_path), "retention_days": "10"}
