"""What the same hundred rules cost Prometheus, over a tenth of the agents: CPU of a pass, by its own account.

It gets half a minute of samples, so that its windows hold far fewer samples than they would: that favours it.
"""

import http.client
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import fleet_recording
from benchmarks.alert_rules import Pair
from benchmarks.fleet_plan import identity
from benchmarks.harness import BenchmarkError
from benchmarks.peers import stores
from benchmarks.peers.remote_write import Encoder

HOSTS = 1000
NAME = "prometheus"
_TICKS = 30
_EACH_S = 5
_CPU, _COUNT = "process_cpu_seconds_total", "prometheus_rule_evaluations_total"


def pass_ms(pairs: Sequence[Pair], hosts: int, seconds: int) -> float | None:
    """Return the CPU milliseconds of one pass over all rules, on average over some seconds; None without Prometheus.

    It has nothing else to do meanwhile; what its memory costs it is counted.

    Raises:
        BenchmarkError: it did not evaluate.
    """
    found = next((one for one in stores.installed() if one.name == NAME), None)
    if found is None:
        return None
    plain = found.options

    def with_rules(folder: Path, address: str) -> list[str]:
        options = [*plain(folder, address)]
        (folder / "rules.yml").write_text(_rules(pairs))
        (folder / "prometheus.yml").write_text(
            f"global: {{evaluation_interval: {_EACH_S}s}}\nrule_files: [{folder / 'rules.yml'}]\n"
        )
        return options

    with stores.running(replace(found, options=with_rules)) as (url, _, _):
        _write(url, hosts)
        before = _evaluated(url)
        time.sleep(seconds)
        after = _evaluated(url)
    rules = after[1] - before[1]
    if rules < len(pairs):
        raise BenchmarkError(f"prometheus evaluated {rules:.0f} rules in {seconds} s")
    return 1000 * len(pairs) * (after[0] - before[0]) / rules


def _rules(pairs: Sequence[Pair]) -> str:
    lines = ["groups:", "- name: all", "  rules:"]
    for at, one in enumerate(pairs):
        lines += [f"  - alert: rule_{at}", f"    expr: '{one.promql}'", f"    for: {one.for_s}s"]
    return "\n".join(lines) + "\n"


def _write(url: str, hosts: int) -> None:
    recording = fleet_recording.load()
    first_ms = (int(time.time()) - _TICKS) * 1000
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    parts = [slice(first, first + 50) for first in range(0, len(recording.series), 50)]  # a literal has 64 kB at most
    try:
        for agent in range(1, hosts + 1):
            rows = recording.replayed(identity(agent).offset, 0, _TICKS)
            for part in parts:
                encoder = Encoder(recording.series[part], f"simulated-{agent:05}", _TICKS)
                stores.post(connection, encoder.request(first_ms, rows[:, part]))
    finally:
        connection.close()


def _evaluated(url: str) -> tuple[float, float]:
    """Return the CPU seconds that it has used so far, and how many rules it has evaluated."""
    lines = [one for one in stores.get(url, "/metrics").decode().splitlines() if not one.startswith("#")]
    cpu, count = (
        sum(float(one.rsplit(" ", 1)[1]) for one in lines if one.startswith((f"{name} ", f"{name}{{")))
        for name in (_CPU, _COUNT)
    )
    return cpu, count
