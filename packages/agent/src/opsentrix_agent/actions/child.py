"""The process of a command: how it begins with nothing inherited, and how all that came of it ends."""

import contextlib
import ctypes
import io
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from opsentrix_agent.actions.catalogue import Plan
from opsentrix_agent.actions.machine import SEARCH
from opsentrix_agent.actions.policy import Limits

MARK = "OPSENTRIX_COMMAND"
"""Names the command in the environment of its processes: so they are found when their executor was killed."""
MAX_PROCESSES = 4096
"""Of the user, whatever else it runs included."""
MAX_FILES = 256
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CANNOT_RUN = 127
_KILL_ROUNDS = 400
_KILL_LOOK_S = 0.005


class Pipes(NamedTuple):
    """The process and the ends from which its output is read."""

    pid: int
    stdout: int
    stderr: int


def become_reaper() -> None:
    """Have what forks away from our children stay ours (prctl(2), PR_SET_CHILD_SUBREAPER).

    Raises:
        OSError: the kernel cannot.
    """
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def begin(plan: Plan, command_id: str, limits: Limits) -> Pipes:
    """Begin the process, in a group of its own.

    Raises:
        OSError: there can be no further process.
    """
    out, write_out = os.pipe()
    err, write_err = os.pipe()
    sys.stdout.flush()
    parent, pid = os.getpid(), os.fork()
    if pid == 0:
        _become(plan, command_id, limits, parent, write_out, write_err)
    for descriptor in (write_out, write_err):
        os.close(descriptor)
    for descriptor in (out, err):
        os.set_blocking(descriptor, False)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)  # so does the process itself; whoever comes first
    return Pipes(pid, out, err)


def end_all(grace_s: float) -> int:
    """End all processes that came of a command: asked to first, then killed.

    Args:
        grace_s: between the two.

    Returns:
        How many there still are, since they are another user's or hang in the kernel.
    """
    mine = os.getpid()
    until = time.monotonic() + grace_s
    asked: set[int] = set()
    while (left := _descendants(mine)) and time.monotonic() < until:
        _signal(left - asked, signal.SIGTERM)
        asked |= left
        _reap()
        time.sleep(_KILL_LOOK_S)
    for _ in range(_KILL_ROUNDS):
        _reap()
        left = _descendants(mine)
        if not left:
            return 0
        _signal(left, signal.SIGKILL)
        time.sleep(_KILL_LOOK_S)
    return len(left)


def end_marked(command_id: str) -> None:
    """Kill what is left of a command whose executor is gone, as far as it can be found by its mark."""
    mark = f"{MARK}={command_id}".encode()
    for _ in range(_KILL_ROUNDS):
        found = {pid for pid in _pids() if pid != os.getpid() and mark in _environment(pid)}
        if not found:
            return
        _signal(found, signal.SIGKILL)
        time.sleep(_KILL_LOOK_S)


def _become(plan: Plan, command_id: str, limits: Limits, parent: int, out: int, err: int) -> None:
    """Be the process of a command; never returns."""
    code = _CANNOT_RUN
    try:
        environment = _prepare(command_id, limits, parent, out, err)
        time.sleep(plan.delay_s)
        if plan.run is None:
            os.execve(plan.argv[0], plan.argv, environment)  # noqa: S606 - argv alone, and no shell
        code = plan.run()
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - nothing of this process may go on as the executor
        with contextlib.suppress(OSError):
            os.write(2, f"{plan.argv[0] if plan.argv else 'the action'}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(code)


def _prepare(command_id: str, limits: Limits, parent: int, out: int, err: int) -> Mapping[str, str]:
    os.setpgid(0, 0)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise OSError("the executor is gone")
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for source, target in ((null, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    os.closerange(3, 1024)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    os.chdir("/")
    os.umask(0o077)
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_NOFILE, MAX_FILES),
        (resource.RLIMIT_NPROC, MAX_PROCESSES),
    ):
        _limit(kind, most)
    return {"PATH": SEARCH, "LC_ALL": "C", MARK: command_id}


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (value, value))


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _signal(pids: set[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended, or is another user's: counted then
            os.kill(pid, number)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _descendants(pid: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for one in _pids():
        children.setdefault(_parent(one), []).append(one)
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        below = [one for one in children.get(waiting.pop(), []) if one not in found]
        found.update(below)
        waiting += below
    return found


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - a look each 5 ms


def _parent(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    return int(text.rpartition(b")")[2].split()[1])


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []  # it ended, or is another user's
