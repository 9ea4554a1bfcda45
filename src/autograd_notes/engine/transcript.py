"""Read Markdown into a transcript: the pycon fences, their sessions, and each statement with its documented output."""

from __future__ import annotations

import doctest
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.engine.dialect import FENCE, Fence, fences, without

# What reads like a console session to a person, and is run by nobody.
LIKE_PYCON = re.compile(r"(?:pycon\w*|py(?:thon)?-?console|doctest)\b", re.IGNORECASE)
IN_A_LIST = re.compile(r"(?P<mark>[ \t>]*(?:[-*+]|\d+[.)])[ \t]+)(?:`{3,}|~{3,})")
PROMPT = re.compile(r"^(?P<indent>[ \t]*)>>>(?P<rest>.*)$")
CONTINUED = re.compile(r"^(?P<indent>[ \t]*)\.\.\.(?P<rest>.*)$")
OPTION = re.compile(r"""\s*([\w-]+)=(?:"([^"]*)"|'([^']*)'|(\S+))""")
DIRECTIVE = re.compile(r"[ \t]*#[ \t]*doctest:[ \t]*(?P<flags>[^\n'\"]*)$", re.MULTILINE)
NO_CODE = re.compile(r"(?:\s*(?:#.*)?\n)*")
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
        statement: The statement that is to blame, where it is one.
    """

    def __init__(self, name: str, line: int, problem: str, remedy: str, statement: Statement | None = None) -> None:
        super().__init__(f"{name}:{line}: {problem}\n  {remedy}" if line else f"{name}: {problem}\n  {remedy}")
        self.name, self.line, self.problem, self.remedy = name, line, problem, remedy
        self.statement = statement


@dataclass(frozen=True)
class Statement:
    """One statement of a console session and the output documented below it.

    Attributes:
        source: The code without prompts, ending in a newline.
        documented: The text documented as its output; "" for none.
        line: The line of its `>>>` in the file, from 1.
        output_line: The line where its documented output starts, or would start.
        prefix: What stands before `>>>` on its lines (indentation, block quote marks).
        flags: The doctest flags that its `# doctest:` comment sets, as a bit mask.
        mode: How it is compiled: "single", as a prompt does, or "exec", as a cell of a notebook.
    """

    source: str
    documented: str
    line: int
    output_line: int = 0
    prefix: str = ""
    flags: int = 0
    mode: str = "single"

    @property
    def shown(self) -> str:
        """The code as a reader sees it, without what only doctest reads."""
        return DIRECTIVE.sub("", self.source)


@dataclass(frozen=True)
class Block:
    """One pycon fence.

    Attributes:
        line: Its opening line in the file, from 1.
        session: The name of its session; "" for the one of the file.
        shows_input: Whether a page shows its statements, or only what they print and draw.
        statements: Its statements, in order.
        name: Its name, where it is a cell of a notebook.
        opens_releases: Whether a page shows what other releases print without being asked.
    """

    line: int
    session: str
    shows_input: bool
    statements: tuple[Statement, ...]
    name: str = ""
    opens_releases: bool = False

    def run_on(self, is_followed: Callable[[int], bool]) -> Iterator[tuple[str, int]]:
        """Yield the code of its statements up to each one that something is shown below, and that one's number.

        Args:
            is_followed: Whether something is shown below the statement with this number, from 0.
        """
        code = ""
        for number, statement in enumerate(self.statements):
            code += statement.shown
            if is_followed(number) or number == len(self.statements) - 1:
                yield code, number
                code = ""


def read_text(path: Path) -> str:
    """Return the text of a file, with "\\n" as its line end, and without a byte order mark.

    Raises:
        InputError: The file cannot be read, or is not UTF-8.
    """
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(str(path), line, "not UTF-8 text.", "Save the file as UTF-8.") from error
    except OSError as error:
        raise InputError(
            str(path), 0, f"cannot be read: {error.strerror}.", "Check the name and its rights."
        ) from error


def refuse_unseen(lines: Sequence[str], found: Sequence[Fence], name: str) -> None:
    """Refuse what looks like a console session and is none, so that nobody would run it.

    Args:
        lines: The lines of a Markdown text.
        found: Its fences.
        name: Its file, for messages.

    Raises:
        InputError: There is such a line.
    """
    inside = {number for fence in found for number in range(fence.line, fence.end + 1)}
    remedy = "Write it between ```pycon and ```, each on a line of its own and indented alike."
    for number, line in enumerate(lines, 1):
        in_a_list = IN_A_LIST.match(line)
        is_fence = in_a_list and any(map(_is_like_pycon, fences([line.removeprefix(in_a_list["mark"])])))
        prompt = PROMPT.match(line)
        if number not in inside and (is_fence or (prompt and prompt["rest"].startswith(" "))):
            raise InputError(name, number, f"this is run by nobody: {line.strip()!r}.", remedy)
    for fence in found:
        if not fence.closed:
            raise _unclosed(fence, name)
        if not fence.is_pycon and _is_like_pycon(fence):
            problem = f"a fence {fence.info.strip()!r} is run by nobody."
            raise InputError(name, fence.line, problem, remedy)


def read_block(fence: Fence, name: str) -> Block:
    """Read one pycon fence.

    Args:
        fence: The fence.
        name: The file, for messages.

    Raises:
        InputError: An unknown option, a fence without end, a line that is neither a statement nor an output, or a
            statement that is no Python.
    """
    if not fence.is_pycon:
        raise InputError(name, fence.line, f"a fence {fence.info.strip()!r} is run by nobody.", "Write ```pycon.")
    if not fence.closed:
        raise _unclosed(fence, name)
    options = _options(fence.options, fence.line, name)
    statements = tuple(_statements(fence, name))
    if not statements:
        raise InputError(name, fence.line, "this pycon fence holds no statement.", "Type one after >>>, or remove it.")
    shows_input, opens_releases = options.get("input") != "hidden", "releases" in options
    return Block(fence.line, options.get("session", ""), shows_input, statements, opens_releases=opens_releases)


def read_blocks(text: str, name: str) -> list[Block]:
    """Read every pycon fence of a Markdown text, in order.

    Raises:
        InputError: As `read_block`, there is no pycon fence at all, or something looks like one and is none.
    """
    lines = text.split("\n")
    found = list(fences(lines))
    blocks = [read_block(fence, name) for fence in found if fence.is_pycon]
    refuse_unseen(lines, found, name)
    if not blocks:
        raise InputError(name, 0, "holds no pycon fence.", "Start one with ```pycon, or do not name this file.")
    return blocks


def _is_like_pycon(fence: Fence) -> bool:
    return LIKE_PYCON.match(fence.language) is not None


def _unclosed(fence: Fence, name: str) -> InputError:
    """Say that a fence has no end; where a line could be taken for one, that it is none."""
    for number, line in enumerate(fence.lines, fence.line + 1):
        match = FENCE.fullmatch(line)
        if match and not match["info"].strip() and match["marks"].startswith(fence.marks):
            problem = "this line does not end the fence above it: it is indented otherwise, or has more marks."
            return InputError(name, number, problem, f"Write {(fence.prefix + fence.marks)!r}.")
    return InputError(name, fence.line, "this fence is never closed.", f"End it with a line of {fence.marks}.")


def _statements(fence: Fence, name: str) -> Iterator[Statement]:
    """Yield the statements of a fence, each with the output below it."""
    lines = fence.inner
    number = 0
    while number < len(lines):
        prompt = PROMPT.match(lines[number])
        if not prompt:
            _refuse_stray_line(lines[number], name, fence.line + 1 + number)
            number += 1
            continue
        start, indent = number, prompt["indent"]
        code = [_code(prompt, indent, name, fence.line + 1 + number)]
        number += 1
        while number < len(lines) and (more := CONTINUED.match(lines[number])):
            code.append(_code(more, indent, name, fence.line + 1 + number))
            number += 1
        output_start = number
        while number < len(lines) and lines[number].strip() and not PROMPT.match(lines[number]):
            number += 1
        source = "".join(f"{line}\n" for line in code)
        # Python's own prompt ends a block at an empty line, which is no part of it.
        source = source.rstrip("\n") + "\n"
        statement = Statement(
            source,
            "".join(f"{without(indent, line)}\n" for line in lines[output_start:number]),
            fence.line + 1 + start,
            fence.line + 1 + output_start,
            fence.prefix + indent,
            _flags(source, name, fence.line + 1 + start),
            "exec" if NO_CODE.fullmatch(source) else "single",
        )
        refuse_syntax_error(statement, name)
        yield statement


def _code(line: re.Match[str], indent: str, name: str, number: int) -> str:
    """Return the code behind a prompt."""
    problem = ""
    if line["rest"].strip() and not line["rest"].startswith(" "):
        problem = f"no blank behind the prompt: {line[0].strip()!r}"
    elif line["indent"] != indent:
        problem = f"this prompt is not below the one above: {line[0]!r}"
    if problem:
        remedy = "Put a blank after >>> and ..., and align them."
        raise InputError(name, number, f"not a console session: {problem}.", remedy)
    return line["rest"][1:]


def _flags(source: str, name: str, line: int) -> int:
    """Return what the doctest directives of a statement set."""
    flags = 0
    for directive in DIRECTIVE.finditer(source):
        for option in directive["flags"].replace(",", " ").split():
            if option[0] not in "+-" or option[1:] not in doctest.OPTIONFLAGS_BY_NAME:
                known = ", ".join(f"+{flag}" for flag in doctest.OPTIONFLAGS_BY_NAME)
                raise InputError(name, line, f"unknown doctest directive {option!r}.", f"There are: {known}.")
            if option[0] == "+":
                flags |= doctest.OPTIONFLAGS_BY_NAME[option[1:]]
    return flags


def _options(text: str, line: int, name: str) -> dict[str, str]:
    options = {match[1]: match[2] or match[3] or match[4] or "" for match in OPTION.finditer(text)}
    rest = OPTION.sub("", text).split()
    for option in [*rest, *options]:
        if option not in OPTIONS or option in rest:
            known = "; ".join(f'{key}="…": {meaning}' for key, meaning in OPTIONS.items())
            raise InputError(name, line, f"unknown fence option {option!r}.", f"A pycon fence knows: {known}.")
    for option, value in VALUES.items():
        if options.get(option, value) != value:
            problem = f"{option}={options[option]!r} means nothing."
            raise InputError(name, line, problem, f'Write {option}="{value}", or leave it out.')
    return options


def _refuse_stray_line(text: str, name: str, line: int) -> None:
    if text.strip():
        raise InputError(
            name,
            line,
            f"this line is neither a statement nor directly below one, so nothing compares it: {text.strip()!r}.",
            "Type >>> before a statement; write <BLANKLINE> for an empty line inside an output.",
        )


def refuse_syntax_error(statement: Statement, name: str) -> None:
    """Refuse a statement that is no Python.

    Raises:
        InputError: It is none.
    """
    try:
        with warnings.catch_warnings():
            # What Python has to say of code, it says when the code runs.
            warnings.simplefilter("ignore")
            compile(statement.source, name, statement.mode, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, OverflowError) as error:
        line = statement.line + (getattr(error, "lineno", None) or 1) - 1
        raise InputError(
            name, line, f"not Python: {error.args[0]}.", "Correct the statement; nothing was run."
        ) from error
