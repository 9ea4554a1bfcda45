"""The rules of a snippet file: named sections, one fence in each, and no words for humans."""

from __future__ import annotations

import functools
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.engine.dialect import SECTION, fences
from autograd_notes.engine.transcript import DIRECTIVE, Block, InputError, read_block, read_text

FOLDER = Path("snippets")


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
    return list(_sections(read_text(path), name or str(path)))


@functools.lru_cache(maxsize=1024)
def _sections(text: str, name: str) -> tuple[Section, ...]:
    """Read the text of a snippet file; pages of two languages and of many rebuilds read the same one."""
    lines = text.split("\n")
    found = list(fences(lines))
    blocks = [read_block(fence, name) for fence in found]
    in_fence = {number for fence in found for number in range(fence.line, fence.end + 1)}
    markers = [_marker(line, number, name) for number, line in enumerate(lines, 1) if number not in in_fence]
    sections = _pair([marker for marker in markers if marker], blocks, name)
    _refuse_fences_outside(blocks, sections, name)
    for section in sections:
        _refuse_comments(section.block, name)
    if not sections:
        problem = "an empty snippet: it has no section."
        raise InputError(name, 0, problem, "Write one (snippets/README.md), or delete the file.")
    return tuple(sections)


def is_snippet(path: Path) -> bool:
    """Whether a file lies in the snippets folder of the working directory, so that the rules hold for it."""
    return FOLDER.resolve() in path.resolve().parents


@dataclass(frozen=True)
class _Marker:
    kind: str
    section: str
    line: int


def _marker(line: str, number: int, name: str) -> _Marker | None:
    """Return the marker on a line outside of fences; None for an empty line."""
    if not line.strip():
        return None
    match = SECTION.fullmatch(line)
    if match is None:
        problem = f"a snippet holds code and no prose, but here stands {line.strip()!r}."
        remedy = "Move words to docs/en and docs/zh; a marker is written <!-- --8<-- [start:name] -->."
        raise InputError(name, number, problem, remedy)
    return _Marker(match["kind"], match["name"], number)


def _pair(markers: list[_Marker], blocks: list[Block], name: str) -> list[Section]:
    """Return the sections between each start marker and its end marker."""
    sections: list[Section] = []
    opened: _Marker | None = None
    for marker in markers:
        if marker.kind == "start":
            if opened:
                raise _no_end(opened, name)
            if any(section.name == marker.section for section in sections):
                problem = f"a second section {marker.section!r}."
                raise InputError(name, marker.line, problem, "Give each section a name of its own.")
            opened = marker
        else:
            if not opened or opened.section != marker.section:
                problem = f"section {marker.section!r} ends here but was not started."
                raise InputError(name, marker.line, problem, "Make both markers agree.")
            sections.append(Section(opened.section, opened.line, _only_block(opened, marker, blocks, name)))
            opened = None
    if opened:
        raise _no_end(opened, name)
    return sections


def _only_block(start: _Marker, end: _Marker, blocks: list[Block], name: str) -> Block:
    inside = [block for block in blocks if start.line < block.line < end.line]
    if len(inside) != 1:
        problem = f"section {start.section!r} holds {len(inside)} fences."
        raise InputError(name, start.line, problem, "Put one pycon fence in each section.")
    return inside[0]


def _no_end(opened: _Marker, name: str) -> InputError:
    problem = f"section {opened.section!r} has no end, so it would take in all that follows."
    remedy = f"Add <!-- --8<-- [end:{opened.section}] --> below its fence."
    return InputError(name, opened.line, problem, remedy)


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
