"""A page as a Python file, in cells that editors and Jupyter know: its prose as comments, its code as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_notes.downloads.portable import Example, Prose, steps


def python(parts: Sequence[Prose | Example], note: str = "") -> str:
    """Return a page as the text of a .py file in the percent format.

    Args:
        parts: The parts of the page.
        note: What to say above it, in Markdown.
    """
    cells = [_comment(note)] if note else []
    for part in parts:
        if isinstance(part, Prose):
            cells.append(_comment(part.text))
        elif part.block.shows_input:
            cells += _code(part)
    return "\n\n".join(cells) + "\n"


def _comment(text: str) -> str:
    return "\n".join(["# %% [markdown]", *(f"# {line}".rstrip() for line in text.splitlines())])


def _code(example: Example) -> Iterator[str]:
    for code, _ in steps(example):
        yield f"# %%\n{code}"
