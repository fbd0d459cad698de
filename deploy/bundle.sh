#!/bin/sh
# Builds the agent with a Python of its own, for machines that have none, into dist/opsentrix-agent-VERSION-linux-MACHINE.tar.gz.
# It runs where the C library is at least as new as on the machine that builds it: build on the oldest that is to be
# served, and on each architecture (PyInstaller does not build for another one; in a root of that architecture under
# qemu-user it does, in half a minute). It needs Python's shared library (libpython3.11 on Debian) and binutils.
set -eu

pyinstaller=6.16.0    # with what it needs, the only thing here that uv.lock does not name; it is no part of the bundle but its loader
cd "$(dirname "$0")/.."
PATH=$PWD/.cache/bin:$PATH
work=$PWD/.cache/bundle
python=${PYTHON:-python3}

rm -rf "$work"
uv venv --quiet --python "$python" "$work/venv"
export VIRTUAL_ENV="$work/venv"
uv export --quiet --frozen --package opsentrix-agent --no-default-groups --no-emit-workspace --no-header >"$work/requirements.txt"
uv pip install --quiet --require-hashes --requirements "$work/requirements.txt"
uv pip install --quiet --no-deps packages/protocol packages/agent
uv pip install --quiet "pyinstaller==$pyinstaller"

cat >"$work/opsentrix-agent.py" <<'PYTHON'
import sys

from opsentrix_agent.cli import main

sys.exit(main())
PYTHON
# A folder, and not one file: that would unpack itself into /tmp at each start, and stay in memory twice.
"$work/venv/bin/pyinstaller" --log-level ERROR --onedir --noconfirm --name opsentrix-agent \
    --collect-submodules opsentrix_agent --collect-submodules opsentrix_protocol \
    --hidden-import google._upb._message --exclude-module tkinter --exclude-module unittest \
    --distpath "$work/dist" --workpath "$work/build" --specpath "$work" "$work/opsentrix-agent.py"

version=$("$work/dist/opsentrix-agent/opsentrix-agent" --version | cut -d' ' -f2)
cp deploy/systemd/opsentrix-agent.service LICENSE "$work/dist/opsentrix-agent/"
mkdir -p dist
bundle=dist/opsentrix-agent-$version-linux-$(uname -m).tar.gz
tar --sort=name --owner=0 --group=0 --numeric-owner -C "$work/dist" -czf "$bundle" opsentrix-agent
echo "$bundle"
