"""How the message classes come to be: by the C runtime alone, or by protobuf's builder where there is none."""

import os
import pickle
import subprocess
import sys

import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from opsentrix_protocol import opsentrix_pb2 as pb

SCRIPT = """
import sys
from google.protobuf.internal import api_implementation
from opsentrix_protocol import opsentrix_pb2 as pb
hello = pb.Hello(agent_version="1", host={"os.type": "linux"}, boot_ids=[b"b"])
message = pb.AgentMessage.FromString(pb.AgentMessage(hello=hello).SerializeToString())
print(api_implementation.Type())
print(message.hello.host["os.type"], message.WhichOneof("body"), pb.REJECT_REASON_BUSY, pb.RejectReason.Name(1))
print(pb.CommandResult.STATUS_REFUSED, pb.Hello.HostEntry.__qualname__, pb.Hello.__module__)
print("google.protobuf.descriptor_pool" in sys.modules)
"""


def run(**environment: str) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.mark.parametrize("runtime", ["upb", "python"])
def test_both_runtimes_make_the_same_classes(runtime: str) -> None:
    implementation, *said, _ = run(PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=runtime)
    assert implementation == runtime
    assert said == [
        "linux hello 11 REJECT_REASON_MALFORMED",
        f"{pb.CommandResult.STATUS_REFUSED} Hello.HostEntry opsentrix_protocol.opsentrix_pb2",
    ]


def test_the_c_runtime_needs_none_of_the_python_layer() -> None:
    assert run()[-1] == "False"


def test_the_rest_of_protobuf_knows_these_classes() -> None:
    descriptor = descriptor_pool.Default().FindMessageTypeByName("opsentrix.v1.Hello")
    hello = pb.Hello(agent_version="1", host={"os.type": "linux"})
    assert message_factory.GetMessageClass(descriptor) is pb.Hello
    assert json_format.MessageToDict(hello) == {"agentVersion": "1", "host": {"os.type": "linux"}}
    assert pickle.loads(pickle.dumps(hello)) == hello  # noqa: S301 - our own bytes
