"""Read Markdown into a transcript: the pycon fences, their sessions, and each statement with its documented output."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^(?P<prefix>[ \t>]*)(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)$")
PYCON = re.compile(r"^\s*\{?\s*\.?pycon\b(?P<options>.*?)\}?\s*$")
OPTION = re.compile(r"""\s*([\w-]+)=(?:"([^"]*)"|'([^']*)'|(\S+))""")
OPTIONS = {
    "session": "the name of the session this block belongs to; blocks without one share the file's session",
    "input": '"hidden" where the page shows a figure and not the statements that draw it',
    "releases": '"open" where the page is about what other releases print, and shows it without being asked',
}
VALUES = {"input": "hidden", "releases": "open"}


class InputError(Exception):
    """Input that cannot be used.

    Args:
        name: The file, as an author would type it.
        line: The line in that file, from 1; 0 when the whole file is meant.
        problem: What is wrong there.
        remedy: What to do about it.
    """

    def __init__(self, name: str, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"{name}:{line}: {problem}\n  {remedy}" if line else f"{name}: {problem}\n  {remedy}")
        self.name, self.line, self.problem, self.remedy = name, line, problem, remedy


@dataclass(frozen=True)
class Statement:
    """One statement of a console session and the output documented below it.

    Attributes:
        source: The code without prompts, ending in a newline.
        documented: The text documented as its output; "" for none.
        line: The line of its `>>>` in the file, from 1.
        prefix: What stands before `>>>` on its lines (indentation, block quote marks).
        flags: The doctest flags that its `# doctest:` comment sets, as a bit mask.
    """

    source: str
    documented: str
    line: int
    prefix: str = ""
    flags: int = 0

    @property
    def output_line(self) -> int:
        """The line where its documented output starts, from 1."""
        return self.line + self.source.count("\n")


@dataclass(frozen=True)
class Block:
    """One pycon fence.

    Attributes:
        line: Its opening line in the file, from 1.
        session: The name of its session; "" for the one of the file.
        shows_input: Whether a page shows its statements, or only what they print and draw.
        statements: Its statements, in order.
        opens_releases: Whether a page shows what other releases print without being asked.
    """

    line: int
    session: str
    shows_input: bool
    statements: tuple[Statement, ...]
    opens_releases: bool = False


@dataclass(frozen=True)
class Fence:
    """One fence as it stands in the file, not yet read.

    Attributes:
        line: Its opening line in the file, from 1.
        prefix: What stands before its marks (indentation, block quote marks).
        info: What stands behind them.
        lines: The lines between the marks, prefix included.
        closed: Whether it has closing marks.
    """

    line: int
    prefix: str
    info: str
    lines: tuple[str, ...]
    closed: bool

    @property
    def is_pycon(self) -> bool:
        """Whether it holds a console session."""
        return PYCON.match(self.info) is not None

    @property
    def end(self) -> int:
        """The line of its closing marks, from 1; the last line of the text where it is not closed."""
        return self.line + len(self.lines) + self.closed


def read_text(path: Path) -> str:
    """Return the text of a file, with "\\n" as its line end.

    Raises:
        InputError: The file cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(str(path), line, "not UTF-8 text.", "Save the file as UTF-8.") from error
    except OSError as error:
        raise InputError(
            str(path), 0, f"cannot be read: {error.strerror}.", "Check the name and its rights."
        ) from error


def fences(lines: list[str]) -> Iterator[Fence]:
    """Yield every fence of a Markdown text; a fence shown inside another one is not a fence."""
    opening: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines, 1):
        if opening is None:
            if match := FENCE.match(line):
                opening = number, match
        elif re.fullmatch(rf"[ \t>]*{opening[1]['marks'][0]}{{{len(opening[1]['marks'])},}}\s*", line):
            start, match = opening
            yield Fence(start, match["prefix"], match["info"], tuple(lines[start : number - 1]), closed=True)
            opening = None
    if opening:
        start, match = opening
        yield Fence(start, match["prefix"], match["info"], tuple(lines[start:]), closed=False)


def read_block(fence: Fence, name: str) -> Block:
    """Read one pycon fence.

    Args:
        fence: The fence.
        name: The file, for messages.

    Raises:
        InputError: An unknown option, a fence without end, a line that is neither a statement nor an output, or a
            statement that is no Python.
    """
    if not fence.closed:
        raise InputError(name, fence.line, "this fence is never closed.", "End it with a line of ```.")
    options = _options(fence, name)
    code = "\n".join(line.removeprefix(fence.prefix) for line in fence.lines) + "\n"
    try:
        pieces = doctest.DocTestParser().parse(code, name)
    except ValueError as error:
        offset = int(match[1]) if (match := re.match(r"line (\d+)", str(error))) else 0
        raise InputError(
            name,
            fence.line + offset,
            f"not a console session: {error}.",
            "Put a blank after >>> and ..., and align them.",
        ) from error
    offset, statements = 0, []
    for piece in pieces:
        if isinstance(piece, str):
            _refuse_stray_lines(piece, name, fence.line + 1 + offset)
            offset += piece.count("\n")
        else:
            flags = sum(flag for flag, on in piece.options.items() if on)
            line, prefix = fence.line + 1 + piece.lineno, fence.prefix + " " * piece.indent
            statement = Statement(piece.source, piece.want, line, prefix, flags)
            _refuse_syntax_error(statement, name)
            statements.append(statement)
            offset += piece.source.count("\n") + piece.want.count("\n")
    if not statements:
        raise InputError(name, fence.line, "this pycon fence holds no statement.", "Type one after >>>, or remove it.")
    is_figure, is_open = "input" in options, "releases" in options
    return Block(fence.line, options.get("session", ""), not is_figure, tuple(statements), is_open)


def read_blocks(text: str, name: str) -> list[Block]:
    """Read every pycon fence of a Markdown text, in order.

    Raises:
        InputError: As `read_block`, or there is no pycon fence at all.
    """
    blocks = [read_block(fence, name) for fence in fences(text.splitlines()) if fence.is_pycon]
    if not blocks:
        raise InputError(name, 0, "holds no pycon fence.", "Start one with ```pycon, or do not name this file.")
    return blocks


def _options(fence: Fence, name: str) -> dict[str, str]:
    text = PYCON.match(fence.info)["options"]
    options = {match[1]: match[2] or match[3] or match[4] or "" for match in OPTION.finditer(text)}
    rest = OPTION.sub("", text).split()
    for option in [*rest, *options]:
        if option not in OPTIONS or option in rest:
            known = "; ".join(f'{key}="…": {meaning}' for key, meaning in OPTIONS.items())
            raise InputError(name, fence.line, f"unknown fence option {option!r}.", f"A pycon fence knows: {known}.")
    for option, value in VALUES.items():
        if options.get(option, value) != value:
            problem = f"{option}={options[option]!r} means nothing."
            raise InputError(name, fence.line, problem, f'Write {option}="{value}", or leave it out.')
    return options


def _refuse_stray_lines(text: str, name: str, line: int) -> None:
    for offset, stray in enumerate(text.split("\n")):
        if stray.strip():
            raise InputError(
                name,
                line + offset,
                f"this line is neither a statement nor directly below one, so nothing compares it: {stray.strip()!r}.",
                "Type >>> before a statement; write <BLANKLINE> for an empty line inside an output.",
            )


def _refuse_syntax_error(statement: Statement, name: str) -> None:
    try:
        compile(statement.source, name, "single")
    except (SyntaxError, ValueError) as error:
        line = statement.line + (getattr(error, "lineno", None) or 1) - 1
        raise InputError(
            name, line, f"not Python: {error.args[0]}.", "Correct the statement; nothing was run."
        ) from error
