"""Let a preview use code that changed: ours is imported anew; for anybody else's, the process starts anew."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from mkdocs.plugins import get_plugin_logger

from autograd_notes.preview import watching

ENGINE = f"{Path(__file__).parents[1]}{os.sep}"
# What is at work while the rest is imported anew.
AT_WORK = ("incremental", "reloading", "watching")

log = get_plugin_logger("autograd_notes")


class ForeignCode:
    """The modules that this process has loaded and that are not ours, as they were when it loaded them."""

    def __init__(self) -> None:
        self.stamps = watching.stamps(_foreign_files())

    def start_anew_if_changed(self, site: str) -> None:
        """Put a new process in the place of this one, without the site that it made, if a module has changed."""
        before, self.stamps = self.stamps, watching.stamps(_foreign_files())
        for path in before.keys() & self.stamps.keys():
            if before[path] != self.stamps[path]:
                log.info("%s changed: starting again", path)
                shutil.rmtree(site, ignore_errors=True)
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def forget_engine(changed: Iterable[str]) -> None:
    """Let the next build import our modules anew, all but those at work.

    Args:
        changed: The files that changed.
    """
    kept = {f"{__package__}.{name}" for name in AT_WORK}
    # Examples run in processes that have loaded these modules, too.
    if fork_server := sys.modules.get("autograd_notes.engine.fork_server"):
        fork_server.stop()
    for name in [name for name in sys.modules if name.startswith("autograd_notes.") and name not in kept]:
        del sys.modules[name]
    for path in {sys.modules[name].__file__ for name in kept}.intersection(changed):
        log.warning("%s changed, which is at work: end this preview and start it again.", path)


def _foreign_files() -> Iterator[str]:
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and not path.startswith(ENGINE):
            yield path
