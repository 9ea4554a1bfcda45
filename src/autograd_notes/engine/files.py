"""The files that hold examples: snippets, tutorials, and any Markdown that is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograd_notes.engine import session, tutorial
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.snippet import FOLDER, is_snippet, read_sections
from autograd_notes.engine.transcript import Block, read_blocks, read_text


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
