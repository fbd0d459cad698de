"""Builds the agent's artefact: one file that runs on Linux x86-64 and arm64 wherever there is a Python >= 3.10.

It is a zip with the agent, the protocol, protobuf and protobuf's C runtime for each machine, as uv.lock names them by
hash. The same sources yield the same bytes. Beside it comes the installer, for the hub to serve both.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "packages/hub/src/opsentrix/web/install"
MACHINES = ("x86_64", "aarch64")
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold; a build's own time would change its bytes."""
_MAIN = '''"""The agent as one file."""
import sys

if sys.version_info < (3, 10):
    sys.exit("opsentrix-agent needs Python 3.10 or newer, and this is %d.%d" % sys.version_info[:2])

from pathlib import Path

from opsentrix_agent.artefact import main

sys.exit(main(Path(__file__).resolve().parent, sys.argv[1:]))
'''
_SERVICES = {
    "service/opsentrix-agent.service": "deploy/systemd/opsentrix-agent.service",
    "service/opsentrix-agent.user.service": "deploy/systemd/opsentrix-agent.user.service",
    "service/opsentrix-agent.openrc": "deploy/openrc/opsentrix-agent",
    "service/opsentrix-agent-upgrade.path": "deploy/systemd/opsentrix-agent-upgrade.path",
    "service/opsentrix-agent-upgrade.service": "deploy/systemd/opsentrix-agent-upgrade.service",
    "service/opsentrix-agent-upgrade.user.path": "deploy/systemd/opsentrix-agent-upgrade.user.path",
    "service/opsentrix-agent-upgrade.user.service": "deploy/systemd/opsentrix-agent-upgrade.user.service",
}


def build(target: Path, version: str | None = None) -> Path:
    """Write the artefact and the installer into a folder and return the artefact's path.

    Args:
        target: the folder; it is made.
        version: what it says of itself, if not what the agent's package says.

    Raises:
        subprocess.CalledProcessError: uv could not fetch what uv.lock names.
    """
    target.mkdir(parents=True, exist_ok=True)
    artefact = target / "opsentrix-agent.pyz"
    write(artefact, contents(version or agent_version()))
    installer = (ROOT / "deploy/install/agent-installer.sh").read_bytes()
    (target / "agent-installer.sh").write_bytes(installer)
    return artefact


def agent_version() -> str:
    """Return the version of the agent in this checkout."""
    text = (ROOT / "packages/agent/src/opsentrix_agent/__init__.py").read_text()
    return text.partition('__version__ = "')[2].partition('"')[0]


def contents(version: str) -> dict[str, bytes]:
    """Return the artefact's files by their names in it."""
    found = {"__main__.py": _MAIN.encode(), "VERSION": f"{version}\n".encode()}
    for name, source in _SERVICES.items():
        found[name] = (ROOT / source).read_bytes()
    found["licenses/opsentrix"] = (ROOT / "LICENSE").read_bytes()
    for package in ("agent/src/opsentrix_agent", "protocol/src/opsentrix_protocol"):
        folder = ROOT / "packages" / package
        found |= {str(path.relative_to(folder.parent)): content for path, content in _python_files(folder)}
    init = "opsentrix_agent/__init__.py"
    found[init] = found[init].replace(agent_version().encode(), version.encode())
    with tempfile.TemporaryDirectory() as temporary:
        for machine in MACHINES:
            found |= _dependencies(Path(temporary) / machine, machine)
    return found


def write(artefact: Path, files: Mapping[str, bytes]) -> None:
    """Write an executable zip of files, sorted and without times, in one step."""
    temporary = artefact.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w") as archive:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.external_attr = 0o100644 << 16
                entry.create_system = 3  # Unix, wherever it is built
                archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
    temporary.chmod(0o755)
    temporary.replace(artefact)


def _dependencies(folder: Path, machine: str) -> dict[str, bytes]:
    """Return the agent's locked dependencies for a machine: its C code below native/, Python code as it is."""
    locked = _uv(
        "export",
        "--frozen",
        "--package",
        "opsentrix-agent",
        "--no-default-groups",
        "--no-emit-workspace",
        "--no-header",
    )
    folder.mkdir()
    requirements = folder / "requirements.txt"
    requirements.write_text(locked)
    packages = folder / "packages"
    _uv(
        "pip", "install", "--target", str(packages), "--python", sys.executable, "--python-version", "3.10",
        "--python-platform", f"{machine}-manylinux2014", "--only-binary", ":all:", "--no-deps", "--require-hashes",
        "--requirements", str(requirements),
    )  # fmt: skip
    found = {str(path.relative_to(packages)): content for path, content in _python_files(packages)}
    for extension in packages.rglob("*.so"):
        found[f"native/{machine}/{extension.name}"] = extension.read_bytes()
    for license_file in packages.glob("*.dist-info/LICENSE"):
        found[f"licenses/{license_file.parent.name.partition('-')[0]}"] = license_file.read_bytes()
    return found


def _python_files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*.py"):
        yield path, path.read_bytes()


def _uv(*arguments: str) -> str:
    here = f"{ROOT / '.cache/bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    command = (shutil.which("uv", path=here) or "uv", "--quiet", "--directory", str(ROOT), *arguments)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    made = build(TARGET)
    print(f"{made.relative_to(ROOT)}: {made.stat().st_size / 1e6:.2f} MB")
