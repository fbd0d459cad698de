from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from opsentrix_agent.collector import HostPaths
from opsentrix_agent.collectors.dbuswire import DBusError, Message, message_length, method_call, parse
from opsentrix_agent.collectors.systemd import ASK_EVERY_S, FORGET_AFTER_S, MAX_UNITS, MAX_WITNESSED, Systemd
from opsentrix_agent.errors import CollectorUnavailableError

from .fakebus import FakeBus, reply
from .support import DATA, tree, values

CGROUP = "sys/fs/cgroup/"
NGINX = ("nginx.service", "active", "running")
STATE = "systemd.unit.state{{state={},sub_state={},unit={}}}".format


class Machine:
    """A machine with a systemd that can be asked, and the collector on it."""

    def __init__(self, folder: Path) -> None:
        self.paths = tree(
            folder,
            {
                CGROUP + "cgroup.controllers": b"cpu memory\n",
                CGROUP + "system.slice/nginx.service/cpu.stat": b"usage_usec 2500000\nuser_usec 2000000\n",
                CGROUP + "system.slice/nginx.service/memory.current": b"7340032\n",
            },
        )
        self.bus = FakeBus(self.paths.run)
        self.now = 1000.0
        self.systemd = Systemd(self.paths, clock=lambda: self.now)

    def tick(self) -> dict[str, float]:
        self.now += 1
        return values(self.systemd.collect())

    def ask(self) -> dict[str, float]:
        """Let the collector ask, answer everything, and return what it then says."""
        self.now += ASK_EVERY_S
        self.systemd.collect()
        self.bus.answer()
        self.tick()
        self.bus.answer()
        return self.tick()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.bus.close()
    made.systemd._bus.close()


@pytest.mark.parametrize("order", ["<", ">"])
def test_services_that_run_and_units_that_failed(machine: Machine, order: str) -> None:
    machine.bus.order = order
    machine.bus.units = [
        NGINX,
        ("backup.mount", "failed", "failed"),
        ("sysctl.service", "active", "exited"),
        ("idle.service", "inactive", "dead"),
    ]
    machine.bus.restarts = {"nginx.service": 3}

    assert machine.ask() == {
        STATE("active", "running", "nginx.service"): 1,
        STATE("failed", "failed", "backup.mount"): 1,
        "systemd.unit.failed": 1,
        "systemd.unit.left_out": 0,
        "systemd.service.restarts{unit=nginx.service}": 3,
        "systemd.service.cpu.usage{unit=nginx.service}": 2.5,
        "systemd.service.memory.usage{unit=nginx.service}": 7340032,
    }


def test_the_bus_is_asked_each_ten_seconds_and_never_waited_for(machine: Machine) -> None:
    machine.bus.units = [NGINX]
    assert machine.tick() == {}
    machine.bus.answer()
    assert machine.bus.asked == ["hello", "list", "list"]
    machine.tick()
    machine.bus.answer()
    assert machine.bus.asked == ["nginx.service NRestarts", "nginx.service ControlGroup"]
    for _ in range(8):
        machine.tick()
        machine.bus.answer()
        assert machine.bus.asked == []
    machine.tick()
    machine.bus.answer()
    assert machine.bus.asked == ["list", "list"]


def test_a_unit_that_changes_keeps_the_states_that_it_was_in(machine: Machine) -> None:
    machine.bus.units = [NGINX]
    machine.ask()
    machine.bus.units = [("nginx.service", "failed", "failed")]
    failed = machine.ask()
    machine.bus.units = []
    gone = machine.ask()

    assert failed[STATE("active", "running", "nginx.service")] == 0
    assert failed[STATE("failed", "failed", "nginx.service")] == 1
    assert [gone[STATE(*state, "nginx.service")] for state in (("failed", "failed"), ("inactive", "dead"))] == [0, 1]
    assert "systemd.service.cpu.usage{unit=nginx.service}" not in gone


def told(machine: Machine) -> list[tuple[str, str, str]]:
    return [(dict(one.attributes)["unit"], one.severity, one.text) for one in machine.systemd.witnessed()]


def test_changes_are_told_once_and_what_was_found_is_none(machine: Machine) -> None:
    machine.bus.units = [NGINX, ("cron.service", "active", "running")]
    machine.ask()
    assert told(machine) == []
    machine.bus.units = [("nginx.service", "failed", "failed"), ("new.service", "activating", "start")]
    machine.ask()
    assert told(machine) == [
        ("nginx.service", "critical", "active (running) → failed (failed)"),
        ("new.service", "info", "inactive (dead) → activating (start)"),
        ("cron.service", "info", "active (running) → inactive (dead)"),
    ]
    machine.ask()
    assert told(machine) == []


def test_a_restart_between_two_questions_is_told(machine: Machine) -> None:
    machine.bus.units = [NGINX]
    machine.bus.restarts = {"nginx.service": 3}
    machine.ask()
    machine.bus.restarts = {"nginx.service": 5}
    machine.ask()
    assert told(machine) == [("nginx.service", "warning", "restarted by systemd, 5 times so far")]


def test_changes_that_nobody_asks_for_do_not_pile_up(machine: Machine) -> None:
    machine.ask()
    for one in range(MAX_WITNESSED):
        machine.bus.units = [NGINX] if one % 2 == 0 else []
        machine.ask()
    machine.bus.units = [("last.service", "failed", "failed")]
    machine.ask()
    changes = told(machine)
    assert (len(changes), changes[-1][0]) == (MAX_WITNESSED, "last.service")


def test_a_unit_that_stopped_is_forgotten_after_an_hour(machine: Machine) -> None:
    machine.bus.units = [NGINX]
    machine.ask()
    machine.bus.units = []
    assert STATE("inactive", "dead", "nginx.service") in machine.ask()
    machine.now += FORGET_AFTER_S

    assert machine.ask() == {"systemd.unit.failed": 0, "systemd.unit.left_out": 0}


def test_a_restarted_service_has_a_new_cgroup(machine: Machine) -> None:
    machine.bus.units = [NGINX]
    machine.ask()
    files = machine.systemd._units[b"nginx.service"].cgroup
    assert files is not None
    files._files["cpu"] = None  # what a read leaves behind when the group was removed
    assert "systemd.service.cpu.usage{unit=nginx.service}" not in machine.tick()

    assert machine.ask()["systemd.service.cpu.usage{unit=nginx.service}"] == 2.5


def test_units_are_bounded_and_those_left_out_are_counted(machine: Machine) -> None:
    machine.bus.units = [(f"stopped-{one}.service", "active", "running") for one in range(10)]
    machine.ask()
    machine.bus.units = [(f"s{one}.service", "active", "running") for one in range(MAX_UNITS + 5)]
    machine.bus.units.append(("last.socket", "failed", "failed"))
    seen = machine.ask()

    assert sum(name.startswith("systemd.unit.state") for name in seen) <= MAX_UNITS + 10
    assert seen["systemd.unit.left_out"] > 0
    assert seen[STATE("failed", "failed", "last.socket")] == 1
    later = machine.ask()
    assert sum(name.startswith("systemd.unit.state{state=active") for name in later) == MAX_UNITS - 1
    assert later["systemd.unit.left_out"] == 6


def test_states_of_one_unit_are_bounded(machine: Machine) -> None:
    for number in range(30):
        machine.bus.units = [("a.service", "active", f"sub-{number}")]
        machine.ask()

    seen = machine.tick()

    assert len([name for name in seen if "a.service" in name]) <= 8
    assert seen[STATE("active", "sub-29", "a.service")] == 1


def test_names_are_safe_and_systemds_own_escapes_stay(machine: Machine) -> None:
    machine.bus.units = [(r"dev-disk\x2d1.swap", "failed", "failed"), ("e\x1b[2J\n.service", "failed", "failed")]

    seen = machine.ask()

    assert STATE("failed", "failed", r"dev-disk\x2d1.swap") in seen
    assert STATE("failed", "failed", r"e\x1b[2J\x0a.service") in seen


def test_a_cgroup_outside_the_tree_is_not_followed(machine: Machine) -> None:
    machine.bus.units = [("../../../../proc/x.service", "active", "running")]

    machine.ask()

    assert all(unit.cgroup is None for unit in machine.systemd._units.values())


def test_without_cgroups_the_states_remain(tmp_path: Path) -> None:
    paths = tree(tmp_path, {"proc/stat": b""})
    bus = FakeBus(paths.run)
    now = [0.0]
    systemd = Systemd(paths, clock=lambda: now[0])
    bus.units = [NGINX]
    for _ in range(3):
        seen = values(systemd.collect())
        bus.answer()

    assert STATE("active", "running", "nginx.service") in seen
    bus.close()
    systemd._bus.close()


def refuse(machine: Machine) -> None:
    machine.bus.read()
    machine.bus.send(reply(2, "", None, error="org.freedesktop.DBus.Error.AccessDenied"))


def other_form(machine: Machine) -> None:
    machine.bus.serve = lambda call: reply(call.serial, "s", b"not a list")
    machine.bus.answer()


def hang_up(machine: Machine) -> None:
    machine.bus.read()
    machine.bus.hang_up()


def garbage(machine: Machine) -> None:
    machine.bus.read()
    machine.bus.send(b"\xff" * 64)


def huge(machine: Machine) -> None:
    machine.bus.read()
    machine.bus.send(b"l\2\1\1" + b"\xff\xff\xff\x00" + b"\1\0\0\0" + b"\0\0\0\0")


def silent(machine: Machine) -> None:
    machine.now += 6


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (refuse, "does not list its units: org.freedesktop.DBus.Error.AccessDenied"),
        (other_form, "another form|does not list"),
        (hang_up, "closed|reset|Broken pipe"),
        (garbage, "no message of D-Bus"),
        (huge, "a message of 16777231 bytes"),
        (silent, "no answer"),
    ],
)
def test_a_fault_is_said_until_systemd_answers_again(
    machine: Machine, fault: Callable[[Machine], None], says: str
) -> None:
    machine.bus.units = [NGINX]
    machine.tick()
    fault(machine)
    for _ in range(3):
        with pytest.raises(DBusError, match=f"systemd cannot be asked: .*({says})"):
            machine.tick()

    machine.bus.serve = machine.bus._serve
    machine.bus.drop()
    machine.now += ASK_EVERY_S
    with pytest.raises(DBusError):
        machine.systemd.collect()
    machine.bus.answer()

    assert STATE("active", "running", "nginx.service") in machine.tick()


def test_a_bus_that_does_not_let_us_in(machine: Machine) -> None:
    machine.tick()
    peer, _ = machine.bus._listener.accept()
    peer.send(b"REJECTED EXTERNAL\r\n")

    with pytest.raises(DBusError, match="does not let us in: REJECTED EXTERNAL"):
        machine.tick()
    peer.close()


def test_nobody_listens(machine: Machine) -> None:
    machine.bus.close()

    with pytest.raises(DBusError, match="systemd cannot be asked: Connection refused"):
        machine.tick()


@pytest.mark.parametrize("missing", ["systemd/system", "dbus/system_bus_socket"])
def test_unavailable_where_systemd_or_the_bus_is_not(tmp_path: Path, missing: str) -> None:
    for one in {"systemd/system", "dbus/system_bus_socket"} - {missing}:
        (tmp_path / one).mkdir(parents=True)

    with pytest.raises(CollectorUnavailableError, match=missing):
        Systemd(HostPaths(sys=tmp_path, run=tmp_path))


def recorded() -> list[Message]:
    """Return what dbus-daemon 1.14 and systemd 252 answered."""
    data = bytes.fromhex((DATA / "systemd/bus-252.hex").read_text())
    welcome, _, data = data.partition(b"\r\n")
    assert welcome == b"OK 21ee09b82685fb2e6bdef2fe6b0134f1"
    messages = []
    while data:
        length = message_length(data)
        messages.append(parse(data[:length]))
        data = data[length:]
    return messages


def test_what_a_real_bus_says_is_read() -> None:
    hello, _, failed, alive, restarts, group, _ = recorded()

    assert hello.body == [b":1.5"]
    assert [(row[0], row[3]) for row in failed.body[0]] == [
        (b"broken.service", b"failed"),
        (b"systemd-journal-flush.service", b"failed"),
    ]
    assert len(alive.body[0]) == 10
    assert alive.body[0][1][:5] == (b"hog.service", b"hog.service", b"loaded", b"active", b"running")
    assert restarts.body == [202]
    assert group.body == [b"/system.slice/hog.service"]


def test_a_call_has_the_bytes_of_the_specification() -> None:
    # What sd-bus 252 sends for: busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus Hello
    call = method_call(1, "org.freedesktop.DBus", b"/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")

    assert len(call) == 128
    assert call[:16] == b"l\x01\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00\x6e\x00\x00\x00"
    assert call[16:24] == b"\x01\x01o\x00\x15\x00\x00\x00"
    assert message_length(call) == len(call)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_messages_are_refused_or_read_but_nothing_else_happens(seed: int) -> None:
    data = bytearray(reply(1, "a(ssssssouso)", [(b"x",) * 6 + (b"/", 0, b"", b"/")] * 3))
    step = 7 + seed
    for at in range(seed, len(data), step):
        data[at] ^= 1 << at % 8
    try:
        length = message_length(data)
        parse(bytes(data[: min(length, len(data))] if length else data))
    except DBusError:
        pass


def test_every_cut_of_a_message_is_refused() -> None:
    data = reply(1, "v", ("s", b"value"))
    for length in range(16, len(data)):
        with pytest.raises(DBusError):
            parse(data[:length])


def test_nested_variants_end() -> None:
    deep = b"\x01v\x00" * 50 + b"\x01y\x00\x01"
    header = bytearray(reply(1, "v", ("s", b"")))
    start = message_length(header) - 7
    body = deep + bytes(-len(deep) % 8)
    header[4:8] = len(body).to_bytes(4, "little")
    with pytest.raises(DBusError, match="cannot be read"):
        parse(bytes(header[: start // 8 * 8]) + body)


def test_descriptors_are_given_back(machine: Machine) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        machine.bus.units = [NGINX]
        machine.ask()
        machine.bus.units = []
        machine.ask()

    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
