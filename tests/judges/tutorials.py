"""Read a tutorial as a page: its prose as Markdown, where an include stands for each cell, and its cells as sections.

The judges then need not know that there are notebooks. A tutorial's stem ends in `.md`, like that of any page.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from autograd_notes.engine import tutorial
from autograd_notes.engine.snippet import Section
from autograd_notes.engine.transcript import Block, Statement


def file_of(folder: Path, stem: str) -> Path | None:
    """Return the file of a language's tutorial; None where the page of this stem is none."""
    path = (folder / stem).with_suffix(".py")
    return path if path.is_file() else None


def page_text(path: Path, stem: str) -> str:
    """Return the text of a tutorial as that of a page, line for line."""
    notebook = tutorial.read_file(path)
    lines = [line.removeprefix("# ") for line in notebook.header]
    for cell in notebook.cells:
        below = len(cell.lines) - 1
        lines += [f'--8<-- "{stem}:{cell.name}"', *[""] * below] if cell.name else ["", *cell.prose]
    return "\n".join(lines)


def sections(path: Path) -> list[Section]:
    """Return the cells as sections whose statements can run one by one, as at the prompt."""
    return [
        Section(block.name, block.line, Block(block.line, "", block.shows_input, tuple(_statements(block))))
        for block in tutorial.blocks(tutorial.read_file(path))
    ]


def _statements(block: Block) -> Iterator[Statement]:
    [cell] = block.statements
    for node in ast.parse(cell.source).body:
        yield Statement(f"{ast.get_source_segment(cell.source, node)}\n", "", cell.line + node.lineno - 1)
