import subprocess
import sys

import pytest

STAND_IN = """
import sys
from opsentrix_agent.leanmessages import import_messages
import_messages()
"""


def run(program: str) -> str:
    """Run a program in an interpreter that has not imported the messages yet, and return what it says."""
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()


def test_messages_are_made_without_the_well_known_types() -> None:
    program = """
from opsentrix_protocol import opsentrix_pb2 as pb
hello = pb.Hello.FromString(pb.Hello(step_ms=5, host={"os": "linux"}).SerializeToString())
print(hello.step_ms, hello.host["os"], [name for name in ("datetime", "calendar", "locale") if name in sys.modules])
"""
    assert run(STAND_IN + program) == "5 linux []"


def test_the_well_known_types_can_be_imported_afterwards() -> None:
    program = "from google.protobuf import timestamp_pb2; print(timestamp_pb2.Timestamp(seconds=7).seconds)"
    assert run(STAND_IN + program) == "7"


def test_messages_that_are_there_already_are_left_alone() -> None:
    program = """
import google.protobuf.internal.well_known_types as before
import_messages()
print(sys.modules[before.__name__] is before)
"""
    assert run("from opsentrix_protocol import opsentrix_pb2" + STAND_IN + program) == "True"


@pytest.mark.parametrize("implementation", ["python", "upb"])
def test_either_implementation_of_protobuf_will_do(implementation: str) -> None:
    program = "from opsentrix_protocol import opsentrix_pb2 as pb; print(pb.Hello(step_ms=5).step_ms)"
    chosen = f"import os; os.environ['PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION'] = '{implementation}'"
    assert run(chosen + STAND_IN + program) == "5"
