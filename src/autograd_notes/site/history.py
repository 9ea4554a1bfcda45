"""When this site and each of its files last changed, as git knows it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

from autograd_notes.edition import EPOCH


def fix_date(folder: Path) -> None:
    """Let all that writes a date write that of the last commit, so that two builds of one commit are the same.

    A SOURCE_DATE_EPOCH that is set already is left alone, as is everything in a folder without git.
    """
    if EPOCH not in os.environ and (date := date_of_last_commit(folder)):
        os.environ[EPOCH] = date


def date_of_last_commit(folder: Path) -> str:
    """Return the date of a folder's last commit, in seconds since 1970; "" for a folder without git."""
    return _git(folder, "log", "-1", "--format=%ct").strip()


@functools.cache
def last_changes(folder: Path) -> dict[str, str]:
    """Return the day (2026-11-30) on which a commit last changed each file, by its path from a folder.

    Nothing for a folder without git, or with a history that is cut off, where each file seems to be of its last commit.
    """
    if _git(folder, "rev-parse", "--is-shallow-repository").strip() != "false":
        return {}
    days: dict[str, str] = {}
    day = ""
    # Commits come newest first; each is a line with a mark and its day, and below it the files that it changed.
    for line in _git(
        folder, "-c", "core.quotePath=off", "log", "--format=>%cs", "--name-only", "--relative"
    ).splitlines():
        if line.startswith(">"):
            day = line[1:]
        elif line:
            days.setdefault(line, day)
    return days


def _git(folder: Path, *arguments: str) -> str:
    if not shutil.which("git"):
        return ""
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False).stdout
