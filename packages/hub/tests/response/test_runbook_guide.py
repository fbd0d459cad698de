"""What the guide to runbooks and their design show: it is read, and its script deletes what it should and no more."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from opsentrix.model import runbook_yaml
from opsentrix_agent.actions.kinds.script import declaration

DOCS = Path(__file__).parents[4] / "docs"
DAY_S = 86_400


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with old and new files, and a link out of it."""
    inside, outside = tmp_path / "cache", tmp_path / "outside"
    for name in ("cache/deep/old", "cache/new", "outside/old"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        if path.name == "old":
            long_ago = path.stat().st_mtime - 30 * DAY_S
            os.utime(path, (long_ago, long_ago))
    (inside / "link").symlink_to(outside)
    return inside


def run(script: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    file = folder.parent / "clear-old-files"
    file.write_text(script.replace("/srv/app/cache", str(folder)))
    return subprocess.run(["/bin/sh", str(file), *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", ["guide/runbooks.md", "runbooks.md"])
def test_runbooks_that_are_shown_are_runbooks(page: str) -> None:
    shown = blocks(page, "yaml")
    assert shown
    for text in shown:
        assert runbook_yaml.parse(text).name


def test_the_owners_script_deletes_old_files_below_its_directory_alone(folder: Path) -> None:
    script = next(one for one in blocks("guide/runbooks.md", "sh") if one.startswith("#!"))
    done = run(script, folder, "--days=7")
    assert (done.returncode, done.stdout) == (0, f"{folder}/deep/old\n")
    assert not (folder / "deep/old").exists()
    assert (folder / "new").exists()
    assert (folder.parent / "outside/old").exists()
    for words in ((), ("--days=",), ("--days=0",), ("--days=-1",), ("--days=7;ls",), ("--dir=/",), ("/",)):
        assert run(script, folder, *words).returncode == 64, words
    assert run(script, folder / "link", "--days=7").returncode == 1
    assert (folder.parent / "outside/old").exists()


def test_the_agent_takes_what_stands_beside_the_script(tmp_path: Path) -> None:
    (text,) = (one for one in blocks("guide/runbooks.md", "json") if "parameters" in one)
    assert json.loads(text)
    (tmp_path / "clear-old-files.json").write_text(text)
    tmp_path.chmod(0o755)
    (days,) = declaration(tmp_path, "clear-old-files")
    assert (days.name, days.type, days.least, days.most, days.required) == ("days", "integer", 1, 365, True)
