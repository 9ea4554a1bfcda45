"""The weekly check on the newest torch: what the workflow runs reports a drift so that a person can read it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_notes.releases.environment import PACKAGES
from tests.console import section, written

SCRIPT = ".ci/newest-torch"
WORKFLOW = ".github/workflows/newest-torch.yml"
TUTORIAL = """# ---
# title: A tutorial
# description: One cell.
# ---

# %% [markdown]
# # A tutorial {{ #tutorial }}

# %% where
import autograd_notes
print({project!r} in autograd_notes.__file__)
{more}
"""


@pytest.fixture
def copy(tmp_path, project):
    """A copy of what the workflow runs, with one snippet and one tutorial that agree."""
    shutil.copytree(project / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".ci").mkdir()
    shutil.copy(project / SCRIPT, tmp_path / SCRIPT)
    written(tmp_path, section("a", ">>> import torch\n>>> torch.ones(2).sum()\ntensor(2.)"), "snippets/notes/a.md")
    _write_tutorial(tmp_path)
    written(tmp_path, "%% where\nTrue\n", "snippets/tutorials/a.txt")
    return tmp_path


def _write_tutorial(folder: Path, more: str = "") -> None:
    written(folder, TUTORIAL.format(project=str(folder), more=more), "docs/en/tutorials/a.py")


def _run(folder: Path) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run what the workflow runs, as there: with nothing of this project on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"PATH": path}
    result = subprocess.run(
        ["bash", SCRIPT, "report.md"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return result, (folder / "report.md").read_text(encoding="utf-8")


def test_what_agrees_is_green_and_tutorials_run_this_copy_of_the_project(copy):
    result, _ = _run(copy)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 files, 3 statements, 0 drifts." in result.stdout


def test_a_planted_drift_is_reported_so_that_a_person_can_read_it(copy):
    written(copy, section("a", ">>> import torch\n>>> torch.ones(2).sum()\ntensor(3.)"), "snippets/notes/a.md")
    result, report = _run(copy)
    assert result.returncode == 1
    assert "    snippets/notes/a.md:4: output drifted (- documented, + live)" in report
    assert "      - tensor(3.)\n" in report and "      + tensor(2.)\n" in report
    assert report.startswith("`python -m autograd_notes check` on torch ")


def test_a_tutorial_that_cannot_run_is_reported_without_codes_for_colours(copy):
    _write_tutorial(copy, more="raise ValueError('\\x1b[31mred\\x1b[0m')")
    result, report = _run(copy)
    assert result.returncode == 2
    assert "this cell raises ValueError: red" in report
    assert "\x1b" not in report


def test_the_workflow_runs_this_script_and_installs_what_the_examples_need(project):
    workflow = (project / WORKFLOW).read_text(encoding="utf-8")
    assert f"bash {SCRIPT} report.md" in workflow and "--body-file report.md" in workflow
    [installed] = re.findall(r"pip install (?:-\S+ https\S+ )?--upgrade torch (.*)", workflow)
    assert sorted(installed.split()) == sorted(PACKAGES), "let the workflow install PACKAGES of releases/environment.py"
