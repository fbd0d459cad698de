"""The default host collectors. Adding one is a file here and a line in this table; nothing is imported until used."""

COLLECTORS: dict[str, str] = {
    "cpu": "opsentrix_agent.collectors.cpu:Cpu",
    "load": "opsentrix_agent.collectors.load:Load",
    "memory": "opsentrix_agent.collectors.memory:Memory",
    "swap": "opsentrix_agent.collectors.swap:Swap",
    "filesystem": "opsentrix_agent.collectors.filesystem:Filesystem",
    "disk": "opsentrix_agent.collectors.disk:Disk",
    "network": "opsentrix_agent.collectors.network:Network",
    "processes": "opsentrix_agent.collectors.processes:Processes",
    "cgroups": "opsentrix_agent.collectors.cgroups:Cgroups",
    "containers": "opsentrix_agent.collectors.containers:Containers",
    "systemd": "opsentrix_agent.collectors.systemd:Systemd",
    "smart": "opsentrix_agent.collectors.smart:Smart",
    "nvidia": "opsentrix_agent.collectors.nvidia:Nvidia",
    "uptime": "opsentrix_agent.collectors.uptime:Uptime",
}
"""Name of each collector -> where its class is, as `module:class`, in the order in which they run."""
