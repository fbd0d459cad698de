"""What of the machine actions use, in one place, so that tests can put something else there."""

import os
from pathlib import Path
from typing import NamedTuple

from opsentrix_agent.errors import RefusedError

SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin"


class Machine(NamedTuple):
    """Where things are.

    Attributes:
        search: folders of programs, with colons between them; all that is run by name comes from there.
        proc: the process file system.
        scripts: the owner's scripts.
        systemd: exists where systemd runs.
        docker: the container runtime's socket.
    """

    search: str = SEARCH
    proc: Path = Path("/proc")
    scripts: Path = Path("/etc/opsentrix/actions.d")
    systemd: Path = Path("/run/systemd/system")
    docker: Path = Path("/var/run/docker.sock")

    def program(self, *names: str) -> str:
        """Return the absolute path of the first program that there is.

        Raises:
            RefusedError: there is none of them.
        """
        for name in names:
            for folder in self.search.split(":"):
                path = f"{folder}/{name}"
                if os.access(path, os.X_OK):
                    return path
        raise RefusedError(f"This machine has no {' and no '.join(names)}.")
