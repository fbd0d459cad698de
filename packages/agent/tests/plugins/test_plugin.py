"""Plugins as real programs; the clock is the test's."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from opsentrix_agent.collector import Reading
from opsentrix_agent.errors import PluginError
from opsentrix_agent.plugins.folder import MAX_PLUGINS, find_plugins, renewed
from opsentrix_agent.plugins.plugin import Plugin
from opsentrix_agent.runner import Runner
from opsentrix_agent.sampler import Sampler
from opsentrix_protocol.catalogue import labels_of

GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "agent.md"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "collectors.d"
    path.mkdir(mode=0o755)
    return path


def write(folder: Path, script: str, name: str = "one.sh", mode: int = 0o755) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(mode)
    return path


def pid_of(plugin: Plugin) -> int:
    assert plugin._child is not None
    assert plugin._child._pid
    return plugin._child._pid


def wait(plugin: Plugin) -> None:
    """Wait until the program has ended, without taking its end away from who polls for it."""
    os.waitid(os.P_PID, pid_of(plugin), os.WEXITED | os.WNOWAIT)


def run(plugin: Plugin, clock: Clock, after: float = 0.0) -> dict[str, float]:
    """Let the plugin run once, some seconds after the run before, and return what it says."""
    clock.now += after
    before = plugin.runs
    try:
        plugin.collect()
    except PluginError:
        if plugin.runs > before:
            raise
    wait(plugin)
    return by_name(plugin.collect())


def by_name(readings: list[Reading]) -> dict[str, float]:
    return {metric.name: value for metric, _, value in readings}


def test_gauges_stand_until_the_next_run_and_counters_become_rates(folder: Path, clock: Clock) -> None:
    plugin = Plugin("my-app", write(folder, f"cat {folder}/data"), clock)
    data = folder / "data"
    data.write_text("queue 5\nsent_total 100\n")
    left_out = "opsentrix.agent.plugin.left_out"
    assert plugin.collect() == []
    assert run(plugin, clock) == {"plugin.my_app.queue": 5, left_out: 0}
    data.write_text("queue 6\nsent_total 400\n")
    clock.now += 29
    assert by_name(plugin.collect())["plugin.my_app.queue"] == 5
    assert run(plugin, clock, 1) == {"plugin.my_app.queue": 6, "plugin.my_app.sent_total": 10, left_out: 0}
    data.write_text("sent_total 3\n")
    assert "plugin.my_app.sent_total" not in run(plugin, clock, 30)


def test_the_sampler_takes_its_rates_as_they_are_and_learns_what_it_declares(folder: Path, clock: Clock) -> None:
    data = folder / "data"
    write(folder, f"cat {data}", "app.sh")
    plugin = Plugin("app", folder / "app.sh", clock)
    runner = Runner()
    sampler = Sampler({"plugin.app": plugin}, runner)
    for number in (100, 400):
        data.write_text(f"# TYPE sent counter\nsent {number}\n")
        sampler.sample()
        wait(plugin)
        values = sampler.sample()
        clock.now += 30
    assert values["plugin.app.sent", ()] == 10
    assert values["opsentrix.agent.collector.up", labels_of(collector="plugin.app")] == 1
    write(folder, f"cat {data} # edited", "app.sh")
    data.write_text("# TYPE sent gauge\nsent 9\n")
    sampler.sample()
    wait(plugin)
    assert sampler.sample()["plugin.app.sent", ()] == 9
    assert sampler.series["plugin.app.sent", ()].metric.unit == "1"
    runner.close()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "one.sh: exit code 3"),
        ("echo first >&2; echo no such queue >&2; exit 1", "exit code 1; it said: no such queue"),
        ("echo '<html>'", "nothing that can be taken"),
        ("true", "it printed nothing"),
        ("yes 'x 1'", "wrote more than 262144 bytes"),
        ("yes >&2", "wrote more than 262144 bytes"),
        ("kill -9 $$", "exit code -9"),
    ],
)
def test_one_that_fails_says_why(folder: Path, clock: Clock, script: str, said: str) -> None:
    plugin = Plugin("one", write(folder, script), clock)
    with pytest.raises(PluginError, match=re.escape(said)):
        until_failed(plugin)
    write(folder, "echo ok 1")
    assert run(plugin, clock, 30)["plugin.one.ok"] == 1


def until_failed(plugin: Plugin) -> None:
    while plugin.runs == 0:
        plugin.collect()


def test_one_that_hangs_is_killed_at_its_timeout(folder: Path, clock: Clock) -> None:
    plugin = Plugin("one", write(folder, "# opsentrix: interval=60s timeout=5s\nsleep 1000"), clock)
    plugin.collect()
    clock.now += 5
    plugin.collect()
    wait(plugin)
    with pytest.raises(PluginError, match="took more than 5 s"):
        plugin.collect()
    clock.now += 54
    with pytest.raises(PluginError):
        plugin.collect()
    assert plugin._child is None
    plugin.close()


def test_what_it_leaves_behind_is_killed(folder: Path, clock: Clock) -> None:
    # The reader sees the end of the pipe when the last process that holds it is gone.
    fifo = folder / "alive"
    os.mkfifo(fifo)
    plugin = Plugin("one", write(folder, f"(exec sleep 1000 > {fifo}) & echo x 1"), clock)
    plugin.collect()
    with fifo.open("rb") as alive:
        wait(plugin)
        assert by_name(plugin.collect())["plugin.one.x"] == 1
        assert alive.read() == b""


def test_an_agent_that_ends_takes_it_along(folder: Path, clock: Clock) -> None:
    plugin = Plugin("one", write(folder, "sleep 1000"), clock)
    plugin.collect()
    pid = pid_of(plugin)
    plugin.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.chmod(0o775), "can be written by others; run: chmod go-w"),
        (lambda path: path.parent.chmod(0o777), "can be written by others"),
        (lambda path: path.parent.parent.chmod(0o770), "can be written by others"),
        (lambda path: path.chmod(0o644), "is not executable; run: chmod"),
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.rename(path.with_name("two")) and path.symlink_to("two"), "links are not followed"),
        (lambda path: path.write_text("# opsentrix: interval=0"), "'interval=0' is not understood"),
        (lambda path: path.write_text("# opsentrix: every=5"), "'every=5' is not understood"),
    ],
)
def test_what_must_not_be_run_is_not(folder: Path, clock: Clock, change: Callable[[Path], object], said: str) -> None:
    marker = folder.parent / "ran"
    path = write(folder, f"touch {marker}")
    plugin = Plugin("one", path, clock)
    change(path)
    with pytest.raises(PluginError, match=re.escape(said)):
        plugin.collect()
    assert not marker.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="platform: only root may give files away")
def test_the_file_of_another_user_is_not_run(folder: Path, clock: Clock) -> None:
    path = write(folder, "true")
    os.chown(path, 65534, -1)
    with pytest.raises(PluginError, match="belongs to user 65534; run: chown root"):
        Plugin("one", path, clock).collect()


def test_files_are_found_by_their_names(folder: Path) -> None:
    for name in ("b.sh", "a.py", "a.sh", "c", ".hidden", "x.dpkg-old", "README"):
        write(folder, "", name)
    (folder / "folder").mkdir()
    found = find_plugins(folder)
    assert list(found.plugins) == ["plugin.a", "plugin.b", "plugin.c"]
    assert set(found.ignored) == {"a.sh", "x.dpkg-old", "README"}
    assert find_plugins(folder / "none").plugins == {}
    assert "cannot be read" in find_plugins(folder / "c").problem


def test_looking_again_keeps_those_that_run_and_ends_those_that_are_gone(folder: Path, clock: Clock) -> None:
    write(folder, "echo x 1", "stays.sh")
    gone = write(folder, "sleep 60", "gone.sh")
    first = find_plugins(folder).plugins
    for plugin in first.values():
        plugin._clock = clock
    run(first["plugin.stays"], clock)
    first["plugin.gone"].collect()
    pid = pid_of(first["plugin.gone"])
    gone.unlink()
    (folder / "stays.sh").rename(folder / "stays.py")
    write(folder, "echo y 1", "new.sh")
    second = renewed(first, find_plugins(folder).plugins)
    assert list(second) == ["plugin.new", "plugin.stays"]
    assert second["plugin.stays"] is first["plugin.stays"]
    assert second["plugin.stays"].path.name == "stays.py"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_there_is_a_limit_of_plugins(folder: Path) -> None:
    for number in range(MAX_PLUGINS + 1):
        write(folder, "", f"p{number}")
    assert len(find_plugins(folder).plugins) == MAX_PLUGINS


@pytest.mark.parametrize("name", ["backups.py", "queue.sh"])
def test_the_examples_of_the_guide_run(folder: Path, clock: Clock, name: str) -> None:
    example = (
        GUIDE.read_text().partition(f"<!-- {name} -->")[2].partition("```")[2].partition("\n")[2].partition("```")[0]
    )
    (folder / name).write_text(example.replace("/var/backups", str(folder)).replace("/var/spool/mail", str(folder)))
    (folder / name).chmod(0o755)
    plugin = Plugin("x", folder / name, clock)
    said = run(plugin, clock)
    assert said.pop("opsentrix.agent.plugin.left_out") == 0
    assert len(said) >= 1
    assert plugin._start_at - clock.now > 30
