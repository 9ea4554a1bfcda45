"""Short ways to write a Markdown file with console sessions, and to run it, for tests of the engine."""

from __future__ import annotations

from pathlib import Path

from autograd_notes.engine import session
from autograd_notes.engine.dialect import fences
from autograd_notes.engine.drift import Drift, find_drifts
from autograd_notes.engine.transcript import InputError, read_block, read_blocks
from autograd_notes.extensions.fence import Ran, Run

NAME = "example.md"


def fence(code: str, options: str = "") -> str:
    """Return a pycon fence around the lines of a session."""
    return f"```pycon{options and ' '}{options}\n{code.strip()}\n```\n"


def section(name: str, code: str, options: str = "") -> str:
    """Return a section of a snippet file."""
    return f"<!-- --8<-- [start:{name}] -->\n{fence(code, options)}<!-- --8<-- [end:{name}] -->\n"


def live(code: str) -> list[str]:
    """Run one block and return what each of its statements printed."""
    return outputs(fence(code))[0]


def outputs(text: str) -> list[list[str]]:
    """Run the blocks of a Markdown text and return what their statements printed."""
    return [[outcome.output for outcome in block] for block in session.run(read_blocks(text, NAME), NAME)]


def drifts(text: str) -> list[Drift]:
    """Return the drifts of a Markdown text."""
    blocks = read_blocks(text, NAME)
    return find_drifts(blocks, session.run(blocks, NAME))


def page_run(page: str) -> Run:
    """Run the blocks of a page's Markdown and return what a build remembers of it."""
    lines = page.split("\n")
    found = [fence for fence in fences(lines) if fence.is_pycon]
    blocks = [read_block(fence, NAME) for fence in found]
    ran = [
        Ran(fence, block, outcomes, find_drifts([block], [outcomes]))
        for fence, block, outcomes in zip(found, blocks, session.run(blocks, NAME), strict=True)
    ]
    return Run(tuple(lines), tuple(ran))


def refused(text: str) -> str:
    """Return the message with which a Markdown text is refused; fail where it is not."""
    try:
        outputs(text)
    except InputError as error:
        return str(error)
    raise AssertionError(f"this was not refused:\n{text}")


def written(folder: Path, text: str, name: str = NAME) -> Path:
    """Write a text into a file and return it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
