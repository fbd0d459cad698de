from typing import ClassVar

import pytest
from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.errors import CollectorUnavailableError, SettingsError
from opsentrix_agent.loader import choose, load
from opsentrix_agent.runner import Runner
from opsentrix_protocol.catalogue import Metric

TABLE = {"good": f"{__name__}:Good", "missing": f"{__name__}:Missing", "broken": f"{__name__}:Broken", "no": "no.mod:X"}


class Good:
    metrics: ClassVar[tuple[Metric, ...]] = ()

    def __init__(self, paths: HostPaths) -> None:
        self.paths = paths

    def collect(self) -> list[Reading]:
        return []


class Missing(Good):
    def __init__(self, paths: HostPaths) -> None:
        raise CollectorUnavailableError(f"{paths.proc}/nothing does not exist")


class Broken(Good):
    def __init__(self, paths: HostPaths) -> None:
        raise RuntimeError("a bug")


def test_what_cannot_be_made_harms_no_other() -> None:
    loaded = load(TABLE, Runner(), table=TABLE)
    assert list(loaded.collectors) == ["good"]
    assert loaded.unavailable == {"missing": "/proc/nothing does not exist"}
    assert set(loaded.broken) == {"broken", "no"}
    assert "a bug" in loaded.broken["broken"]


def test_the_settings_choose() -> None:
    assert choose((), (), TABLE) == list(TABLE)
    assert choose(("missing", "good"), (), TABLE) == ["good", "missing"]
    assert choose((), ("good",), TABLE) == ["missing", "broken", "no"]


@pytest.mark.parametrize(
    ("enable", "disable", "key"), [(("cpus",), (), "collectors.enable"), ((), ("cpus",), "collectors.disable")]
)
def test_an_unknown_collector_is_named(enable: tuple[str, ...], disable: tuple[str, ...], key: str) -> None:
    with pytest.raises(SettingsError, match=f"{key} names cpus; there are good"):
        choose(enable, disable, TABLE)
