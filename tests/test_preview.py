"""`mkdocs serve` keeps serving whatever an author writes: a failure is shown in place, and goes when it is mended."""

import signal

import pytest

from benchmarks.preview import SECONDS, running
from tests.console import section
from tests.small_project import SmallProject

FAILURE = 'class="failure"'
PATHS = ("/", "/zh/")


@pytest.fixture
def small(tmp_path, project):
    (tmp_path / "project").mkdir()
    small = SmallProject(tmp_path / "project", project)
    small.write_snippet(section("a", ">>> 40 + 2\n42"))
    small.write_page('--8<-- "index.md:a"')
    return small


@pytest.fixture
def preview(small, tmp_path):
    with running(small.folder, tmp_path / "work") as preview:
        yield preview


def test_a_failure_is_shown_in_place_in_both_languages_and_goes_when_it_is_mended(small, preview):
    for path in PATHS:
        assert FAILURE not in preview.wait_for(path, "42")

    small.write_snippet(section("a", ">>> 40 + 2\n43"))
    for path in PATHS:
        assert "+ 42" in preview.wait_for(path, "output drifted")

    small.write_snippet(section("a", ">>> 40 +"))
    preview.wait_for("/", "snippets/index.md:3: not Python")

    small.write_snippet(section("a", ">>> import sys\n>>> sys.exit(0)"))
    preview.wait_for("/", "this statement ends Python")

    small.write_page('--8<-- "index.md:b"')
    preview.wait_for("/", "has no section")

    small.write_snippet(section("b", ">>> 40 + 3\n43"))
    for path in PATHS:
        assert "43" in preview.wait_for(path, FAILURE, gone=True)
    assert "output drifted" in preview.log.read_text(), "the failure is not in the terminal"


def test_ctrl_c_ends_a_preview_without_complaint(preview):
    preview.process.send_signal(signal.SIGINT)
    assert preview.process.wait(SECONDS) == 0
