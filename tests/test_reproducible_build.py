"""Two builds of one state of the project are the same, byte for byte, wherever and whenever they are made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PARTS = ("docs", "snippets", "src", "mkdocs.yml", "mkdocs.zh.yml")


@pytest.fixture
def made_elsewhere(site, project, tmp_path) -> Path:
    """The same site, from a copy of the project in which no tutorial ran yet."""
    for part in PARTS:
        copy = shutil.copytree if (project / part).is_dir() else shutil.copy
        copy(project / part, tmp_path / part)
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai"}
    if date := _date_of_last_commit(project):
        environment.setdefault("SOURCE_DATE_EPOCH", date)
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", "again"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return tmp_path / "again"


def test_a_build_in_another_folder_time_zone_and_hash_order_gives_the_same_bytes(site, made_elsewhere):
    first, second = _files(site), _files(made_elsewhere)
    assert sorted(first) == sorted(second), "the two builds have different files"
    differing = [name for name in first if first[name] != second[name]]
    if differing:
        pytest.fail("\n".join(["differ between two builds:", *differing]), pytrace=False)


def _files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _date_of_last_commit(project):
    if not shutil.which("git"):
        return ""
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout.strip()
