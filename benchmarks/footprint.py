"""What watching one machine costs: the agent, the hub with that one agent, and a peer, all over the same minutes.

The peer is Prometheus' node_exporter where the machine has it, scraped each second as the agent samples each second.
CPU is read after a warm-up, so starting is not counted; peak memory counts everything since the start.
"""

import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from benchmarks.deployment import running_agent, running_hub
from benchmarks.harness import Cost, Result, cost, free_port, spawned, use_of_tree, wait_until

PEER = "prometheus-node-exporter"
FULL_S = 600.0
QUICK_S = 15.0
QUICK_WARM_UP_S = 5.0
FULL_WARM_UP_S = 10.0


def scrape_each_second(url: str, stop: threading.Event) -> None:
    """Fetch a page each second until told to stop."""
    with httpx.Client() as client:
        while not stop.wait(1):
            client.get(url).raise_for_status()


@contextlib.contextmanager
def scraped_peer(folder: Path) -> Iterator[int | None]:
    """Run node_exporter, scraped each second, and yield its process id; None where it is not installed."""
    program = shutil.which(PEER) or shutil.which("node_exporter")
    if program is None:
        yield None
        return
    address = f"127.0.0.1:{free_port()}"
    url = f"http://{address}/metrics"
    with spawned([program, f"--web.listen-address={address}"], folder / "peer.log") as pid:
        wait_until(lambda: answers(url), "node_exporter did not answer", 20)
        stop = threading.Event()
        scraper = threading.Thread(target=scrape_each_second, args=(url, stop))
        scraper.start()
        try:
            yield pid
        finally:
            stop.set()
            scraper.join()


def answers(url: str) -> bool:
    """Tell whether something serves this page."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url).is_success
    return False


def results_of(costs: Mapping[str, Cost], elapsed_s: float) -> list[Result]:
    """Make the figures from what "agent", "hub" and, where it was there, "peer" cost."""
    window = f"over {elapsed_s:.0f} s"
    sampling = f"{window}, all default collectors at 1 s"
    idle = f"{window}, one agent, nobody watching, without PostgreSQL"
    agent, hub, peer = costs["agent"], costs["hub"], costs.get("peer")
    scraped = f"{PEER} scraped each second" if peer else None
    peak, cpu = (peer.peak_mb, peer.cpu_percent) if peer else (None, None)
    core = "% of one core"
    return [
        Result("agent.rss_mb", agent.peak_mb, "MB", "lower", 25, scraped, peak, f"peak (VmHWM) {sampling}"),
        Result("agent.cpu_percent", agent.cpu_percent, core, "lower", 0.5, scraped, cpu, sampling),
        Result("hub.idle_cpu_percent", hub.cpu_percent, core, "lower", 2, note=idle),
        Result("hub.idle_rss_mb", hub.peak_mb, "MB", "lower", 200, note=f"peak (VmHWM) {idle}"),
    ]


def measure(quick: bool) -> list[Result]:
    """Measure agent, hub and peer side by side for ten minutes, or for a quarter of one when quick."""
    with (
        tempfile.TemporaryDirectory(prefix="opsentrix-bench-") as name,
        running_hub(Path(name)) as hub,
        running_agent(hub, Path(name)) as agent,
        scraped_peer(Path(name)) as peer,
    ):
        wait_until(lambda: hub.online_agents() == 1, "the agent was not online", 60)
        pids = {"agent": agent, "hub": hub.pid} | ({"peer": peer} if peer else {})
        time.sleep(QUICK_WARM_UP_S if quick else FULL_WARM_UP_S)
        started = time.monotonic()
        before = {name: use_of_tree(pid) for name, pid in pids.items()}
        time.sleep(QUICK_S if quick else FULL_S)
        elapsed = time.monotonic() - started
        return results_of({name: cost(before[name], use_of_tree(pid), elapsed) for name, pid in pids.items()}, elapsed)
