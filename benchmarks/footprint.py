"""What watching one machine costs: the agent, the hub behind it, and peers, all over the same minutes.

There are two agents: one talks TLS to the hub, as agents should, and its figures are the agent's; the other plain http,
as beside a hub on the same machine. The peers are Prometheus' node_exporter, scraped each second as the agent samples
each second, Glances and Netdata, where the machine has them. CPU is read after a warm-up, so starting is not counted;
peak memory counts everything since the start.
"""

import contextlib
import getpass
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks.deployment import running_agent, running_hub
from benchmarks.harness import Cost, Result, cost, free_port, spawned, use_of_tree, wait_until
from benchmarks.tls_relay import AUTHORITY, tls_relay

EXPORTER = "prometheus-node-exporter"
GLANCES = "glances"
NETDATA = "netdata"
PLAIN = "agent, plain http"
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
def running_exporter(program: str, folder: Path) -> Iterator[int]:
    """Run node_exporter, scraped each second, and yield its process id."""
    address = f"127.0.0.1:{free_port()}"
    url = f"http://{address}/metrics"
    with spawned([program, f"--web.listen-address={address}"], folder / "exporter.log") as pid:
        wait_until(lambda: answers(url), "node_exporter did not answer", 20)
        stop = threading.Event()
        scraper = threading.Thread(target=scrape_each_second, args=(url, stop))
        scraper.start()
        try:
            yield pid
        finally:
            stop.set()
            scraper.join()


@contextlib.contextmanager
def running_netdata(program: str, folder: Path) -> Iterator[int]:
    """Run Netdata with its default plugins, in folders of its own, and yield its process id."""
    home = folder / NETDATA
    for name in ("config", "cache", "lib", "log"):
        (home / name).mkdir(parents=True)
    address = f"127.0.0.1:{free_port()}"
    directories = "".join(f"    {name} = {home / name}\n" for name in ("config", "cache", "lib", "log"))
    config = home / "netdata.conf"
    user = getpass.getuser()
    config.write_text(
        f"[directories]\n{directories}[global]\n    run as user = {user}\n[web]\n    bind to = {address}\n"
    )
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    with spawned([program, "-D", "-c", str(config)], folder / "netdata.log", environment) as pid:
        wait_until(lambda: answers(f"http://{address}/api/v1/info"), "Netdata did not answer", 30)
        yield pid


@contextlib.contextmanager
def running_peers(folder: Path) -> Iterator[dict[str, int]]:
    """Run the peers that this machine has and yield their process ids by name."""
    with contextlib.ExitStack() as running:
        pids = {}
        if exporter := shutil.which(EXPORTER) or shutil.which("node_exporter"):
            pids[EXPORTER] = running.enter_context(running_exporter(exporter, folder))
        if glances := shutil.which(GLANCES):
            command = [glances, "--quiet", "--time", "1"]
            pids[GLANCES] = running.enter_context(spawned(command, folder / "glances.log"))
        if netdata := shutil.which(NETDATA) or shutil.which("/usr/sbin/netdata"):
            pids[NETDATA] = running.enter_context(running_netdata(netdata, folder))
        yield pids


def answers(url: str) -> bool:
    """Tell whether something serves this page."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url).is_success
    return False


def results_of(costs: Mapping[str, Cost], elapsed_s: float) -> list[Result]:
    """Make the figures from what "agent", `PLAIN`, "hub" and the peers that were there cost."""
    window = f"over {elapsed_s:.0f} s"
    sampling = f"{window}, all default collectors at 1 s"
    idle = f"{window}, two agents, nobody watching, without PostgreSQL"
    agent, plain, hub, exporter = costs["agent"], costs[PLAIN], costs["hub"], costs.get(EXPORTER)
    scraped = f"{EXPORTER} scraped each second" if exporter else None
    peak, cpu = (exporter.peak_mb, exporter.cpu_percent) if exporter else (None, None)
    beside = "".join(
        f"; {name}: {costs[name].peak_mb:.1f} MB, {costs[name].cpu_percent:.2f} %"
        for name in (GLANCES, NETDATA)
        if name in costs
    )
    core = "% of one core"
    return [
        Result(
            "agent.rss_mb", agent.peak_mb, "MB", "lower", 25, scraped, peak, f"peak (VmHWM) {sampling}, TLS{beside}"
        ),
        Result("agent.cpu_percent", agent.cpu_percent, core, "lower", 0.5, scraped, cpu, f"{sampling}, TLS{beside}"),
        Result("agent.plain_rss_mb", plain.peak_mb, "MB", "lower", 25, note=f"peak (VmHWM) {sampling}, plain http"),
        Result("agent.plain_cpu_percent", plain.cpu_percent, core, "lower", 0.5, note=f"{sampling}, plain http"),
        Result("hub.idle_cpu_percent", hub.cpu_percent, core, "lower", 2, note=idle),
        Result("hub.idle_rss_mb", hub.peak_mb, "MB", "lower", 200, note=f"peak (VmHWM) {idle}"),
    ]


def measure(quick: bool) -> list[Result]:
    """Measure agents, hub and peers side by side for ten minutes, or for a quarter of one when quick."""
    with tempfile.TemporaryDirectory(prefix="opsentrix-bench-") as name, contextlib.ExitStack() as running:
        folder = Path(name)
        hub = running.enter_context(running_hub(folder))
        url = running.enter_context(tls_relay(urlsplit(hub.url).port or 80))
        encrypted = {"name": "encrypted", "server_url": url, "tls_ca": str(AUTHORITY)}
        pids = {
            "agent": running.enter_context(running_agent(hub, folder / "encrypted", **encrypted)),
            PLAIN: running.enter_context(running_agent(hub, folder / "plain", name="plain")),
            "hub": hub.pid,
            **running.enter_context(running_peers(folder)),
        }
        wait_until(lambda: hub.online_agents() == 2, "the agents were not online", 60)
        time.sleep(QUICK_WARM_UP_S if quick else FULL_WARM_UP_S)
        started = time.monotonic()
        before = {name: use_of_tree(pid) for name, pid in pids.items()}
        time.sleep(QUICK_S if quick else FULL_S)
        elapsed = time.monotonic() - started
        return results_of({name: cost(before[name], use_of_tree(pid), elapsed) for name, pid in pids.items()}, elapsed)
