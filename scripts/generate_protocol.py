"""Generate the protobuf module and its stubs from opsentrix.proto; with --check, only say whether they are current."""

import importlib.resources
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

PACKAGE = Path(__file__).resolve().parent.parent / "packages/protocol/src/opsentrix_protocol"
GENERATED = ("opsentrix_pb2.py", "opsentrix_pb2.pyi")


def generate(target: Path) -> None:
    """Write the generated files into a folder, as modules of the package."""
    include = importlib.resources.files("grpc_tools") / "_proto"
    arguments = [
        "protoc", f"-I{PACKAGE.parent}", f"-I{include}", f"--python_out={target}", f"--pyi_out={target}",
        "opsentrix_protocol/opsentrix.proto",
    ]  # fmt: skip
    if protoc.main(arguments) != 0:
        sys.exit("protoc failed")


def main() -> None:
    """Run protoc, then install or compare what it made."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        made = {name: (Path(folder) / "opsentrix_protocol" / name).read_bytes() for name in GENERATED}
    if "--check" in sys.argv[1:]:
        stale = [name for name, content in made.items() if (PACKAGE / name).read_bytes() != content]
        if stale:
            sys.exit(f"{', '.join(stale)} differ from opsentrix.proto: run `make proto`")
        return
    for name, content in made.items():
        (PACKAGE / name).write_bytes(content)


if __name__ == "__main__":
    main()
