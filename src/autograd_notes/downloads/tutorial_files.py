"""A tutorial to take along: as plain Python, and as the parts of the notebook that Jupyter makes of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from autograd_notes.downloads.portable import Example, Prose, with_addresses
from autograd_notes.engine.dialect import ATTRIBUTES, Heading, elements
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.transcript import Block
from autograd_notes.engine.tutorial import Cell, Tutorial
from autograd_notes.language import say


def python(tutorial: Tutorial, address: Callable[[str], str]) -> str:
    """Return a tutorial as the text of a .py file, which holds nothing that only this site understands.

    Args:
        tutorial: The tutorial.
        address: Turns the path in a link to another page into an address that works anywhere.
    """
    lines = [
        line
        for cell in _without_figures(tutorial)
        for line in (cell.lines if cell.name else _portable(cell.lines, address))
    ]
    return "\n".join(lines).rstrip() + "\n"


def parts(
    tutorial: Tutorial,
    blocks: Sequence[Block],
    outcomes: Sequence[Sequence[Outcome]],
    address: Callable[[str], str],
) -> list[Prose | Example]:
    """Return the parts of a tutorial's notebook, a cell each.

    Args:
        tutorial: The tutorial.
        blocks: Its cells of code.
        outcomes: What they did.
        address: As in `python`.
    """
    examples = {block.name: Example(block, did) for block, did in zip(blocks, outcomes, strict=True)}
    return [
        examples[cell.name] if cell.name else Prose("\n".join(_portable(cell.prose, address)).strip())
        for cell in _without_figures(tutorial)
    ]


def _without_figures(tutorial: Tutorial) -> Iterator[Cell]:
    """Yield the cells; in the place of a figure, whose code needs this project, a sentence that leads to the page."""
    anchor = ""
    for cell in tutorial.cells:
        if cell.shows_input:
            found = [] if cell.name else [one.id for one in elements(cell.prose) if isinstance(one, Heading)]
            anchor = [anchor, *found][-1]
            yield cell
        else:
            sentence = say(
                en=f"Here [the page](#{anchor}) has a figure that moves.",
                zh=f"这里有一幅可以拖动的图，见[网页](#{anchor})。",
            )
            yield Cell("", cell.line, ("# %% [markdown]", f"# {sentence}", ""))


def _portable(lines: Sequence[str], address: Callable[[str], str]) -> Iterator[str]:
    """Yield lines of prose without the ids of headings and the marks of captions, and with links that work anywhere."""
    for line in lines:
        plain = ATTRIBUTES.sub("", line)
        if plain.strip("#") or plain == line:
            yield with_addresses(plain, address)
