"""The scripts of the first page are found: named ones and preloaded ones, not those that are loaded later."""

from pathlib import Path

import pytest

from benchmarks.first_js import first_scripts
from benchmarks.harness import BenchmarkError


def test_scripts_and_preloads_count_and_styles_and_icons_do_not(tmp_path: Path) -> None:
    index = tmp_path / "index.html"
    index.write_text(
        '<link rel="icon" href="/dashboard/favicon.svg"><script src="/dashboard/theme.js"></script>'
        '<script type="module" src="/dashboard/assets/index-1.js"></script><script>inline()</script>'
        '<link rel="modulepreload" href="/dashboard/assets/menu-2.js"><link rel="stylesheet" href="/dashboard/a.css">'
    )
    assert first_scripts(index) == [
        tmp_path / "theme.js",
        tmp_path / "assets/index-1.js",
        tmp_path / "assets/menu-2.js",
    ]


def test_a_dashboard_that_is_not_built_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="make dashboard"):
        first_scripts(tmp_path / "index.html")


def test_a_page_without_scripts_is_an_error_not_a_zero(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>")
    with pytest.raises(BenchmarkError, match="names no script"):
        first_scripts(tmp_path / "index.html")
