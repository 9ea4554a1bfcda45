"""Two builds of one state of the project are the same, byte for byte, wherever and whenever they are made."""

import os
import shutil
from pathlib import Path

import pytest

from autograd_notes.site.history import EPOCH, date_of_last_commit
from tests.conftest import build_site

PARTS = ("docs", "snippets", "src", "mkdocs.yml", "mkdocs.zh.yml")


@pytest.fixture
def made_elsewhere(site, project, tmp_path) -> Path:
    """The same site, from a copy of the project in which no tutorial ran yet."""
    for part in PARTS:
        copy = shutil.copytree if (project / part).is_dir() else shutil.copy
        copy(project / part, tmp_path / part)
    # Pages say when they last changed, which the copy knows from the same history.
    (tmp_path / ".git").symlink_to(project / ".git")
    environment = {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai"}
    if date := os.environ.get(EPOCH) or date_of_last_commit(project):
        environment[EPOCH] = date
    build_site(tmp_path, tmp_path / "again", **environment)
    return tmp_path / "again"


def test_a_build_in_another_folder_time_zone_and_hash_order_gives_the_same_bytes(site, made_elsewhere):
    first, second = _files(site), _files(made_elsewhere)
    assert sorted(first) == sorted(second), "the two builds have different files"
    differing = [name for name in first if first[name] != second[name]]
    if differing:
        pytest.fail("\n".join(["differ between two builds:", *differing]), pytrace=False)


def _files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
