"""What several tests share: the project's folder, and the site as a reader gets it, built once for each run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.judges.project import Project

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT


@pytest.fixture(scope="session")
def work() -> Project:
    """The project's pages and snippets, read and run once."""
    return Project(PROJECT)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The folder of the built site, both languages, as `mkdocs build` makes it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    result = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"the site does not build; `make build` shows:\n{result.stdout}{result.stderr}"
    return folder
