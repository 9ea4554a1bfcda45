"""What several tests share: the project's folder, and the site as a reader gets it, built once for each run."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from autograd_notes.engine import kept
from tests.browser import chromium
from tests.judges.project import Project

# Tests that run side by side share the processors: threads of PyTorch, which wait by spinning, would take minutes.
os.environ["OMP_NUM_THREADS"] = "1"
PROJECT = Path(__file__).parent.parent
BROWSER = PROJECT / "tests" / "browser"
WHY_NOT = "why-it-does-not-build.txt"
DRIFTED = "output drifted"
# Why tests that need the site are left out; the tests that fail say more.
DRIFTS = "the examples drift, so the site does not build; `make doctest` shows each drift"
DOES_NOT_BUILD = "the site does not build: test_the_site_builds says why, and so does `make build`"


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT


@pytest.fixture(scope="session")
def work() -> Project:
    """The project's pages and snippets, read and run once."""
    return Project(PROJECT)


@pytest.fixture(scope="session")
def site_or_why_not(tmp_path_factory) -> Path:
    """The folder of the built site, or of a file `WHY_NOT` that says why it does not build."""
    return once_for_all_workers("site", tmp_path_factory, _build_or_say_why)


@pytest.fixture(scope="session")
def site(site_or_why_not: Path) -> Path:
    """The folder of the built site, both languages, as `mkdocs build` makes it."""
    if why_not := why_not_built(site_or_why_not):
        pytest.skip(DRIFTS if DRIFTED in why_not else DOES_NOT_BUILD)
    return site_or_why_not


@pytest.fixture(scope="session")
def without_us(tmp_path_factory) -> dict[str, str]:
    """An environment in which this project is not installed."""
    folder = tmp_path_factory.mktemp("first_on_the_path")
    (folder / "autograd_notes.py").write_text('raise ModuleNotFoundError("this project is not installed")\n')
    return {**os.environ, "PYTHONPATH": str(folder)}


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_kept_of_earlier_runs(tmp_path_factory) -> None:
    """Let all examples run in each test run, once for all workers and for the sites that they build."""
    kept.FOLDER = _folder_of_the_run(tmp_path_factory) / "kept"


@pytest.fixture(scope="module", autouse=True)
def _collector_skips_what_is_there() -> None:
    """Spare the garbage collector, and code that asks it for all objects, the hundred thousands made by imports."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out where there is no browser, and let what needs the site come first.

    While one worker builds it, the others do the rest.
    """
    if _is_without_browser():
        left_out = [item for item in items if BROWSER in item.path.parents]
        items[:] = [item for item in items if BROWSER not in item.path.parents]
        config.hook.pytest_deselected(items=left_out)
    items.sort(key=lambda item: "site" not in item.fixturenames)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end which tests were left out, in a line for each reason."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason in (DRIFTS, DOES_NOT_BUILD):
        if number := sum(reason in report.longrepr[2] for report in skipped):
            terminalreporter.write_line(f"{number} tests were left out: {reason}.", yellow=True)
    if _is_without_browser():
        terminalreporter.write_line(chromium.LEFT_OUT, yellow=True)


def once_for_all_workers(name: str, tmp_path_factory: pytest.TempPathFactory, make: Callable[[Path], None]) -> Path:
    """Return a folder that the worker which comes first makes, while others that need it wait.

    Args:
        name: The name of the folder, which is also what it is for.
        tmp_path_factory: The fixture.
        make: Fills the folder; where it fails, the next worker tries again, and its tests fail like those of the first.
    """
    folder = _folder_of_the_run(tmp_path_factory) / name
    with FileLock(f"{folder}.lock"):
        done = folder.with_suffix(".done")
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def _folder_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which those of all workers lie."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def why_not_built(site_or_why_not: Path) -> str:
    """Return what the build said where it failed, "" where there is a site."""
    why_not = site_or_why_not / WHY_NOT
    return why_not.read_text(encoding="utf-8") if why_not.exists() else ""


def _build_or_say_why(folder: Path) -> None:
    """Build the site; where that fails, leave in the folder what the build said, for the one test that reports it."""
    try:
        build_site(PROJECT, folder)
    except AssertionError as error:
        folder.mkdir(exist_ok=True)
        (folder / WHY_NOT).write_text(str(error), encoding="utf-8")


def _is_without_browser() -> bool:
    return not os.environ.get("CI") and chromium.find() is None


def build_site(project: Path, folder: Path, **environment: str) -> None:
    """Build the site of a project into a folder, as `make build` does, with more in the environment."""
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)],
        cwd=project,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", kept.ELSEWHERE: str(kept.FOLDER), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"the site does not build; `make build` shows:\n{result.stdout}{result.stderr}"
