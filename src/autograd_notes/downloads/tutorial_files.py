"""A tutorial as files to take along: the executed notebook, and plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import jupytext
import nbformat

from autograd_notes.downloads.portable import ATTRIBUTES, LINK, NOTEBOOK
from autograd_notes.engine import kernel, tutorial
from autograd_notes.engine.session import Outcome
from autograd_notes.engine.transcript import InputError


def write(path: Path, folder: Path, address: Callable[[str], str]) -> None:
    """Write what a reader can take away of a tutorial: the executed notebook, and plain Python.

    Both run without this project, and hold nothing that only this site understands. Of a tutorial that cannot run
    nothing is written; its page says why.

    Args:
        path: The tutorial.
        folder: Where the files go.
        address: Turns the path in a link to another page into an address that works anywhere.
    """
    try:
        notebook = tutorial.read_file(path)
        outcomes = kernel.run(tutorial.blocks(notebook), str(path))
    except InputError:
        return
    lines = [line for cell in notebook.cells for line in (cell.lines if cell.name else _portable(cell.lines, address))]
    text = "\n".join(lines).rstrip() + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / path.name).write_text(text, encoding="utf-8")
    (folder / f"{path.stem}.ipynb").write_text(_executed(text, outcomes), encoding="utf-8")


def _executed(text: str, outcomes: Sequence[Sequence[Outcome]]) -> str:
    """Return plain Python as a notebook with its outputs."""
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata = NOTEBOOK
    for number, cell in enumerate(notebook.cells, 1):
        cell.id, cell.metadata = f"cell-{number}", {}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, (cell, [outcome]) in enumerate(zip(code, outcomes, strict=True), 1):
        cell.execution_count, cell.outputs = number, list(_outputs(outcome))
    return f"{nbformat.writes(notebook)}\n"


def _outputs(outcome: Outcome) -> Iterator[nbformat.NotebookNode]:
    if outcome.pictures:
        for drawing, text in zip(outcome.pictures, outcome.output.splitlines(), strict=True):
            yield nbformat.v4.new_output("display_data", {"image/svg+xml": drawing.svg, "text/plain": text})
    elif outcome.output:
        yield nbformat.v4.new_output("stream", name="stdout", text=outcome.output)


def _portable(lines: Sequence[str], address: Callable[[str], str]) -> Iterator[str]:
    """Yield lines of prose without the ids of headings and the marks of captions, and with links that work anywhere."""
    for line in lines:
        plain = ATTRIBUTES.sub("", line)
        if plain != "#" or line == "#":
            yield LINK.sub(lambda link: address(link[0]), plain)
