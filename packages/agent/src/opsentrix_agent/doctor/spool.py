"""Checks of the disk spool."""

import os
from collections.abc import Iterator

from opsentrix_agent.doctor.finding import Finding, State
from opsentrix_agent.segments import SPOOL_FOLDER, SUFFIX
from opsentrix_agent.settings import Settings


def check_disk_spool(settings: Settings) -> Iterator[Finding]:
    """Yield where the disk spool is, how full, and what is in its way; nothing when it is off."""
    if not settings.spool_disk_bytes:
        return
    folder = settings.state_dir / SPOOL_FOLDER
    try:
        used = sum(one.stat().st_size for one in folder.glob(f"*{SUFFIX}"))
        nearest = next(one for one in (folder, *folder.parents) if one.exists())
        space = os.statvfs(nearest)
    except OSError as error:
        yield Finding("disk spool", State.WARN, f"{folder} cannot be read: {error.strerror}")
        return
    free = space.f_bavail * space.f_frsize
    detail = f"{folder}: {used / 1e6:.1f} of {settings.spool_disk_bytes / 1e6:.1f} MB, {free / 1e6:.0f} MB free"
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK) or space.f_flag & os.ST_RDONLY:
        yield Finding("disk spool", State.WARN, f"{detail}; {nearest} cannot be written", f"ls -ld {nearest}")
    elif free < settings.spool_disk_bytes - used:
        yield Finding("disk spool", State.WARN, f"{detail}: the disk is full first", "lower spool_disk_bytes")
    else:
        yield Finding("disk spool", State.OK, detail)
