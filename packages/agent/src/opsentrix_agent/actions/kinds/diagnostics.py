"""What one wants to know of a machine that is in trouble, as one text."""

import os
import pwd
from pathlib import Path

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params

PROCESSES = 40
_MAX_FILE = 64 * 1024
_FILES = (
    "version", "uptime", "loadavg", "pressure/cpu", "pressure/io", "pressure/memory", "meminfo", "vmstat", "mounts",
    "diskstats", "net/dev", "net/sockstat",
)  # fmt: skip
_KMSG_LINES = 200


def collect(_verb: str, _params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to read it all; neither arguments nor environments of processes are, as they may hold secrets."""
    return Plan(run=lambda: _show(machine.proc))


def _show(proc: Path) -> int:
    for name in _FILES:
        _section(name, _head(proc / name))
    _section("processes by memory", "\n".join(_processes(proc)))
    _section("file systems", "\n".join(_file_systems(proc)))
    _section("kernel", "\n".join(_kernel()))
    return 0


def _section(title: str, text: str) -> None:
    print(f"== {title}\n{text.rstrip()}\n", flush=True)  # noqa: T201 - the command's output


def _head(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_FILE).decode(errors="replace")
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _processes(proc: Path) -> list[str]:
    found: list[tuple[int, str]] = []
    for folder in proc.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text, owner = (folder / "stat").read_text(errors="replace"), folder.stat().st_uid
        except OSError:
            continue  # it has ended
        name, _, rest = text.partition("(")[2].rpartition(")")
        fields = rest.split()
        kilobytes = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1024
        shown = name if name.isprintable() else ascii(name)
        found.append((kilobytes, f"{kilobytes:>10} kB {folder.name:>8} {fields[0]} {_user(owner):<12} {shown}"))
    return [line for _, line in sorted(found, reverse=True)[:PROCESSES]]


def _file_systems(proc: Path) -> list[str]:
    lines = []
    for line in _head(proc / "mounts").splitlines():
        place = line.split()[1] if line.startswith("/dev/") else ""
        try:
            status = os.statvfs(place) if place else None
        except OSError as error:
            lines.append(f"{place}: {error.strerror}")
            continue
        if status is not None:
            free = status.f_bavail * status.f_frsize
            lines.append(
                f"{free:>15} of {status.f_blocks * status.f_frsize:>15} bytes free, {status.f_favail} inodes {place}"
            )
    return lines


def _kernel() -> list[str]:
    lines: list[str] = []
    try:
        descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return [f"cannot be read: {error.strerror}"]
    try:
        while True:
            lines.append(os.read(descriptor, 8192).partition(b";")[2].partition(b"\n")[0].decode(errors="replace"))
            del lines[:-_KMSG_LINES]
    except BlockingIOError:
        return lines
    except OSError as error:
        return [*lines, f"cannot be read further: {error.strerror}"]
    finally:
        os.close(descriptor)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
