"""The HTML of a block: an input cell, and under it what it printed, drew or raised."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from autograd_notes.drift import Drift
from autograd_notes.session import TRACEBACK, Outcome, draw
from autograd_notes.transcript import Block

DIRECTIVE = re.compile(r"[ \t]*#[ \t]*doctest:[^\n]*")
WARNING = re.compile(r"^\w*Warning: ")

Highlight = Callable[[str, str], str]


def render(block: Block, outcomes: Sequence[Outcome], drifts: Sequence[Drift], highlight: Highlight, where: str) -> str:
    """Return the HTML of a block with its live outputs.

    Statements run on until one prints something: the output stands directly under the statement that made it.

    Args:
        block: The block.
        outcomes: What its statements did.
        drifts: Those of its statements that drifted; the page shows them in place.
        highlight: Turns code and the name of its language into HTML.
        where: The place of the block, for the message of a drift.
    """
    drifted = {drift.statement: drift for drift in drifts}
    cells, code = [], ""
    for number, (statement, outcome) in enumerate(zip(block.statements, outcomes, strict=True), 1):
        code += DIRECTIVE.sub("", statement.source)
        if outcome.output or number == len(outcomes) or statement in drifted:
            cells.append(_cell(block, code, outcome, highlight))
            code = ""
        if statement in drifted:
            cells.append(failure(f"{where}: output drifted (- documented, + live)\n{drifted[statement]}"))
    return "".join(cells)


def failure(message: str) -> str:
    """Return the HTML that shows an author what is wrong, at the place where it is wrong."""
    return f'<div class="failure" role="alert"><pre>{html.escape(message)}</pre></div>'


def _cell(block: Block, code: str, outcome: Outcome, highlight: Highlight) -> str:
    parts = []
    if block.shows_input:
        parts.append(f'<div class="cell-input">{highlight(code.rstrip(), "python")}</div>')
    if outcome.pictures:
        parts.append("".join(f'<div class="cell-picture">{draw(picture)}</div>' for picture in outcome.pictures))
    elif outcome.output:
        parts.append(_output(outcome.output, highlight))
    return f'<div class="cell">{"".join(parts)}</div>'


def _output(output: str, highlight: Highlight) -> str:
    """Return an output as up to three parts: warnings, text, and the error it ended with."""
    printed, _, error = output.partition(TRACEBACK)
    parts = []
    for line in printed.splitlines():
        kind = "warning" if WARNING.match(line) else "text"
        if parts and parts[-1][0] == kind == "text":
            parts[-1] = (kind, f"{parts[-1][1]}\n{line}")
        else:
            parts.append((kind, line))
    if error:
        parts.append(("error", error.rstrip()))
    return "".join(
        f'<div class="cell-output cell-{kind} no-copy">{highlight(text, "text")}</div>' for kind, text in parts
    )
