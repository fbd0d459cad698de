"""`opsentrix`, the program, in a process of its own."""

import asyncio
import os
import sys
from collections.abc import Sequence

from packages.hub.tests.kit.hub import RunningHub


class Ran:
    """The program while it runs, as one who has a token for its hub starts it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def with_words(cls, hub: RunningHub, *words: str, permissions: Sequence[str] = ()) -> "Ran":
        """Start it with a token of these permissions."""
        wanted = list(permissions) or ["respond:write", "agents:read"]
        token = await hub.api_token(await hub.session(), role="admin", permissions=wanted)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OPSENTRIX_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "opsentrix", *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=kept | {"OPSENTRIX_URL": hub.url, "OPSENTRIX_API_TOKEN": token, "NO_PROXY": "*"},
        )  # fmt: skip
        return cls(process)

    async def ended(self, says: str = "") -> tuple[int, str, str]:
        """Return exit code, output and errors."""
        async with asyncio.timeout(60):
            output, errors = await self._process.communicate(says.encode())
        assert self._process.returncode is not None
        return self._process.returncode, output.decode(), errors.decode()
