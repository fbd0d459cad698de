import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opsentrix_agent.collectors.containers import (
    ASK_EVERY_S,
    FORGET_AFTER_S,
    INSPECT_AT_ONCE,
    MAX_CONTAINERS,
    Containers,
)
from opsentrix_agent.errors import CollectorUnavailableError

from .fakeengine import FakeEngine, http
from .support import copy_of, tree, values

CREATED = 1_763_600_000
NOW = CREATED + 3600.0
WEB = "4c01db0b339c" + 52 * "0"
ON_WEB = "container=web,runtime=docker"


def row(name: str = "web", container_id: str = WEB, **changes: object) -> dict[str, Any]:
    return {
        "Id": container_id,
        "Names": [f"/{name}"],
        "Image": "nginx:1.27",
        "State": "running",
        "Status": "Up 3 hours",
        "Created": CREATED,
        "HostConfig": {"NetworkMode": "default"},
        **changes,
    }


class Machine:
    """A machine of the test data with a Docker that can be asked, and the collector on it."""

    def __init__(self, folder: Path, socket: str = "docker.sock") -> None:
        self.paths = copy_of("vm-2core", folder)
        self.engine = FakeEngine(self.paths.run / socket)
        self.now = 1000.0
        self.wall = NOW
        self.containers = Containers(self.paths, clock=lambda: self.now, wall=lambda: self.wall)

    def tick(self) -> dict[str, float]:
        self.now += 1
        return values(self.containers.collect())

    def ask(self) -> dict[str, float]:
        """Let the collector ask, answer everything, and return what it then says."""
        self.now += ASK_EVERY_S
        self.containers.collect()
        self.engine.answer()
        return self.tick()

    def close(self) -> None:
        self.engine.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_state_health_restarts_and_use(machine: Machine, chunked: bool) -> None:
    machine.engine.chunked = chunked
    machine.engine.containers = [row(Status="Up 3 hours (healthy)"), row("old", "b" * 64, State="exited")]
    network = {"NetworkMode": "default"}
    machine.engine.inspections = {WEB: {"RestartCount": 4, "HostConfig": network}}
    machine.ask()

    assert machine.ask() == {
        "container.runtime.up{runtime=docker}": 1,
        "container.left_out{runtime=docker}": 0,
        "container.count{runtime=docker,state=running}": 1,
        "container.count{runtime=docker,state=paused}": 0,
        "container.count{runtime=docker,state=restarting}": 0,
        "container.count{runtime=docker,state=exited}": 1,
        "container.state{container=web,image=nginx:1.27,runtime=docker,state=running}": 1,
        f"container.healthy{{{ON_WEB}}}": 1,
        f"container.restarts{{{ON_WEB}}}": 4,
        f"container.cpu.usage{{{ON_WEB}}}": 8,
        f"container.memory.usage{{{ON_WEB}}}": 64_000_000 - 300_000,
        f"container.memory.limit{{{ON_WEB}}}": 268_435_456,
        "container.disk.io{container=web,direction=read,runtime=docker}": 1048576,
        "container.disk.io{container=web,direction=write,runtime=docker}": 2097152,
        "container.network.io{container=web,direction=receive,runtime=docker}": 5242880,
        "container.network.io{container=web,direction=transmit,runtime=docker}": 1310720,
    }


def test_the_engine_is_asked_each_ten_seconds_and_its_containers_in_turns(machine: Machine) -> None:
    ids = [f"{number:064x}" for number in range(30)]
    machine.engine.containers = [row(f"c{number}", one) for number, one in enumerate(ids)]
    machine.engine.inspections = {one: {"RestartCount": 1} for one in ids}
    inspected: set[str] = set()
    for asking in range(4):
        machine.now += ASK_EVERY_S - 9
        machine.containers.collect()
        machine.engine.answer()
        assert machine.engine.asked[0] == "/containers/json?all=true"
        assert len(machine.engine.asked) == 1 + (INSPECT_AT_ONCE if asking in (1, 2) else 6 if asking == 3 else 0)
        inspected.update(machine.engine.asked[1:])
        for _ in range(9):
            machine.tick()
            machine.engine.answer()
            assert machine.engine.asked == []

    assert len(inspected) == 30


def test_what_stops_stays_for_an_hour(machine: Machine) -> None:
    machine.engine.containers = [row(Status="Up (unhealthy)")]
    first = machine.ask()
    machine.engine.containers = [row(State="exited", Status="Exited (137) 2 seconds ago")]
    exited = machine.ask()
    machine.engine.containers = []
    removed = machine.ask()
    machine.now += FORGET_AFTER_S
    state = "container.state{{container=web,image=nginx:1.27,runtime=docker,state={}}}".format

    assert first[f"container.healthy{{{ON_WEB}}}"] == 0
    assert (exited[state("running")], exited[state("exited")]) == (0, 1)
    assert (removed[state("exited")], removed[state("removed")]) == (0, 1)
    assert f"container.cpu.usage{{{ON_WEB}}}" not in removed
    assert f"container.healthy{{{ON_WEB}}}" not in removed
    assert not [name for name in machine.ask() if "web" in name]


def test_a_container_made_anew_under_the_same_name_goes_on_in_the_same_series(machine: Machine) -> None:
    machine.engine.containers = [row(container_id="c" * 64)]
    machine.ask()
    machine.engine.containers = [row()]

    assert machine.ask()[f"container.cpu.usage{{{ON_WEB}}}"] == 8


def test_the_short_lived_are_not_reported(machine: Machine) -> None:
    machine.engine.containers = [row(Created=machine.wall - 10)]
    assert not [name for name in machine.ask() if "container=web" in name]
    machine.wall += 30

    assert [name for name in machine.ask() if "container=web" in name]


def test_containers_are_bounded_and_those_left_out_are_counted(machine: Machine) -> None:
    machine.engine.containers = [row(f"c{one}", f"{one:064x}") for one in range(MAX_CONTAINERS + 7)]

    seen = machine.ask()

    assert seen["container.left_out{runtime=docker}"] == 7
    assert len([name for name in seen if name.startswith("container.state")]) == MAX_CONTAINERS


@pytest.mark.parametrize("mode", ["host", "container:abc"])
def test_a_network_that_is_not_its_own_is_not_counted(machine: Machine, mode: str) -> None:
    machine.engine.containers = [row(HostConfig={"NetworkMode": mode})]

    seen = machine.ask()

    assert f"container.cpu.usage{{{ON_WEB}}}" in seen
    assert not [name for name in seen if name.startswith("container.network")]


def test_where_only_the_inspection_tells_of_the_network_it_is_counted_from_then_on(machine: Machine) -> None:
    machine.engine.containers = [row(HostConfig=None), row("on-host", "d" * 64, HostConfig=None)]
    machine.engine.inspections = {WEB: {"HostConfig": {"NetworkMode": "bridge"}}}
    assert not [name for name in machine.ask() if name.startswith("container.network")]
    machine.ask()

    assert len([name for name in machine.ask() if name.startswith("container.network")]) == 2


def test_a_process_that_went_takes_its_network_with_it(machine: Machine) -> None:
    machine.engine.containers = [row()]
    machine.ask()
    (machine.paths.proc / "1500/net/dev").unlink()

    assert not [name for name in machine.tick() if name.startswith("container.network")]


def test_cgroups_of_version_1(tmp_path: Path) -> None:
    group = f"docker/{WEB}"
    paths = tree(
        tmp_path,
        {
            f"sys/fs/cgroup/cpuacct/{group}/cpuacct.usage": b"8000000000\n",
            f"sys/fs/cgroup/memory/{group}/memory.usage_in_bytes": b"1000000\n",
            f"sys/fs/cgroup/memory/{group}/memory.limit_in_bytes": b"9223372036854771712\n",
            f"sys/fs/cgroup/memory/{group}/memory.stat": b"cache 9\ninactive_file 1\ntotal_inactive_file 400000\n",
            f"sys/fs/cgroup/memory/{group}/cgroup.procs": b"",
            f"sys/fs/cgroup/blkio/{group}/blkio.throttle.io_service_bytes": b"8:0 Read 5\n8:0 Write 6\n8:0 Total 11\n"
            b"8:16 Read 10\n8:16 Write 20\nTotal 41\n",
        },
    )
    engine = FakeEngine(paths.run / "docker.sock")
    engine.containers = [row()]
    containers = Containers(paths, wall=lambda: NOW)
    containers.collect()
    engine.answer()

    seen = values(containers.collect())

    assert seen[f"container.cpu.usage{{{ON_WEB}}}"] == 8
    assert seen[f"container.memory.usage{{{ON_WEB}}}"] == 600_000
    assert f"container.memory.limit{{{ON_WEB}}}" not in seen
    assert seen["container.disk.io{container=web,direction=read,runtime=docker}"] == 15
    assert seen["container.disk.io{container=web,direction=write,runtime=docker}"] == 26


@pytest.mark.parametrize(
    ("socket", "runtime", "scope"),
    [
        ("podman/podman.sock", "podman", f"machine.slice/libpod-{WEB}.scope"),
        ("user/1000/podman/podman.sock", "podman:1000", f"user.slice/user-1000.slice/libpod-{WEB}.scope"),
        ("user/1000/docker.sock", "docker:1000", f"user.slice/docker/{WEB}"),
    ],
)
def test_other_engines(tmp_path: Path, socket: str, runtime: str, scope: str) -> None:
    groups = f"sys/fs/cgroup/{scope}"
    conmon = f"sys/fs/cgroup/machine.slice/libpod-conmon-{WEB}.scope"
    files = {
        "sys/fs/cgroup/cgroup.controllers": b"cpu\n",
        f"{conmon}/cpu.stat": b"usage_usec 1\n",
        f"{groups}/cpu.stat": b"usage_usec 3000000\n",
    }
    paths = tree(tmp_path, files)
    engine = FakeEngine(paths.run / socket)
    engine.containers = [row()]
    containers = Containers(paths, wall=lambda: NOW)
    containers.collect()
    engine.answer()

    assert values(containers.collect())[f"container.cpu.usage{{container=web,runtime={runtime}}}"] == 3


def test_dockers_socket_that_is_podmans_is_asked_once(tmp_path: Path) -> None:
    paths = tree(tmp_path, {"proc/stat": b""})
    engine = FakeEngine(paths.run / "podman/podman.sock")
    (paths.run / "docker.sock").symlink_to(paths.run / "podman/podman.sock")

    seen = values(Containers(paths).collect())

    assert list(seen) == ["container.runtime.up{runtime=docker}"]
    engine.close()


ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b"[" * 100


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\xff\x16\x03garbage" * 3,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]xx",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000,
        b"HTTP/1.1 OK\r\n\r\n",
        http(b"not json"),
        http(b"[" * 50_000),
        http(b'{"message": "an object"}'),
        http(b"\xff\xfe"),
        http(b"[]", status=500),
        http(b"[]") + b"more than was asked",
    ],
)
def test_an_engine_that_answers_junk_is_down_until_it_answers_well(machine: Machine, answer: bytes) -> None:
    up = "container.runtime.up{runtime=docker}"
    machine.engine.containers = [row()]
    assert machine.ask()[up] == 1
    machine.engine.answers["*"] = answer

    assert machine.ask() == {up: 0}
    assert machine.tick() == {up: 0}
    machine.engine.answers.clear()
    assert machine.ask()[f"container.cpu.usage{{{ON_WEB}}}"] == 8


def test_an_endless_answer_is_given_up(machine: Machine) -> None:
    machine.engine.answers["*"] = ENDLESS
    machine.ask()
    for _ in range(200):
        if machine.tick()["container.runtime.up{runtime=docker}"] == 0:
            return
        machine.engine.send(b"[" * 65_536)
    pytest.fail("it was read for ever")


def test_an_engine_that_hangs_is_down_after_eight_seconds(machine: Machine) -> None:
    machine.tick()
    seen = [machine.tick()["container.runtime.up{runtime=docker}"] for _ in range(9)]

    assert seen == [1] * 8 + [0]


def test_an_engine_that_restarts_is_asked_on_a_new_connection(machine: Machine) -> None:
    machine.engine.containers = [row()]
    machine.ask()
    machine.engine.hang_up()
    machine.tick()

    assert machine.ask()[f"container.cpu.usage{{{ON_WEB}}}"] == 8


def test_an_engine_that_has_gone_is_down(machine: Machine) -> None:
    machine.engine.close()

    assert machine.tick() == {"container.runtime.up{runtime=docker}": 0}


def test_an_engine_that_speaks_unasked_is_not_listened_to(machine: Machine) -> None:
    machine.engine.containers = [row()]
    machine.ask()
    machine.engine.send(http(b"[]"))

    assert machine.tick() == {"container.runtime.up{runtime=docker}": 0}
    assert machine.ask()[f"container.cpu.usage{{{ON_WEB}}}"] == 8


def test_an_answer_that_comes_in_pieces(machine: Machine) -> None:
    machine.engine.containers = [row()]
    whole = http(json.dumps(machine.engine.containers).encode(), chunked=True)
    machine.engine.answers["*"] = whole[:1]
    machine.ask()
    for at in range(1, len(whole), 50):
        machine.engine.send(whole[at : at + 50])
        machine.now -= 1
        seen = machine.tick()

    assert seen[f"container.cpu.usage{{{ON_WEB}}}"] == 8


def test_without_a_socket_or_the_right_to_it_the_collector_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = tree(tmp_path, {"proc/stat": b""})
    with pytest.raises(CollectorUnavailableError, match=r"docker\.sock cannot be read: No such file"):
        Containers(paths)
    engine = FakeEngine(paths.run / "docker.sock")
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    with pytest.raises(CollectorUnavailableError, match=r"docker\.sock cannot be read: Permission denied"):
        Containers(paths)
    engine.close()
