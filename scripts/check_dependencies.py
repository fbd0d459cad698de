"""Check what others wrote and we run: locked, by hash, from where it should come, and not known to be vulnerable.

The last needs a service: osv.dev for Python, the npm registry for JavaScript. Where one cannot be reached this says so,
loudly, and goes on: a list of vulnerabilities kept in the repository would be old, and so prove nothing.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYPI = "https://pypi.org/simple"
NPM = "https://registry.npmjs.org/"
_UNREACHABLE = 2
"""Exit code of `uv audit` when it could not ask; 1 says that something was found."""
_WITHIN_S = 60


def python_faults(lock: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a uv.lock: a source that is none of ours, or a file without its hash."""
    for package in lock["package"]:
        source = package["source"]
        if "editable" in source or "virtual" in source:
            continue
        if source.get("registry") != PYPI:
            yield f"{package['name']} comes from {source}, not from {PYPI}"
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        if not files or any(not str(file.get("hash", "")).startswith("sha256:") for file in files):
            yield f"{package['name']} has files without a SHA-256"


def npm_faults(lock: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a package-lock.json, likewise; npm leaves out where its own registry has a file."""
    for path, package in lock["packages"].items():
        if not path or package.get("link"):
            continue
        if not str(package.get("resolved", NPM)).startswith(NPM):
            yield f"{path} comes from {package['resolved']}, not from {NPM}"
        if not str(package.get("integrity", "")).startswith("sha512-"):
            yield f"{path} has no SHA-512"


def audit_python(command: str = "uv") -> tuple[str, bool | None]:
    """Ask for known vulnerabilities of what uv.lock names; return what was said, and whether all is well, if known."""
    arguments = [command, "audit", "--locked", "--preview-features", "audit-command"]
    done = _run(arguments, ROOT, UV_HTTP_RETRIES="0")
    return done.stdout + done.stderr, None if done.returncode >= _UNREACHABLE else done.returncode == 0


def audit_npm(command: str = "npm") -> tuple[str, bool | None]:
    """Ask for known vulnerabilities of what package-lock.json names, likewise."""
    done = _run([command, "audit", "--package-lock-only", "--json"], ROOT / "dashboard")
    try:
        told = json.loads(done.stdout)
    except ValueError:
        return done.stdout + done.stderr, None
    return done.stdout, done.returncode == 0 if "vulnerabilities" in told else None


def main() -> int:
    """Check everything and return the exit code."""
    python = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    npm = json.loads((ROOT / "dashboard/package-lock.json").read_text(encoding="utf-8"))
    faults = [*python_faults(python), *npm_faults(npm)]
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    for name, audit in (("Python", audit_python), ("JavaScript", audit_npm)):
        said, well = audit()
        if well is None:
            sys.stderr.write(
                f"NOT CHECKED: whether {name} dependencies are known to be vulnerable: no service answers.\n"
            )
        elif not well:
            faults.append(name)
            sys.stderr.write(said)
    return 1 if faults else 0


def _run(arguments: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            arguments, cwd=folder, env=os.environ | environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=_WITHIN_S, check=False,
        )  # fmt: skip
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(arguments, _UNREACHABLE, "", str(error))


if __name__ == "__main__":
    sys.exit(main())
