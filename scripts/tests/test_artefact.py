"""The agent's artefact: the same bytes each time, with what each machine needs, and running as one file."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy import artefact


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return artefact.build(tmp_path_factory.mktemp("built"))


def test_the_same_sources_yield_the_same_bytes(built: Path, tmp_path: Path) -> None:
    assert artefact.build(tmp_path).read_bytes() == built.read_bytes()


def test_it_holds_the_c_runtime_of_each_machine_and_all_licences(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        machines = {name: archive.read(name)[18] for name in archive.namelist() if name.startswith("native/")}
        assert machines == {"native/x86_64/_message.abi3.so": 62, "native/aarch64/_message.abi3.so": 183}  # elf(5)
        assert {"licenses/opsentrix", "licenses/protobuf", "service/opsentrix-agent.service"} <= set(archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_it_is_small(built: Path) -> None:
    assert built.stat().st_size < 1_000_000


def test_it_runs_as_one_file_and_loads_the_c_runtime(built: Path, tmp_path: Path) -> None:
    lib = str(tmp_path / "lib")
    added = subprocess.run(
        [sys.executable, built, "release", "add", lib], check=True, stdout=subprocess.PIPE, text=True
    )
    release = Path(lib) / added.stdout.strip()
    program = "import sys; sys.path.insert(0, sys.argv[1]); from google._upb import _message; print(_message.__file__)"
    said = subprocess.check_output([sys.executable, "-IS", "-c", program, release], text=True)
    assert said.startswith(str(release))
    version = subprocess.check_output([release / "opsentrix-agent", "--version"], text=True)
    assert version == f"opsentrix-agent {artefact.agent_version()}\n"


def test_another_version_says_so(tmp_path: Path) -> None:
    made = artefact.build(tmp_path / "made", "9.1.0")
    with zipfile.ZipFile(made) as archive:
        assert archive.read("VERSION") == b"9.1.0\n"
        assert b'__version__ = "9.1.0"' in archive.read("opsentrix_agent/__init__.py")


def test_an_old_python_is_told_what_is_needed() -> None:
    # The line that says so has to be understood by the Python that is too old.
    assert "match" not in artefact._MAIN
    compile(artefact._MAIN, "__main__.py", "exec")
    assert artefact._MAIN.index("sys.exit(") < artefact._MAIN.index("from opsentrix_agent")
