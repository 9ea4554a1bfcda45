"""Builds as a new preview makes them first, each in a process that has loaded what is installed and nothing of ours.

They share what their examples did (tests/test_kept.py tries that), and nothing of what the preview kept.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from benchmarks.preview import Preview, environment

# What takes a second or two to import; a build begins with a copy of the process that has done so.
INSTALLED = ["matplotlib.pyplot", "mkdocs_jupyter.plugin", "markdown_exec", "material.plugins.search.plugin"]


class CleanBuilds:
    """Makes what a preview has to serve.

    Args:
        builders: The processes, each for one build.
        kept: The folder for what their examples did.
    """

    def __init__(self, builders: ProcessPoolExecutor, kept: Path) -> None:
        self.builders, self.kept = builders, kept

    def start(self, preview: Preview, site: Path) -> Future:
        """Begin to build the project of a preview into a folder, as that preview would."""
        return self.builders.submit(_build, preview.project, site, f"{preview.address}/", self.kept)


@contextlib.contextmanager
def clean_builds() -> Iterator[CleanBuilds]:
    """Make clean builds for as long as the `with` block takes."""
    # Windows can only start from nothing.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(INSTALLED)
    with (
        tempfile.TemporaryDirectory() as kept,
        ProcessPoolExecutor(1, context, max_tasks_per_child=1) as builders,
    ):
        # Import what is installed now, and not when the first build is waited for.
        builders.submit(int)
        yield CleanBuilds(builders, Path(kept))


def _build(project: Path, site: Path, address: str, folder: Path) -> None:
    assert not any(name.startswith("autograd_notes") for name in sys.modules), "a clean build loads our modules itself"
    os.chdir(project)
    os.environ.update(environment(project))
    sys.path.insert(0, str(project / "src"))
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    from autograd_notes.engine import kept

    kept.FOLDER = folder
    config = load_config("mkdocs.yml", site_dir=str(site))
    config.plugins.on_startup(command="serve", dirty=False)
    config.site_url = address
    build(config, serve_url=address)
