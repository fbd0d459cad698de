"""Imports the protocol's messages in less memory than protobuf takes by itself."""

import importlib
import sys
from types import ModuleType

_MESSAGES = "opsentrix_protocol.opsentrix_pb2"
_WELL_KNOWN = "google.protobuf.internal.well_known_types"


def import_messages() -> None:
    """Import the messages without the well-known types of protobuf, of which the protocol has none.

    The C runtime of protobuf asks that module for the base classes of Timestamp and the like before it makes the first
    class, whichever it is. That brings `datetime`, `calendar`, `locale` and more along: 0.7 MB (measured). So it is
    told that there are no such bases. The module itself can be imported afterwards as ever; but in this process, a
    class of a well-known type lacks its convenience methods. To be called before anything else imports the messages.
    """
    if _MESSAGES in sys.modules or _WELL_KNOWN in sys.modules:
        return
    stand_in = ModuleType(_WELL_KNOWN)
    vars(stand_in)["WKTBASES"] = {}
    sys.modules[_WELL_KNOWN] = stand_in
    try:
        importlib.import_module(_MESSAGES)
    except (ImportError, AttributeError) as error:
        # Another protobuf, which wants more of it: whoever needs the messages imports them in the usual way then.
        import logging

        logging.getLogger(__name__).info("protobuf takes 0.7 MB more than it has to: %s", error)
    finally:
        del sys.modules[_WELL_KNOWN]
