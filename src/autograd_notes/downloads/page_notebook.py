"""A page as a Jupyter notebook with its outputs, which runs without this project."""

from __future__ import annotations

import ast
import base64
import html
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import nbformat

from autograd_notes.downloads.portable import NOTEBOOK, Example, Prose, steps
from autograd_notes.engine.outcome import TRACEBACK, Outcome, draw, is_warning

# A prompt also shows values from inside of a statement.
LIKE_A_PROMPT = '%config InteractiveShell.ast_node_interactivity = "all"'
# What a session may change for all sessions, of which a notebook has one and a page may have several.
STATE = {
    "set_grad_enabled(": "_ = torch.set_grad_enabled(True)",
    "set_default_dtype(": "torch.set_default_dtype(torch.float32)",
    "set_printoptions(": 'torch.set_printoptions(profile="default")',
    "set_detect_anomaly(": "_ = torch.autograd.set_detect_anomaly(False)",
    "use_deterministic_algorithms(": "torch.use_deterministic_algorithms(False)",
}
Cell = dict[str, Any]
SVG = re.compile(r"<svg\b.*</svg>", re.DOTALL)
# Drawn on white, since a notebook may be dark and a picture on its own does not know.
PAPER = '<svg xmlns="http://www.w3.org/2000/svg" color="#1f2430" style="background:#fff" '


def notebook(parts: Sequence[Prose | Example], note: str = "") -> str:
    """Return a page as the text of an .ipynb file.

    Args:
        parts: The parts of the page.
        note: What to say below the title, in Markdown.
    """
    title, *rest = _cells(parts)
    if note:
        heading, _, text = title["source"].partition("\n")
        title["source"] = f"{heading}\n\n{note}\n{text}"
    if any(isinstance(part, Example) and _echoes_inside(part) for part in parts):
        rest.insert(0, _code_cell(LIKE_A_PROMPT))
    cells, count = [title, *rest], 0
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"] = count
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = count
    # Plain data up to here: nbformat's own cells are validated one by one, and then all of them again.
    made = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": NOTEBOOK, "cells": cells})
    return f"{nbformat.writes(made)}\n"


def _cells(parts: Sequence[Prose | Example]) -> Iterator[Cell]:
    session = ""
    restore: list[str] = []
    for part in parts:
        if isinstance(part, Prose):
            yield _markdown_cell(part.text)
        elif not part.block.shows_input:
            for _, outcome in steps(part):
                yield _markdown_cell(_figure(outcome))
        else:
            if part.block.session != session and restore:
                yield _code_cell("\n".join(restore))
                restore = []
            session = part.block.session
            for code, outcome in steps(part):
                yield _code_cell(code, outcome, is_notebook=bool(part.block.name))
                restore += [normal for changes, normal in STATE.items() if changes in code and normal not in restore]


def _markdown_cell(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code_cell(code: str, outcome: Outcome | None = None, is_notebook: bool = False) -> Cell:
    outputs = list(_outputs(outcome, is_notebook)) if outcome else []
    # "Run all" goes on behind an exception that is meant.
    metadata = {"tags": ["raises-exception"]} if outcome and TRACEBACK in outcome.output else {}
    return {"cell_type": "code", "metadata": metadata, "source": code, "outputs": outputs}


def _outputs(outcome: Outcome, is_notebook: bool) -> Iterator[dict[str, object]]:
    """Yield an outcome as Jupyter has it: warnings and text as streams, values, and an exception.

    A cell of a notebook draws by `plt.show()`, in Jupyter without a value.
    """
    if is_notebook and outcome.pictures:
        for picture, echo in zip(outcome.pictures, outcome.echoes, strict=True):
            data = {"image/svg+xml": _alone(_svg(picture)), "text/plain": echo.removesuffix("\n")}
            yield {"output_type": "display_data", "metadata": {}, "data": data}
        return
    printed, traceback, error = outcome.output.partition(TRACEBACK)
    for echo in outcome.echoes:
        before, _, printed = printed.partition(echo)
        yield from _streams(before)
        data = {"text/plain": echo.removesuffix("\n"), **_drawn(outcome)}
        yield {"output_type": "execute_result", "metadata": {}, "data": data}
    yield from _streams(printed)
    if traceback:
        name, _, message = error.rstrip("\n").partition(": ")
        lines = (traceback + error).splitlines()
        yield {"output_type": "error", "ename": name.rpartition(".")[2], "evalue": message, "traceback": lines}


def _streams(text: str) -> Iterator[dict[str, object]]:
    for kind, lines in groupby(text.splitlines(keepends=True), is_warning):
        yield {"output_type": "stream", "name": "stderr" if kind else "stdout", "text": "".join(lines)}


def _drawn(outcome: Outcome) -> dict[str, str]:
    return {"text/html": "".join(map(draw, outcome.pictures))} if outcome.pictures else {}


def _echoes_inside(example: Example) -> bool:
    return not example.block.name and any(
        outcome.echoes and not isinstance(ast.parse(statement.source).body[0], ast.Expr)
        for statement, outcome in zip(example.block.statements, example.outcomes, strict=True)
    )


def _figure(outcome: Outcome) -> str:
    """Return as Markdown what a fence that hides its statements shows: its pictures, or else its text."""
    pictures = [svg for svg in map(_svg, outcome.pictures) if svg]
    if not pictures:
        return f"```text\n{outcome.output.rstrip()}\n```"
    label = html.escape(outcome.output.strip()).replace("\n", "&#10;")
    return "\n".join(f'<img alt="{label}" src="{_data(svg)}">' for svg in pictures)


def _svg(picture: object) -> str:
    """Return the SVG in what a picture draws; "" for none."""
    match = SVG.search(draw(picture))
    return match[0] if match else ""


def _alone(svg: str) -> str:
    """Return an SVG as one that stands on its own."""
    return svg.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1).replace("<svg ", PAPER, 1)


def _data(svg: str) -> str:
    """Return an SVG as an address that holds it."""
    return "data:image/svg+xml;base64," + base64.b64encode(_alone(svg).encode()).decode()
