# The agent. Build from the repository root:
#   docker build -f deploy/docker/agent.Dockerfile -t opsentrix/agent .
# It sees the host with --pid=host --network=host; with -v /sys/fs/cgroup:/sys/fs/cgroup:ro -v /run/dbus:/run/dbus:ro its
# services as well, and with -v /var/run/docker.sock:/var/run/docker.sock:ro --group-add GID its containers (as good as root).

FROM python:3.13-slim AS python
RUN pip install --no-cache-dir uv==0.13.8
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/opsentrix-agent
WORKDIR /src
COPY pyproject.toml uv.lock LICENSE ./
COPY packages ./packages
RUN uv sync --frozen --no-default-groups --no-editable --package opsentrix-agent

FROM python:3.13-slim
RUN useradd --system --uid 10002 --home-dir /var/lib/opsentrix-agent --create-home opsentrix-agent
COPY --from=python /opt/opsentrix-agent /opt/opsentrix-agent
ENV PATH=/opt/opsentrix-agent/bin:$PATH OPSENTRIX_AGENT_STATE_DIR=/var/lib/opsentrix-agent
USER 10002
VOLUME /var/lib/opsentrix-agent
CMD ["opsentrix-agent", "run"]
