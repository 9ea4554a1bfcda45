"""Read the TeX of a formula into a tree: the part of TeX that these pages use, and an error for anything else."""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(r"\\(?:begin|end)\{\w+\}|\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\S")
LETTER = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z](?![a-zA-Z])")
SPACES = {r"\,", r"\;", r"\:", r"\!", r"\quad", r"\qquad", r"\left", r"\right", r"\displaystyle"}
RELATIONS = {"=", r"\leftarrow"}
FUNCTIONS = {r"\sin", r"\cos", r"\tan", r"\tanh", r"\exp", r"\log", r"\ln", r"\sqrt", r"\mathrm", r"\operatorname"}
FUNCTION_LETTERS = {"f", "g", "h"}
TIMES = {r"\cdot", r"\times"}
CLOSING = {")", "]", "}", "&", ",", r"\\", r"\end{bmatrix}", "+", "-", "/", *RELATIONS, *TIMES}


class TexError(Exception):
    """A formula outside of the part of TeX that is read here."""


@dataclass(frozen=True)
class Number:
    """`2`, `0.5`."""

    text: str


@dataclass(frozen=True)
class Name:
    r"""`x`, `\mathbf{x}`, `\pi`; bold names are vectors and matrices."""

    letter: str
    bold: bool = False


@dataclass(frozen=True)
class Index:
    r"""`x_i`, `(\mathbf{v}^\top \mathbf{J})_j`, `a_{12}`."""

    base: Tree
    indices: tuple[str, ...]


@dataclass(frozen=True)
class Power:
    """`x^2`."""

    base: Tree
    exponent: Tree


@dataclass(frozen=True)
class Transpose:
    r"""`\mathbf{v}^\top`."""

    base: Tree


@dataclass(frozen=True)
class Apply:
    """`f(x)`, `f'(x)` with one prime for each derivative, `sin x`."""

    function: str
    argument: Tree
    primes: int = 0


@dataclass(frozen=True)
class Sum:
    """`a + b - c`, as terms with their signs."""

    terms: tuple[tuple[int, Tree], ...]


@dataclass(frozen=True)
class Product:
    r"""`a b`, `a \cdot b`, `a / b`, as factors with what stands before them: "", "\\cdot", "\\times" or "/"."""

    factors: tuple[tuple[str, Tree], ...]


@dataclass(frozen=True)
class Total:
    r"""`\sum_i body`."""

    index: str
    body: Tree


@dataclass(frozen=True)
class Derivative:
    r"""`\frac{\partial of}{\partial by}`, also with `of` behind the fraction."""

    of: Tree
    by: Tree


@dataclass(frozen=True)
class Matrix:
    r"""`\begin{bmatrix} … \end{bmatrix}`."""

    rows: tuple[tuple[Tree, ...], ...]


@dataclass(frozen=True)
class Tuple:
    """`a, b, c`, with or without brackets."""

    items: tuple[Tree, ...]


@dataclass(frozen=True)
class Equation:
    """`a = b = c`."""

    sides: tuple[Tree, ...]


@dataclass(frozen=True)
class Step:
    r"""One step of an iteration, `x \leftarrow value`."""

    target: Tree
    value: Tree


Tree = (
    Number
    | Name
    | Index
    | Power
    | Transpose
    | Apply
    | Sum
    | Product
    | Total
    | Derivative
    | Matrix
    | Tuple
    | Equation
    | Step
)


def read_tex(tex: str) -> Tree:
    """Read a formula.

    Raises:
        TexError: It holds something that is not read here.
    """
    reader = _Reader([token for token in TOKEN.findall(tex) if token not in SPACES])
    tree = reader.equation()
    if reader.next is not None:
        raise TexError(f"cannot read {reader.next!r}")
    return tree


class _Reader:
    """Descends through the tokens; each method reads one kind of expression and leaves what follows it."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.position = tokens, 0

    @property
    def next(self) -> str | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def take(self, expected: str | None = None) -> str:
        token = self.next
        if token is None or expected not in (None, token):
            raise TexError(f"expected {expected or 'more'!r}, found {token!r}")
        self.position += 1
        return token

    def equation(self) -> Tree:
        sides = [self.tuple()]
        if self.next == r"\leftarrow":
            self.take()
            return Step(sides[0], self.tuple())
        while self.next == "=":
            self.take()
            sides.append(self.tuple())
        return sides[0] if len(sides) == 1 else Equation(tuple(sides))

    def tuple(self) -> Tree:
        items = [self.sum()]
        while self.next == ",":
            self.take()
            items.append(self.sum())
        return items[0] if len(items) == 1 else Tuple(tuple(items))

    def sum(self) -> Tree:
        terms: list[tuple[int, Tree]] = []
        while not terms or self.next in ("+", "-"):
            sign = -1 if self.next == "-" else 1
            if self.next in ("+", "-"):
                self.take()
            terms.append((sign, self.product()))
        return terms[0][1] if len(terms) == 1 and terms[0][0] == 1 else Sum(tuple(terms))

    def product(self) -> Tree:
        factors: list[tuple[str, Tree]] = []
        while not factors or (self.next is not None and (self.next in TIMES | {"/"} or self.next not in CLOSING)):
            sign = self.take() if factors and self.next in TIMES | {"/"} else ""
            factors.append((sign, self.factor()))
        return factors[0][1] if len(factors) == 1 else Product(tuple(factors))

    def factor(self) -> Tree:
        tree = self.base()
        while self.next in ("_", "^"):
            if self.take() == "_":
                tree = Index(tree, self.indices())
            elif self.next == r"\top":
                self.take()
                tree = Transpose(tree)
            else:
                tree = Power(tree, self.group())
        return tree

    def base(self) -> Tree:
        token = self.take()
        if token in ("(", "["):
            tree = self.tuple()
            self.take(")" if token == "(" else "]")
            return tree
        if re.fullmatch(r"\d.*", token):
            return Number(token)
        if token in FUNCTION_LETTERS and self.next in ("(", "'"):
            return self.application(token)
        if re.fullmatch(r"[a-zA-Z]|\\(?:pi|alpha|beta|gamma|lambda|sigma|theta|eta|varepsilon|epsilon)", token):
            return Name(token.removeprefix("\\"))
        if token in FUNCTIONS:
            name = self.word() if token in (r"\mathrm", r"\operatorname") else token[1:]
            return Apply(name, self.group() if self.next == "{" else self.factor())
        readers = {
            r"\mathbf": lambda: Name(self.word(), bold=True),
            r"\frac": self.fraction,
            r"\sum": self.total,
            r"\begin{bmatrix}": self.matrix,
        }
        if token not in readers:
            raise TexError(f"cannot read {token!r}")
        return readers[token]()

    def application(self, function: str) -> Tree:
        primes = 0
        while self.next == "'":
            self.take()
            primes += 1
        self.take("(")
        argument = self.sum()
        self.take(")")
        return Apply(function, argument, primes)

    def fraction(self) -> Tree:
        self.take("{")
        if self.next != r"\partial":
            above = self.sum()
            self.take("}")
            return Product((("", above), ("/", self.group())))
        self.take()
        of = None if self.next == "}" else self.sum()
        self.take("}")
        self.take("{")
        self.take(r"\partial")
        by = self.factor()
        self.take("}")
        return Derivative(self.product() if of is None else of, by)

    def total(self) -> Tree:
        self.take("_")
        (index,) = self.indices()
        return Total(index, self.product())

    def matrix(self) -> Tree:
        rows: list[list[Tree]] = [[self.sum()]]
        while self.next != r"\end{bmatrix}":
            if self.take() == "&":
                rows[-1].append(self.sum())
            else:
                rows.append([self.sum()])
        self.take()
        return Matrix(tuple(tuple(row) for row in rows))

    def group(self) -> Tree:
        """Read what `^` and commands take: braces, or a single token."""
        if self.next != "{":
            return self.base()
        self.take()
        tree = self.sum()
        self.take("}")
        return tree

    def indices(self) -> tuple[str, ...]:
        if self.next != "{":
            return (self.take(),)
        return tuple(token for token in self.braced() if token != ",")

    def word(self) -> str:
        return "".join(self.braced())

    def braced(self) -> list[str]:
        self.take("{")
        found = []
        while self.next != "}":
            found.append(self.take())
        self.take()
        return found
