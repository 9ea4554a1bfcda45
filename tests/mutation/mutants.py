"""Change a fact: every way in which a text with code, an output or a formula is made wrong, one change at a time."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from autograd_notes.engine.outcome import MESSAGE, TRACEBACK
from tests.judges.tokens import TOKEN, is_number

DTYPES = {
    "float16": "bfloat16",
    "bfloat16": "float16",
    "float32": "float64",
    "float64": "float32",
    "int32": "int64",
    "int64": "int32",
    "complex64": "complex128",
    "complex128": "complex64",
    "bool": "uint8",
}
OPPOSITES = {"True": "False", "False": "True"}
NAME = re.compile(r"[A-Za-z_]\w*")
COMMAND = re.compile(r"\\(?:[a-zA-Z]+|.)")
OTHER_COMMAND = {r"\sin": r"\cos", r"\cos": r"\sin", r"\log": r"\exp", r"\pi": r"\theta", r"\sum": r"\prod"}


@dataclass(frozen=True)
class Change:
    """One change to a text.

    Attributes:
        kind: What was changed: digit, sign, dtype, name (to one that nothing has), swap (of a name for another one of
            the same run or page), word, line, operator.
        before: The changed piece as it was.
        text: The text with the change.
    """

    kind: str
    before: str
    text: str


def change_code(text: str, names: str = "name", others: Collection[str] | None = None) -> Iterator[Change]:
    """Yield every change of a piece of code or a line of output: each digit, sign, dtype and name.

    Args:
        text: The piece.
        names: What its names are called: "name", or "word" in a message.
        others: For text about a run, the names of the run: each name is also swapped for another of them, and each
            dtype for another dtype.
    """
    for match in TOKEN.finditer(text):
        token, (start, end) = match[0], match.span()

        def changed(kind: str, new: str, start: int = start, end: int = end) -> Change:
            return Change(kind, text[start:end], text[:start] + new + text[end:])

        if is_number(token):
            yield from _change_digits(text, start, end)
            yield changed("sign", token, start - 1) if text[:start].endswith("-") else changed("sign", f"-{token}")
        elif token in DTYPES and others is None:
            yield changed("dtype", DTYPES[token])
        elif token in OPPOSITES:
            yield changed(names, OPPOSITES[token])
        elif NAME.fullmatch(token):
            yield changed(names, token + token[-1])
            if other := DTYPES.get(token) or _next_of(token, others or ()):
                yield changed("swap", other)


def change_output(lines: list[str]) -> Iterator[tuple[Change, list[str]]]:
    """Yield every change of a documented output, with the lines it leaves: those of `change_code`, and each line
    removed and doubled. The frames of a traceback are no fact: they are scrubbed."""
    for number, line in enumerate(lines):
        if line.strip() == "...":
            continue
        for change in change_code(line, "word" if MESSAGE.match(line) else "name"):
            yield change, [*lines[:number], change.text, *lines[number + 1 :]]
        if f"{line}\n" not in TRACEBACK:
            yield Change("line", line, ""), lines[:number] + lines[number + 1 :]
            yield Change("line", line, f"{line}\n{line}"), [*lines[: number + 1], line, *lines[number + 1 :]]


def change_tex(text: str, letters: Collection[str]) -> Iterator[Change]:
    """Yield every change of a formula: each digit, sign, operator, function and letter.

    Args:
        text: The TeX.
        letters: The letters that the page uses, to swap with and to stay clear of.
    """
    unused = next(letter for letter in string.ascii_letters if letter not in letters)
    commands = [match.span() for match in COMMAND.finditer(text)]
    for start, end in commands:
        command = text[start:end]
        if command in OTHER_COMMAND:
            yield Change("operator", command, text[:start] + OTHER_COMMAND[command] + text[end:])
    words = [match.span() for match in re.finditer(r"(?<=mathrm\{)\w+|(?<=begin\{)\w+|(?<=end\{)\w+", text)]
    for position, character in enumerate(text):
        if any(start <= position < end for start, end in [*commands, *words]):
            continue
        head, tail = text[:position], text[position + 1 :]
        if character.isdigit():
            yield from _change_digits(text, position, position + 1)
        elif character in "+-":
            yield Change("sign", character, head + ("-" if character == "+" else "+") + tail)
        elif character.isalpha():
            yield Change("name", character, head + unused + tail)
            if other := _next_of(character, letters):
                yield Change("swap", character, head + other + tail)
    if not text.lstrip().startswith("-"):
        yield Change("sign", text, f"-{text}")


def _change_digits(text: str, start: int, end: int) -> Iterator[Change]:
    for position in range(start, end):
        if text[position].isdigit():
            new = str((int(text[position]) + 1) % 10)
            yield Change("digit", text[start:end], text[:position] + new + text[position + 1 :])


def _next_of(name: str, others: Collection[str]) -> str:
    """Return the name that follows in the alphabet, from the last one to the first; "" where there is no other."""
    following = sorted({*others} - {name})
    return next((other for other in following if other > name), following[0] if following else "")
