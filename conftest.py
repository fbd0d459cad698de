"""Rules for every test suite: under CI a test that could not run counts as failed, and reports are text."""

import os
from collections.abc import Generator

import pytest

pytest_plugins = ("pytester",)

PLATFORM_REASON = "platform:"
"""How the reason of a skip begins that is right in CI too: the test is about another system than this one."""


def fail_skips(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure when CI is set; expected failures and skips of other platforms stay.

    A test skipped for want of a service, a browser or a privilege would pass CI without testing anything.
    """
    if not os.environ.get("CI") or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(PLATFORM_REASON):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which fails in CI: {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Apply the rule to each test, and let what it logged go to another process: it may hold what is no text at all."""
    report = yield
    fail_skips(report)
    report.sections = [(title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections]
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Apply the rule to modules that skip themselves as a whole."""
    report = yield
    fail_skips(report)
    return report
