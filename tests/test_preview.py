"""`mkdocs serve` keeps serving whatever an author writes: a failure is shown in place, and goes when it is mended."""

import shutil
import signal
import socket
import subprocess
import sys

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


def test_a_page_that_is_a_link_shows_what_is_saved_in_the_file_that_it_leads_to(small, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere/target.md", small.folder / "docs/en/index.md"
    shutil.move(link, target)
    link.symlink_to(target)
    with running(small.folder, tmp_path / "work") as preview:
        target.write_text(target.read_text() + "\nMore.\n")
        preview.wait_for("/", "<p>More.</p>")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_what_ends_a_preview_ends_it_without_complaint_and_leaves_nothing(preview, tmp_path, end):
    preview.process.send_signal(end)
    assert preview.process.wait(SECONDS) == 0
    assert not list((tmp_path / "work").glob("mkdocs_*"))


def test_an_address_that_is_taken_is_refused_before_the_first_build(small):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [sys.executable, "-m", "mkdocs", "serve", "-a", address]
        result = subprocess.run(
            command, cwd=small.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    assert result.returncode == 1
    assert f"{address} cannot be served: Address already in use" in result.stdout
    assert "Traceback" not in result.stdout
    assert "Cleaning site directory" not in result.stdout
