"""Deployments for the tests: everything is stopped at the end, nothing may stay behind, and failures show the logs."""

from collections.abc import Callable, Generator, Iterator

import pytest

from e2e.deployment import Deployment

_LOGS = pytest.StashKey[list[Deployment]]()
_TAIL_CHARS = 6000

MakeDeployment = Callable[..., Deployment]


@pytest.fixture
def make_deployment(request: pytest.FixtureRequest) -> Iterator[MakeDeployment]:
    """Make deployments; afterwards no process of theirs may be left."""
    made: list[Deployment] = request.node.stash.setdefault(_LOGS, [])

    def make(command: str = "hub", **environment: str) -> Deployment:
        made.append(Deployment(command, environment))
        return made[-1]

    yield make
    left = {pid: command for one in reversed(made) for pid, command in one.end().items()}
    assert not left, f"processes were left behind: {left}"
    for one in made:
        one.remove()


@pytest.fixture
def deployment(make_deployment: MakeDeployment) -> Deployment:
    """A hub that works."""
    made = make_deployment()
    made.start()
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the ends of all logs to the report of a failure."""
    report = yield
    if report.failed:
        for one in item.stash.get(_LOGS, []):
            for name, text in one.logs().items():
                report.sections.append((f"{one.folder.name}/{name}", text[-_TAIL_CHARS:]))
    return report
