"""Makes the message classes of the generated module with as little memory as protobuf's runtime allows.

The module that protoc writes imports all of protobuf's Python layer (descriptor pool, text format, messages in pure
Python: 30 modules, 1.5 MB), which protobuf's C runtime does not need. That counts in an agent; so the C runtime makes
the classes itself, as `google.protobuf.internal.builder` has it make them. Where there is none, that builder does it.
"""

import importlib
from typing import Any

from google.protobuf.internal import api_implementation, enum_type_wrapper
from google.protobuf.message import Message


def define(serialized: bytes, module: str, namespace: dict[str, Any]) -> None:
    """Put the messages, the enums and the enums' values of a file into a module.

    Args:
        serialized: the file's FileDescriptorProto; it imports no other file and has no services or extensions.
        module: full name of the module.
        namespace: its globals.

    Raises:
        TypeError: the descriptor is not valid, or differs from one that is known by the same name.
    """
    if api_implementation.Type() == "upb":
        _define_in_c(serialized, module, namespace)
    else:
        _define_in_python(serialized, module, namespace)


def _define_in_c(serialized: bytes, module: str, namespace: dict[str, Any]) -> None:
    # protobuf has no public name for these two without the modules that are to be spared.
    runtime: Any = importlib.import_module("google._upb._message")

    def message(descriptor: Any, prefix: str) -> Any:  # noqa: ANN401 - classes of the C runtime, which has no types
        inner: dict[str, Any] = {
            name: message(one, f"{prefix}{descriptor.name}.") for name, one in descriptor.nested_types_by_name.items()
        }
        names = {"DESCRIPTOR": descriptor, "__module__": module, "__qualname__": prefix + descriptor.name}
        return runtime.MessageMeta(descriptor.name, (Message,), inner | names)

    file = namespace["DESCRIPTOR"] = runtime.default_pool.AddSerializedFile(serialized)
    for name, descriptor in file.enum_types_by_name.items():
        namespace[name] = enum_type_wrapper.EnumTypeWrapper(descriptor)
        namespace.update({value.name: value.number for value in descriptor.values})
    for name, descriptor in file.message_types_by_name.items():
        namespace[name] = message(descriptor, "")


def _define_in_python(serialized: bytes, module: str, namespace: dict[str, Any]) -> None:
    from google.protobuf import descriptor_pool
    from google.protobuf.internal import builder

    file = namespace["DESCRIPTOR"] = descriptor_pool.Default().AddSerializedFile(serialized)
    builder.BuildMessageAndEnumDescriptors(file, namespace)
    builder.BuildTopDescriptorsAndMessages(file, module, namespace)
