"""The rules of a snippet file: named sections, one fence in each, and no words for humans."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.transcript import Block, InputError, fences, read_block, read_text

FOLDER = Path("snippets")
MARKER = re.compile(r"^\s*<!-- --8<-- \[(?P<kind>start|end):(?P<name>[a-z][a-z0-9-]*)\] -->\s*$")
DIRECTIVE = re.compile(r"#\s*doctest:")


@dataclass(frozen=True)
class Section:
    """A named part of a snippet file, which a page includes as `--8<-- "file:name"`.

    Attributes:
        name: Its name, unique in the file.
        line: The line of its start marker, from 1.
        block: Its one fence.
    """

    name: str
    line: int
    block: Block


def read_sections(path: Path, name: str | None = None) -> list[Section]:
    """Read a snippet file.

    Args:
        path: The file.
        name: The file for messages; its path where not given.

    Returns:
        Its sections, in file order; at least one.

    Raises:
        InputError: A rule of `snippets/README.md` is broken, or a fence cannot be read.
    """
    name = name or str(path)
    lines = read_text(path).splitlines()
    in_fence = {
        number
        for fence in fences(lines)
        for number in range(fence.line, fence.line + len(fence.lines) + 1 + fence.closed)
    }
    blocks = [read_block(fence, name) for fence in fences(lines)]
    sections: list[Section] = []
    opened: tuple[str, int] | None = None
    for number, line in enumerate(lines, 1):
        if number in in_fence or not line.strip():
            continue
        marker = MARKER.match(line)
        if marker is None:
            raise InputError(
                name,
                number,
                f"a snippet holds code and no prose, but here stands {line.strip()!r}.",
                "Move words to docs/en and docs/zh; a marker is written <!-- --8<-- [start:name] -->.",
            )
        if marker["kind"] == "start":
            if opened:
                raise _no_end(name, opened)
            if any(section.name == marker["name"] for section in sections):
                raise InputError(
                    name, number, f"a second section {marker['name']!r}.", "Give each section a name of its own."
                )
            opened = marker["name"], number
        else:
            if not opened or opened[0] != marker["name"]:
                raise InputError(
                    name,
                    number,
                    f"section {marker['name']!r} ends here but was not started.",
                    "Make both markers agree.",
                )
            inside = [block for block in blocks if opened[1] < block.line < number]
            if len(inside) != 1:
                raise InputError(
                    name,
                    opened[1],
                    f"section {opened[0]!r} holds {len(inside)} fences.",
                    "Put one pycon fence in each section.",
                )
            sections.append(Section(*opened, inside[0]))
            opened = None
    if opened:
        raise _no_end(name, opened)
    _refuse_fences_outside(blocks, sections, name)
    for section in sections:
        _refuse_comments(section.block, name)
    if not sections:
        raise InputError(
            name, 0, "an empty snippet: it has no section.", "Write one (snippets/README.md), or delete the file."
        )
    return sections


def is_snippet(path: Path) -> bool:
    """Whether a file lies in the snippets folder of the working directory, so that the rules hold for it."""
    return FOLDER.resolve() in path.resolve().parents


def _no_end(name: str, opened: tuple[str, int]) -> InputError:
    return InputError(
        name,
        opened[1],
        f"section {opened[0]!r} has no end, so it would take in all that follows.",
        f"Add <!-- --8<-- [end:{opened[0]}] --> below its fence.",
    )


def _refuse_fences_outside(blocks: list[Block], sections: list[Section], name: str) -> None:
    inside = {section.block.line for section in sections}
    for block in blocks:
        if block.line not in inside:
            raise InputError(
                name,
                block.line,
                "this fence is in no section, so no page can show it.",
                "Put start and end markers around it.",
            )


def _refuse_comments(block: Block, name: str) -> None:
    for statement in block.statements:
        for token in tokenize.generate_tokens(io.StringIO(statement.source).readline):
            if token.type == tokenize.COMMENT and not DIRECTIVE.match(token.string):
                raise InputError(
                    name,
                    statement.line + token.start[0] - 1,
                    f"a snippet holds no words for humans, but here stands {token.string!r}.",
                    "Say it on the pages, in docs/en and docs/zh.",
                )
