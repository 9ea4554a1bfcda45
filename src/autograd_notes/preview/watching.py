"""Hear from the operating system that files were saved, and tell which ones differ from what they were."""

# Paths are text here, as the operating system and MkDocs have them: hundreds of them are compared at each save.
# ruff: noqa: PTH113, PTH114, PTH116, PTH118, PTH119
from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

from watchdog import events
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

CHANGED, NEW, GONE = "changed", "is new", "is gone"
# Opening and closing a file to read it is no change.
KINDS = [events.FileCreatedEvent, events.FileDeletedEvent, events.FileModifiedEvent, events.FileMovedEvent]
CACHE = "__pycache__"
NEVER = (0, 0, 0)

Stamps = dict[str, tuple[int, int, int]]


class Watched:
    """The files below some paths, as they were at the last look.

    Args:
        paths: Files and folders.
        since: A time, in nanoseconds: what was saved after it counts as changed at the next look.
    """

    def __init__(self, paths: Iterable[str], since: int) -> None:
        self.paths = list(paths)
        self.stamps = stamps(_below(self.paths))
        self.stamps |= {path: NEVER for path, stamp in self.stamps.items() if stamp[0] >= since}

    @property
    def linked(self) -> set[str]:
        """The files elsewhere that links among them lead to: of these, the system tells under their own names."""
        return {os.path.realpath(path) for path in self.stamps if os.path.islink(path)}

    @property
    def are_missed(self) -> bool:
        """Whether a file was saved before the first look."""
        return NEVER in self.stamps.values()

    def look(self) -> dict[str, str]:
        """Return what has happened to files since the last look."""
        before, self.stamps = self.stamps, stamps(_below(self.paths))
        happened = {path: CHANGED if path in before else NEW for path in self.stamps}
        happened |= dict.fromkeys(before.keys() - self.stamps.keys(), GONE)
        return {path: what for path, what in happened.items() if before.get(path) != self.stamps.get(path)}


class Listener(Observer):  # type: ignore[valid-type,misc]  # a class that watchdog chooses by the system
    """Watch by what the operating system tells (inotify and its like), where MkDocs asks twice a second."""

    def schedule(
        self, event_handler: events.FileSystemEventHandler, path: str, *, recursive: bool = False, **_: object
    ) -> ObservedWatch:
        """Watch a path; a file by its folder, since an editor may put a new file in its place."""
        folder, name = os.path.split(path) if os.path.isfile(path) else (path, "")
        handler, recursive = _Chosen(event_handler, name), recursive and not name
        watch: ObservedWatch = super().schedule(handler, folder, recursive=recursive, event_filter=KINDS)
        return watch


class _Chosen(events.FileSystemEventHandler):
    """Hand on what happens to the files that `Watched` looks at: a change of another one is no reason to look.

    Args:
        handler: What gets it.
        name: The only file to watch; "" for all.
    """

    def __init__(self, handler: events.FileSystemEventHandler, name: str = "") -> None:
        self.handler, self.name = handler, name

    def on_any_event(self, event: events.FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            folder, name = os.path.split(os.fsdecode(path))
            if path and self.name in ("", name) and not _is_left_aside(name) and os.path.basename(folder) != CACHE:
                self.handler.dispatch(event)
                return


def outermost(paths: Iterable[str]) -> list[str]:
    """Return the paths without those that lie in another: of a save, the system is to tell once."""
    kept: list[str] = []
    for path in sorted(map(os.path.abspath, paths)):
        if not any(f"{path}{os.sep}".startswith(f"{other}{os.sep}") for other in kept):
            kept.append(path)
    return kept


def stamps(paths: Iterable[str]) -> Stamps:
    """Return what tells one state of a file from the next; nothing for a file that is gone."""
    found = {}
    for path in paths:
        with contextlib.suppress(OSError):
            status = os.stat(path)
            found[path] = status.st_mtime_ns, status.st_size, status.st_ino
    return found


def _below(paths: Iterable[str]) -> Iterator[str]:
    """Yield the files below paths, without what Python and editors leave beside them."""
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if name != CACHE]
            yield from (os.path.join(folder, name) for name in names if not _is_left_aside(name))


def _is_left_aside(name: str) -> bool:
    return name.startswith((".", "#")) or name.endswith("~")
