from pathlib import Path

import pytest
from opsentrix_agent.collector import HostPaths
from opsentrix_agent.hostfacts import host_facts, virtualization


def machine(root: Path, **files: str) -> HostPaths:
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return HostPaths(root / "proc", root / "sys", root / "etc")


def test_facts_carry_the_names_of_opentelemetry(tmp_path: Path) -> None:
    paths = machine(
        tmp_path,
        proc__cpuinfo="processor : 0\nmodel name\t: Fast CPU 3000\nflags : fpu hypervisor\n",
        proc__meminfo="MemTotal:       16000 kB\nMemFree: 1 kB\n",
    )
    machine(tmp_path, **{"etc__os-release": 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\n'})
    facts = host_facts(paths)
    assert facts["os.description"] == "Debian GNU/Linux 12"
    assert facts["host.cpu.model.name"] == "Fast CPU 3000"
    assert facts["host.memory.total_bytes"] == str(16000 * 1024)
    assert facts["host.virtualization"] == "vm"
    assert {"os.type", "os.kernel", "host.name", "host.arch", "host.cpu.count"} <= set(facts)
    assert all(facts.values())


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    facts = host_facts(machine(tmp_path))
    assert "host.cpu.model.name" not in facts
    assert "host.memory.total_bytes" not in facts
    assert facts["host.virtualization"] == "none"


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        (".dockerenv", "", "docker"),
        ("run__.containerenv", "", "podman"),
        ("run__systemd__container", "lxc\n", "lxc"),
        ("proc__1__environ", "PATH=/bin\0container=systemd-nspawn\0", "systemd-nspawn"),
        ("proc__1__cgroup", "0::/kubepods/burstable/pod1\n", "kubepods"),
        ("sys__class__dmi__id__sys_vendor", "QEMU\n", "kvm"),
        ("sys__class__dmi__id__product_name", "VMware Virtual Platform\n", "vmware"),
        ("sys__class__dmi__id__sys_vendor", "Amazon EC2\n", "amazon"),
        ("sys__class__dmi__id__sys_vendor", "Dell Inc.\n", "none"),
        ("sys__hypervisor__type", "xen\n", "xen"),
        ("proc__cpuinfo", "flags : fpu vme hypervisor\n", "vm"),
        ("proc__cpuinfo", "flags : fpu vme\n", "none"),
    ],
)
def test_virtualization_is_read_from_files(tmp_path: Path, file: str, content: str, expected: str) -> None:
    assert virtualization(machine(tmp_path, **{file: content})) == expected
