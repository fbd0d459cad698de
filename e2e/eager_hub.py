"""`opsentrix hub` that waits seconds where it would wait minutes: `python -m e2e.eager_hub`.

Nothing else is different. What is shortened decides when something is told, not whether: how long alerts gather, how
long all is over before an incident is, how long agents may take to find the hub again, how long a message that a dead
hub was sending stays its own, and how long an agent is away until its commands are called unknown.
"""

from datetime import timedelta

from opsentrix import cli
from opsentrix.alerting import runner, timing
from opsentrix.notify import notifier
from opsentrix.response import sender

if __name__ == "__main__":
    timing.WAIT = timedelta(seconds=1)
    timing.WAIT_LOSS = timedelta(seconds=2)
    timing.CHANGED_EVERY = timedelta(seconds=3)
    timing.SETTLE = timedelta(seconds=2)
    timing.FLAPPING = timedelta(seconds=8)
    runner.GRACE_S = 5.0
    notifier.TRY_S = 2.0
    notifier.LEASE = timedelta(seconds=notifier.TRY_S + 1)
    sender.LOST_AFTER_S = 2.0
    sender.SETTLED_AFTER_S = 5.0
    cli.cli(["hub"])
