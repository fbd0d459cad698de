"""Programs that stand in for real ones, and a way to wait until they have ended."""

import os
from pathlib import Path

from opsentrix_agent.collectors.child import Child


def program(folder: Path, name: str, script: str) -> str:
    """Write a shell script and return its folder, to be searched for programs."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(folder)


def settle(child: Child) -> None:
    """Wait until the program has ended, without taking its end away from who polls for it."""
    if child.busy:
        os.waitid(os.P_PID, child._pid, os.WEXITED | os.WNOWAIT)
