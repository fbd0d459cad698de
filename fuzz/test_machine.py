"""What an agent reads of its machine: parsers fail as they say that they do, and tell no nonsense."""

import math
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix_agent.collector import Collector, HostPaths, Reading
from opsentrix_agent.collectors import COLLECTORS, dbuswire, nvidia, smart, unixhttp
from opsentrix_agent.collectors.child import Finished
from opsentrix_agent.collectors.containerapi import read_inspection, read_list
from opsentrix_agent.collectors.kmsg import Kmsg
from opsentrix_agent.errors import CollectorUnavailableError
from opsentrix_agent.hostfacts import host_facts
from opsentrix_agent.plugins import output
from opsentrix_protocol.layouts import check_labels, check_metric

from fuzz.inputs import EXAMPLES, changed, fuzzed, json_texts
from packages.agent.tests.collectors.support import DATA, load, paths_of

JSON_OUTPUT = {
    "metrics": {"queue.length": 5, "x": 1.5},
    "samples": [{"metric": "a", "value": 1, "labels": {"k": "v"}, "unit": "By", "kind": "counter"}],
}
PROMETHEUS = b"""# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.05"} 24054
latency_seconds_sum 53423
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
something_weird{problem="division by zero"} +Inf -3982045
"""
KERNEL = b"6,1234,5678,-;usb 1-1: new device\n SUBSYSTEM=usb\n"
CONTAINER = {
    "Id": "a" * 64,
    "Names": ["/web"],
    "Image": "nginx",
    "State": "running",
    "Status": "Up 3 hours (healthy)",
    "Created": 1763600000,
    "HostConfig": {"NetworkMode": "default"},
}
INSPECTION = {"RestartCount": 1, "State": {"Health": {"Status": "healthy"}}, "HostConfig": {"NetworkMode": "host"}}
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.0 404 Not Found\r\n\r\nbody",
]
BUS_WORDS = [b"as", b"a(yv)", b"v", b"(", b"a{sv}", b"\xff\xff\xff\x7f"]
CALL = dbuswire.method_call(1, "org.example", b"/", "org.example.I", "M", ("text", ["a", "b"]))
DISK = {
    "model_name": "Disk",
    "smart_status": {"passed": True},
    "temperature": {"current": 30},
    "power_on_time": {"hours": 5},
    "scsi_grown_defect_list": 0,
    "nvme_smart_health_information_log": {"percentage_used": 1, "available_spare": 99, "media_errors": 3},
    "ata_smart_attributes": {"table": [{"id": 5, "raw": {"value": 3}}]},
}
MACHINES = ("vm-2core", "odd", "storage-host", "rhel8")
WATCHED = tuple(
    name for name in COLLECTORS
    if name not in ("nvidia", "smart", "containers", "systemd", "clock", "sockets", "filesystem", "kmsg")
)  # fmt: skip
FAULTS = (OSError, ValueError, CollectorUnavailableError, LookupError, ArithmeticError, TypeError)
"""The sampler takes whatever a collector raises; these say that the source was not as it should be."""


def check(readings: Iterable[Reading]) -> None:
    """Check that what is told could be sent."""
    for metric, labels, value in readings:
        check_metric("metric", metric.name, metric.unit)
        check_labels("metric", labels)
        float(value)


@fuzzed()
@given(st.one_of(json_texts([JSON_OUTPUT]), changed([PROMETHEUS], [b"{", b"}", b'"', b"\\", b"# TYPE "])))
def test_what_a_plugin_prints_is_good_values_or_refused(printed: bytes) -> None:
    try:
        parsed = output.parse(printed, "plugin.")
    except ValueError:
        return
    assert len(parsed.values) <= output.MAX_SERIES
    check(parsed.values)
    assert all(math.isfinite(one.number) and one.metric.help.isprintable() for one in parsed.values)


@fuzzed(fixtures=True)
@given(record=changed([KERNEL], [b",", b";"]))
def test_a_message_of_the_kernel_is_counted_or_not(tmp_path: Path, record: bytes) -> None:
    (tmp_path / "kmsg").write_bytes(b"")
    kmsg = Kmsg(HostPaths(dev=tmp_path))
    (tmp_path / "kmsg").write_bytes(record)
    check(kmsg.collect())
    assert all(one.text.isprintable() for one in kmsg.witnessed())


@fuzzed()
@given(json_texts([INSPECTION]), st.one_of(json_texts([CONTAINER]), json_texts([{"0": CONTAINER}])))
def test_what_a_container_engine_says_is_taken_or_no_json(inspection: bytes, listed: bytes) -> None:
    for read, body in ((read_inspection, inspection), (read_list, b"[" + listed + b"]")):
        try:
            found = read(body)
        except ValueError:
            continue
        for one in found if isinstance(found, list) else ():
            assert one.name.isprintable()
            assert one.image.isprintable()
            assert math.isfinite(one.created)


@fuzzed()
@given(changed(ANSWERS, [b"\r\n", b"-5", b"ffffffffffffffff", b"chunked", b"HTTP/1.1 "]), st.booleans())
def test_an_answer_over_a_unix_socket_is_http_or_refused(data: bytes, over: bool) -> None:
    try:
        part = unixhttp._first(bytearray(data), over=over)
    except unixhttp.HttpError:
        return
    assert part is None or part.ends <= len(data)


@fuzzed()
@given(changed([CALL], BUS_WORDS).filter(lambda data: len(data) >= 16))
def test_a_message_of_the_bus_is_read_or_refused(data: bytes) -> None:
    try:
        length = dbuswire.message_length(data)
        dbuswire.parse(data[: length or None])
    except dbuswire.DBusError:
        return


@fuzzed(fixtures=True)
@given(said=json_texts([DISK]), listed=json_texts([{"devices": [{"name": "/dev/sda", "type": "sat"}]}]))
def test_what_smartctl_says_is_taken_or_left_out(tmp_path: Path, said: bytes, listed: bytes) -> None:
    (tmp_path / "smartctl").touch(mode=0o755)
    disks = smart.Smart(HostPaths(), search=str(tmp_path))
    disks._take(Finished(0, listed, ""))
    disks._asked = "/dev/sda"
    disks._take(Finished(0, said, ""))
    check(disks._readings)


@fuzzed()
@given(changed([b"0, NVIDIA L4, 50, 1000, 24000, 60, 50.5, 30, 0"], [b",", b"[N/A]"]))
def test_a_line_of_nvidia_smi_is_taken_or_left_out(line: bytes) -> None:
    check(nvidia._gpu(line))


@pytest.fixture(scope="module", params=MACHINES)
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine whose files a test may change."""
    folder = tmp_path_factory.mktemp(request.param) / "machine"
    shutil.copytree(DATA / request.param, folder)
    return folder


@fuzzed(examples=EXAMPLES // 2, fixtures=True)
@given(data=st.data())
def test_whatever_a_machines_files_hold_its_collectors_tell_no_nonsense(machine: Path, data: st.DataObject) -> None:
    files = sorted(path for path in machine.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(files))
    before = path.read_bytes()
    paths = paths_of(machine)
    collectors = _made(paths)
    path.write_bytes(data.draw(changed([before or b"0"], [b":", b"/", b"(", b")", b"kB", b"18446744073709551616"])))
    try:
        for collector in (*collectors, *_made(paths)):
            for _ in range(2):
                try:
                    check(collector.collect())
                except FAULTS:
                    continue
        host_facts(paths)
    finally:
        path.write_bytes(before)


def _made(paths: HostPaths) -> list[Collector]:
    made = []
    for name in WATCHED:
        try:
            made.append(load(name)(paths))  # type: ignore[call-arg]  # a protocol does not state the constructor
        except FAULTS:
            continue
    return made
