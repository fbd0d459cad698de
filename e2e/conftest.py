"""Deployments for the tests: everything is stopped at the end, nothing may stay behind, and failures show the logs."""

from collections.abc import Callable, Generator, Iterator, Sequence

import pytest

from e2e import smalldisk
from e2e.deployment import Deployment

_MADE = pytest.StashKey[list[Deployment]]()
_TAIL_CHARS = 6000
_LIMIT_S = 240.0
"""Of a test that names none: most need a tenth of it, where the machine has no other work."""

MakeDeployment = Callable[..., Deployment]


@pytest.fixture
def make_deployment(request: pytest.FixtureRequest) -> Iterator[MakeDeployment]:
    """Make deployments; afterwards no process of theirs may be left."""
    made: list[Deployment] = request.node.stash.setdefault(_MADE, [])

    def make(command: str = "hub", **environment: str) -> Deployment:
        made.append(Deployment(command, environment))
        return made[-1]

    yield make
    end_all(made)


@pytest.fixture
def deployment(make_deployment: MakeDeployment) -> Deployment:
    """A hub that works, of this test alone: it may be killed."""
    made = make_deployment()
    made.start()
    return made


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """A hub that works, for the tests that leave it as it is but for more agents."""
    made = Deployment()
    request.session.stash[_MADE] = [made]
    made.start()
    yield made
    end_all([made])


def end_all(deployments: Sequence[Deployment]) -> None:
    """Stop deployments, the newest first, and check that no process of theirs is left."""
    left = {pid: command for one in reversed(deployments) for pid, command in one.end().items()}
    assert not left, f"processes were left behind: {left}"
    for one in deployments:
        one.remove()


def pytest_configure(config: pytest.Config) -> None:
    """Make our marker known."""
    config.addinivalue_line("markers", "small_disk: runs in a process of its own that has a small disk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limit each test, and begin with the files that may take the longest, else one worker ends long after the rest."""
    longest: dict[object, float] = {}
    for item in items:
        limit = item.get_closest_marker("timeout")
        if limit is None:
            item.add_marker(pytest.mark.timeout(_LIMIT_S))
        longest[item.path] = max(longest.get(item.path, 0), limit.args[0] if limit else _LIMIT_S)
    items.sort(key=lambda item: -longest[item.path])


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that needs a small disk where it has one."""
    if pyfuncitem.get_closest_marker("small_disk") is None or smalldisk.here() is not None:
        return None
    done = smalldisk.run_on_small_disk(pyfuncitem.nodeid)
    print(done.stdout)  # noqa: T201 - what the test said
    if done.returncode != 0:
        pytest.fail("the test failed on its small disk, see above", pytrace=False)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the ends of all logs to the report of a failure."""
    report = yield
    if report.failed:
        for one in item.stash.get(_MADE, item.session.stash.get(_MADE, [])):
            for name, text in one.logs().items():
                report.sections.append((f"{one.folder.name}/{name}", text[-_TAIL_CHARS:]))
    return report
