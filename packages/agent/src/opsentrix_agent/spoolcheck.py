"""What `opsentrix-agent doctor` says of the disk spool."""

import os

from opsentrix_agent.segments import SPOOL_FOLDER, SUFFIX
from opsentrix_agent.settings import Settings


def examine_spool(settings: Settings) -> tuple[bool, str]:
    """Return whether the disk spool can do its work, and where it is, how full it is, or what is in its way."""
    if not settings.spool_disk_bytes:
        return True, f"in memory, up to {_mib(settings.spool_bytes)}; a restart loses what the hub has not acknowledged"
    folder = settings.state_dir / SPOOL_FOLDER
    try:
        used = sum(one.stat().st_size for one in folder.glob(f"*{SUFFIX}"))
        nearest = next(one for one in (folder, *folder.parents) if one.exists())
        space = os.statvfs(nearest)
    except OSError as error:
        return False, f"{folder} cannot be read: {error.strerror}."
    free = space.f_bavail * space.f_frsize
    text = f"{folder}: {_mib(used)} of {_mib(settings.spool_disk_bytes)} used, {_mib(free)} free on its disk"
    if not os.access(nearest, os.W_OK | os.X_OK) or space.f_flag & os.ST_RDONLY:
        return False, f"{text}. {nearest} cannot be written: let the agent's user own it."
    if free < settings.spool_disk_bytes - used:
        return False, f"{text}. The disk fills before the spool does: make room, or lower spool_disk_bytes."
    return True, text


def _mib(size: int) -> str:
    return f"{size / 1024**2:.1f} MiB"
