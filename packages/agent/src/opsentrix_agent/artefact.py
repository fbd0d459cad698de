"""What the one-file artefact does when it is run: it unpacks itself, because C code cannot be loaded out of a zip.

python3 opsentrix-agent.pyz run               unpack into the user's cache once, then run from there
python3 opsentrix-agent.pyz release add DIR       unpack into DIR and print the release's name
python3 opsentrix-agent.pyz release switch DIR NAME
python3 opsentrix-agent.pyz release rollback DIR
python3 opsentrix-agent.pyz release prune DIR
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from opsentrix_agent.errors import AgentError
from opsentrix_agent.releases import LAUNCHER, Releases, cache_dir


def main(artefact: Path, argv: Sequence[str]) -> int:
    """Run one command of the artefact and return its exit code; most replace this process and never return."""
    os.umask(0o022)
    try:
        if argv[:1] == ["release"]:
            return _release(artefact, argv[1:])
        cached = Releases(cache_dir())
        launcher = cached.path(cached.add(artefact)) / LAUNCHER
        os.execv(sys.executable, [sys.executable, "-IS", str(launcher), *argv])  # noqa: S606 - a program of our own
    except AgentError as error:
        sys.stderr.write(f"opsentrix-agent: {error}\n")
        return error.exit_code


def _release(artefact: Path, argv: Sequence[str]) -> int:
    match list(argv):
        case ["add", root]:
            said = Releases(Path(root)).add(artefact)
        case ["switch", root, name]:
            said = "switched" if Releases(Path(root)).switch(name) else "current already"
        case ["rollback", root]:
            said = Releases(Path(root)).rollback()
        case ["prune", root]:
            said = " ".join(Releases(Path(root)).prune())
        case _:
            sys.stderr.write("usage: release add DIR | switch DIR NAME | rollback DIR | prune DIR\n")
            return 2
    sys.stdout.write(f"{said}\n")
    return 0
