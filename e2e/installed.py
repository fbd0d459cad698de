"""The agent that the installer left in a chroot, started as its service manager would."""

import subprocess

from e2e.chroot import Chroot, inside
from e2e.deployment import Deployment
from e2e.processes import wait_until

AGENT = "opsentrix-agent"


def unit_command(machine: Chroot) -> list[str]:
    """Return what systemd would start: there is none in a chroot."""
    unit = machine.read("/usr/lib/opsentrix-agent/current/service/opsentrix-agent.service")
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    return line.removeprefix("ExecStart=").split()


class Running:
    """The unit's command, as its user, inside."""

    def __init__(self, machine: Chroot, hub: Deployment) -> None:
        command = machine.command(
            *unit_command(machine), "--record", "/var/lib/opsentrix-agent/record", user=f"{AGENT}:{AGENT}"
        )
        self._log = (hub.folder / "installed.log").open("ab")
        self._record = machine.root / "var/lib/opsentrix-agent/record"
        self._process = subprocess.Popen(
            command, env=inside({"OPSENTRIX_AGENT_STATE_DIR": "/var/lib/opsentrix-agent"}), stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def wait_frames(self, more: int) -> None:
        before = self._frames()
        wait_until(lambda: self._frames() >= before + more, f"{more} more frames", 60)

    def _frames(self) -> int:
        return self._record.read_bytes().count(b"\n") if self._record.exists() else 0

    def stop(self) -> int:
        self._process.terminate()
        try:
            return self._process.wait(20)
        finally:
            self._process.kill()
            self._log.close()
