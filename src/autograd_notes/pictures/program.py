"""Run lines of code as a prompt does, with a stop before the backward pass, and tell where an operation stands."""

from __future__ import annotations

import ast
import itertools
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from torch import Tensor

# What the code calls the file that it stands in.
FILE = "<replay>"


@dataclass(frozen=True, order=True)
class Span:
    """A piece of the code: lines from 1, columns from 0, as Python counts them."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Shown:
    """A value that a line of the code displays, as Python prints it."""

    line: int
    text: str
    name: str


class Program:
    """Lines of code that compute something and may go back through it.

    Attributes:
        lines: The lines.
        variables: What they can see, and what they make: the caller's variables stay as they are.
        made: The line that made each variable.
        backward_line: The line that calls `backward()`; 0 for none.
        shown: What the lines behind it display.
    """

    def __init__(self, code: str, variables: Mapping[str, Any]) -> None:
        self.lines: Sequence[str] = textwrap.dedent(code).strip("\n").splitlines()
        self.variables = dict(variables)
        self.made: dict[str, int] = {}
        self.backward_line = 0
        self.shown: list[Shown] = []
        self._ahead = list(ast.parse("\n".join(self.lines)).body)

    def compute(self) -> Any:
        """Run the code up to `backward()`, or to its end; return what it is called on, or the last value."""
        value = None
        while self._ahead:
            root = _goes_back_from(self._ahead[0])
            if root is not None:
                self.backward_line = self._ahead[0].lineno
                return self._value(root)
            value = self._run(self._ahead.pop(0))
        return value

    def finish(self) -> None:
        """Run what is left, with the leaves' gradients as they are, and put those back that the caller had."""
        before = [(value, value.grad) for value in self.variables.values() if _is_leaf(value)]
        for leaf, gradient in before:
            # What is there is added to in place.
            leaf.grad = None if gradient is None else gradient.clone()
        while self._ahead:
            statement = self._ahead.pop(0)
            value = self._run(statement)
            if isinstance(statement, ast.Expr) and value is not None:
                name = next((node.id for node in ast.walk(statement) if isinstance(node, ast.Name)), "")
                self.shown.append(Shown(statement.lineno, repr(value), name))
        for leaf, gradient in before:
            leaf.grad = gradient

    def text(self, span: Span) -> str:
        """Return a piece of the code."""
        lines = self.lines[span.line - 1 : span.end_line]
        ends = [*(len(line) for line in lines[:-1]), span.end_column]
        starts = [span.column, *(0 for _ in lines[1:])]
        return " ".join(line[start:end].strip() for line, start, end in zip(lines, starts, ends, strict=True))

    def _run(self, statement: ast.stmt) -> Any:
        """Run a statement; return the value of an expression, or of the variable that was assigned."""
        if isinstance(statement, ast.Expr):
            return self._value(statement.value)
        before = dict(self.variables)
        exec(compile(ast.Module([statement], []), FILE, "exec"), self.variables)
        made = {name: value for name, value in self.variables.items() if before.get(name, self) is not value}
        self.made |= {name: statement.lineno for name in made if not name.startswith("__")}
        names = [name for target in getattr(statement, "targets", []) for name in _names(target)]
        return self.variables[names[-1]] if names else None

    def _value(self, expression: ast.expr) -> Any:
        return eval(compile(ast.Expression(expression), FILE, "eval"), self.variables)


def find_span(frame: FrameType | None) -> Span | None:
    """Return the piece of a program's code that is running, the innermost one; None outside of any."""
    while frame is not None and frame.f_code.co_filename != FILE:
        frame = frame.f_back
    if frame is None:
        return None
    positions = itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    line, end_line, column, end_column = next(positions)
    if line is None or column is None or end_line is None or end_column is None:
        return None
    return Span(line, column, end_line, end_column)


def _goes_back_from(statement: ast.stmt) -> ast.expr | None:
    """Return what a statement calls `backward()` on; None where it does not."""
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(value, "backward"))):
            return value
    return None


def _names(target: ast.expr) -> Iterator[str]:
    yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _is_leaf(value: object) -> bool:
    return isinstance(value, Tensor) and value.requires_grad and value.is_leaf
