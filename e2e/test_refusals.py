"""What cannot start says why in one sentence on standard error, and ends with the exit code for that."""

import socket
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from e2e.deployment import PASSWORD, Deployment, free_port
from e2e.processes import left_behind, run_to_end

EX_CONFIG = 78


def start(command: str, data_dir: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command that is to end at once, with a port of its own and this data directory unless told otherwise."""
    settings = {
        "OPSENTRIX_PORT": str(free_port()),
        "OPSENTRIX_DATA_DIR": str(data_dir),
        "OPSENTRIX_ADMIN_PASSWORD": PASSWORD,
    }
    return run_to_end(["opsentrix", command], settings | {**environment})


def assert_refused(ended: subprocess.CompletedProcess[str], sentence: str) -> None:
    """Check that it ended with one sentence that contains this text."""
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("{")]  # without the log
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("opsentrix: ")
    assert sentence in lines[0]
    assert lines[0].endswith(".")
    assert "Traceback" not in ended.stdout + ended.stderr
    assert ended.returncode == EX_CONFIG


def cases(deployment: Deployment, occupied: socket.socket) -> list[tuple[str, dict[str, str], str]]:
    """Return commands, their settings and what the sentence has to contain."""
    port, hubs_port, data_dir = str(occupied.getsockname()[1]), str(deployment.port), str(deployment.data_dir)
    foreign = deployment.folder / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").touch()
    newer = deployment.new_database("newer")
    deployment.execute(newer, "CREATE TABLE alembic_version AS SELECT '9999'::varchar(32) AS version_num")
    missing = newer.replace("/newer?", "/missing?")
    return [
        (command, {"OPSENTRIX_" + name: value}, sentence)
        for name, value, sentence, commands in (
            ("PORT", port, f"Cannot listen on 127.0.0.1 port {port}: address already in use", ("hub",)),
            ("PORT", hubs_port, f"port {hubs_port}: address already in use", ("hub", "up")),
            ("DATA_DIR", data_dir, f"uses the data directory {data_dir}", ("hub", "up")),
            ("DATA_DIR", str(foreign), "is not empty and not of Opsentrix", ("hub",)),
            ("DATABASE_URL", newer, "schema 9999, which is newer than this version", ("hub", "up")),
            ("DATABASE_URL", missing, 'database "missing" does not exist', ("hub",)),
            (
                "DATABASE_URL",
                "mysql://localhost/x",
                "OPSENTRIX_DATABASE_URL does not work: it must be postgresql",
                ("hub",),
            ),
            ("PORT", "http", "Settings are not valid: OPSENTRIX_PORT", ("hub",)),
        )
        for command in commands
    ]


def test_what_cannot_start_says_so(shared: Deployment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied, ThreadPoolExecutor(2) as pool:
        wanted = cases(shared, occupied)
        others = [shared.folder / f"other-{number}" for number in range(len(wanted))]
        ended = list(pool.map(lambda case, other: start(case[0], other, case[1]), wanted, others))
    for (_, _, sentence), one in zip(wanted, ended, strict=True):
        assert_refused(one, sentence)
    assert [one.name for one in (shared.folder / "foreign").iterdir()] == ["thesis.tex"]
    assert shared.health() == httpx.codes.OK
    assert not [line for line in left_behind(shared.folder).values() if "other-" in line]
