"""The workspace's conftest: skips fail in CI, and only there."""

from pathlib import Path

import pytest

ROOT_CONFTEST = Path(__file__).parents[2] / "conftest.py"
SKIPPING_TESTS = """
    import pytest

    @pytest.mark.skip(reason="no database")
    def test_marked(): ...

    def test_skips_itself():
        pytest.skip("no browser")

    @pytest.mark.skip(reason="platform: Windows only")
    def test_other_platform(): ...

    @pytest.mark.xfail(reason="known", strict=True)
    def test_expected_failure():
        assert False
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(ROOT_CONFTEST.read_text())
    return pytester


def test_skips_fail_in_ci_except_those_of_other_platforms(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    suite.makepyfile(SKIPPING_TESTS)
    result = suite.runpytest_inprocess("-p", "no:asyncio")
    result.assert_outcomes(failed=1, errors=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*Skipped, which fails in CI: no browser*"])


def test_a_module_that_skips_itself_fails_in_ci(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    suite.makepyfile('import pytest; pytest.importorskip("a_module_that_is_nowhere")')
    result = suite.runpytest_inprocess("-p", "no:asyncio")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)


def test_skips_stay_skips_elsewhere(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    suite.makepyfile(SKIPPING_TESTS)
    suite.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(skipped=3, xfailed=1)
