"""The files that hold examples: snippets, tutorials, and any Markdown that is named."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from autograd_notes.engine import session, tutorial
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.snippet import FOLDER, is_snippet, read_sections
from autograd_notes.engine.transcript import Block, InputError, read_blocks, read_text

# Sessions share what is imported; what each of them makes is memory of its own.
MOST_AHEAD = 3


def all_files() -> list[Path]:
    """Return the files with examples of the working folder's project."""
    snippets = (path for path in FOLDER.rglob("*.md") if path.name != "README.md")
    # Editors and systems keep hidden files beside those that they have open.
    return [path for path in [*sorted(snippets), *tutorial.all_files()] if not path.name.startswith(".")]


def read(path: Path, *, with_lost: bool = False) -> list[Block]:
    """Read the blocks of a file.

    Args:
        path: A snippet, a tutorial, or other Markdown.
        with_lost: Whether the record of a tutorial may hold outputs of cells that are gone.

    Raises:
        InputError: It cannot be used.
    """
    if tutorial.is_file(path):
        return tutorial.blocks(tutorial.read_file(path), with_lost=with_lost)
    if is_snippet(path):
        return [section.block for section in read_sections(path)]
    return read_blocks(read_text(path), str(path))


def run(path: Path, blocks: Sequence[Block]) -> list[list[Outcome]]:
    """Run the blocks of a file, as `session.run` does.

    Raises:
        InputError: A statement cannot be run, or a cell of a tutorial raises.
    """
    outcomes = session.run(blocks, str(path))
    if tutorial.is_file(path):
        tutorial.refuse_failures(blocks, outcomes, str(path))
    return outcomes


def run_ahead() -> None:
    """Begin to run all examples of the working folder's project on several processors, for who asks for them later.

    What cannot be read or run is said where it is asked for.
    """
    waiting = iter(all_files())

    def run_all() -> None:
        for path in waiting:
            # OSError: this process is ending, and the processes that run sessions are gone.
            with contextlib.suppress(InputError, ModuleNotFoundError, OSError):
                session.run_once(read(path), str(path))

    # Who makes pages waits for these threads, most of the time.
    for _ in range(min(MOST_AHEAD, os.cpu_count() or 1)):
        threading.Thread(target=run_all, daemon=True).start()
