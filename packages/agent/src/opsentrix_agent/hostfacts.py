"""What machine this is, by OpenTelemetry resource attribute names; read once, from files only.

No program is run for it (such as `systemd-detect-virt`): the agent starts none, and the files tell nearly as much.
"""

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from opsentrix_agent.collector import HostPaths

_VENDORS = {
    "qemu": "kvm",
    "kvm": "kvm",
    "vmware": "vmware",
    "innotek": "virtualbox",
    "virtualbox": "virtualbox",
    "xen": "xen",
    "microsoft corporation virtual machine": "hyper-v",
    "amazon ec2": "amazon",
    "google compute engine": "google",
    "openstack": "openstack",
    "parallels": "parallels",
    "bochs": "bochs",
    "firecracker": "firecracker",
    "digitalocean": "kvm",
    "hetzner": "kvm",
}
_CONTAINER_IN_CGROUP = re.compile(r"/(docker|lxc|kubepods|containerd|libpod)[-/.]")


def host_facts(paths: HostPaths | None = None) -> dict[str, str]:
    """Return what is known of this machine; what cannot be found out is left out."""
    source = paths or HostPaths()
    system = os.uname()
    facts = {
        "os.type": system.sysname.lower(),
        "os.description": _os_description(source),
        "os.kernel": system.release,
        "host.id": _machine(source),
        "host.name": system.nodename,
        "host.arch": {"x86_64": "amd64", "aarch64": "arm64"}.get(system.machine, system.machine),
        "host.cpu.model.name": _cpu_model(source),
        "host.cpu.count": str(os.cpu_count() or ""),
        "host.memory.total_bytes": _memory_total(source),
        "host.virtualization": virtualization(source),
    }
    return {key: value for key, value in facts.items() if value}


def _machine(paths: HostPaths) -> str:
    """Return what tells this machine from others; /etc/machine-id itself is not to leave it (machine-id(5))."""
    number = _read(paths.etc / "machine-id")
    return sha256(f"opsentrix host.id {number}".encode()).hexdigest()[:32] if number else ""


def virtualization(paths: HostPaths) -> str:
    """Return what this machine runs in: a container's or a hypervisor's name, `vm` when unknown, `none` on metal."""
    return _container(paths) or _hypervisor(paths) or "none"


def _container(paths: HostPaths) -> str:
    root = paths.proc.parent
    if (root / "run/.containerenv").exists():
        return "podman"
    if (root / ".dockerenv").exists():
        return "docker"
    named = _read(root / "run/systemd/container")
    if named:
        return named
    environment = _read(paths.proc / "1/environ").split("\0")
    for entry in environment:
        if entry.startswith("container="):
            return entry.removeprefix("container=") or "container"
    match = _CONTAINER_IN_CGROUP.search(_read(paths.proc / "1/cgroup"))
    return match.group(1) if match else ""


def _hypervisor(paths: HostPaths) -> str:
    dmi = paths.sys / "class/dmi/id"
    described = " ".join(_read(dmi / name) for name in ("sys_vendor", "product_name", "bios_vendor")).lower()
    for words, name in _VENDORS.items():
        if words in described:
            return name
    if kind := _read(paths.sys / "hypervisor/type"):
        return kind
    flags = next(_cpuinfo(paths, "flags"), "")
    return "vm" if "hypervisor" in flags.split() else ""


def _os_description(paths: HostPaths) -> str:
    for line in _read(paths.etc / "os-release").splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.removeprefix("PRETTY_NAME=").strip("\"'")
    return os.uname().sysname


def _cpu_model(paths: HostPaths) -> str:
    return next((value for key in ("model name", "Model", "Hardware") for value in _cpuinfo(paths, key)), "")


def _memory_total(paths: HostPaths) -> str:
    match = re.search(r"^MemTotal:\s+(\d+) kB", _read(paths.proc / "meminfo"), re.MULTILINE)
    return str(int(match.group(1)) * 1024) if match else ""


def _cpuinfo(paths: HostPaths, wanted: str) -> Iterator[str]:
    for line in _read(paths.proc / "cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == wanted:
            yield value.strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
