"""What the journal knows that the hub may not: told at each start of the agent, and when an executor ended untold."""

from opsentrix_agent.actions.child import end_marked
from opsentrix_agent.actions.executor import Site, boot_id, run_lock, tell
from opsentrix_agent.actions.journal import Journal, Record
from opsentrix_agent.actions.locks import Locks
from opsentrix_agent.actions.running import Channel

STILL_RUNNING = 3
"""Exit code: some executor of an earlier agent goes on; ask again."""
_FLUSH_S = 5.0


def settle(site: Site, listen: int = 0, speak: int = 1) -> int:
    """Tell all results that the hub has not acknowledged, those of commands that nobody saw end included.

    Such a command is `unknown`, and is never begun again; what is left of its processes is ended. A reboot has
    succeeded when the machine has booted since.

    Returns:
        The exit code: `STILL_RUNNING`, or 0.
    """
    channel = Channel(listen, speak)
    still = False
    with Journal(site.folder) as journal:
        for name, run in journal.read().runs.items():
            if run.ended is None and run.started is not None:
                locks = Locks(site.folder)
                if not locks.take(run_lock(name)):
                    still = True
                    continue
                end_marked(name)
                run.ended = _untold(run.started, site.now_ms())
                journal.append(run.ended)
                locks.release()
            if run.ended is not None and not run.acked:
                tell(channel, run.ended)
    channel.flush(_FLUSH_S)
    return STILL_RUNNING if still else 0


def _untold(started: Record, now_ms: int) -> Record:
    record: Record = {"what": "ended", "id": started["id"], "at": now_ms, "started": started["at"]}
    if started["reboots"] and started["boot"] != boot_id():
        return record | {"status": "succeeded", "error": "The machine has booted since."}
    return record | {"status": "unknown", "error": "The agent was stopped in the middle; nobody saw how it ended."}
