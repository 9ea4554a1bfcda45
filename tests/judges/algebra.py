"""Work out the tree of a formula with sympy; every derivative on the way is confirmed by autograd."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import sympy
import torch

from tests.judges import tex
from tests.judges.tex import TexError, Tree

CONSTANTS = {"pi": sympy.pi}
FUNCTIONS = {
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "tanh": sympy.tanh,
    "exp": sympy.exp,
    "log": sympy.log,
    "ln": sympy.log,
    "sqrt": sympy.sqrt,
}
TORCH = {"sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "tanh": torch.tanh, "exp": torch.exp, "log": torch.log}
DIMENSION = 3
DIGITS = 30

Value = sympy.Expr | sympy.Matrix


@dataclass(frozen=True)
class Algebra:
    """What the names of a formula stand for.

    Attributes:
        definitions: Trees, for names that a formula defined; functions by name with brackets, as `f()`, and their
            parameter.
        shapes: The shapes of names that stand for vectors and matrices of a known size.
        indices: The values of indices, from 0.
    """

    definitions: Mapping[str, Tree | tuple[str, Tree]] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    indices: Mapping[str, int] = field(default_factory=dict)

    def values(self, tree: Tree) -> list[sympy.Expr]:
        """Return the numbers that a tree stands for, in free names as symbols: one for each element and free index.

        Raises:
            TexError: Something in it has no meaning here.
        """
        found: list[sympy.Expr] = []
        free = sorted(self._free_indices(tree))
        for numbers in itertools.product(*(range(self._size_of(index, tree)) for index in free)):
            bound = replace(self, indices={**self.indices, **dict(zip(free, numbers, strict=True))})
            try:
                found += _flat(bound.evaluate(tree))
            except (TypeError, ValueError, AttributeError) as error:
                raise TexError(f"these shapes do not fit together: {error}") from error
        return found

    def sides(self, tree: tex.Equation) -> list[list[sympy.Expr]]:
        """Return the values of each side of an equation.

        Raises:
            TexError: Something in it has no meaning here, or its sides are about other indices.
        """
        free = [self._free_indices(side) for side in tree.sides]
        if len({frozenset(indices) for indices in free if indices}) > 1:
            raise TexError(f"its sides have other indices: {' and '.join(sorted(set().union(*free)))}")
        return [self.values(side) for side in tree.sides]

    def evaluate(self, tree: Tree) -> Value | tuple[Value, ...]:
        """Return the value of a tree whose indices are all bound."""
        return getattr(self, f"_{type(tree).__name__.lower()}")(tree)

    def _number(self, tree: tex.Number) -> Value:
        return sympy.Rational(tree.text)

    def _name(self, tree: tex.Name) -> Value:
        letter = tree.letter
        if letter in self.definitions:
            return self._defined(letter)
        if letter in CONSTANTS:
            return CONSTANTS[letter]
        if letter in self.indices:
            return sympy.Integer(self.indices[letter] + 1)
        if letter == "I" and tree.bold:
            return sympy.eye(self._dimension())
        rank = (2 if letter.isupper() else 1) if tree.bold else 0
        return _symbols(letter, self.shapes.get(letter, (DIMENSION,) * rank))

    def _defined(self, letter: str) -> Value:
        """Return the value of a defined name; one that was defined element by element, `y_i`, as a vector."""
        definition, outside = self.definitions[letter], replace(self, indices={})
        if outside._free_indices(definition):
            return sympy.Matrix(outside.values(definition))
        return outside.evaluate(definition)

    def _index(self, tree: tex.Index) -> Value:
        base = tree.base
        if isinstance(base, tex.Name) and base.letter not in self.definitions and base.letter not in self.shapes:
            shape = (DIMENSION,) * len(tree.indices)
            base_value = _symbols(base.letter, shape)
        else:
            base_value = self.evaluate(base)
        positions = [self._position(index) for index in tree.indices]
        if not isinstance(base_value, sympy.MatrixBase):
            raise TexError("an index on something that has no elements")
        if len(positions) == 1 and 1 not in base_value.shape:
            raise TexError("one index on a matrix")
        try:
            return base_value[tuple(positions)] if len(positions) == 2 else list(base_value)[positions[0]]
        except IndexError as error:
            raise TexError(f"no element {', '.join(tree.indices)}") from error

    def _position(self, index: str) -> int:
        if index.isdigit():
            return int(index) - 1
        if index not in self.indices:
            raise TexError(f"the index {index!r} has no value")
        return self.indices[index]

    def _power(self, tree: tex.Power) -> Value:
        exponent = self.evaluate(tree.exponent)
        if tree.base == tex.Name("e") and "e" not in self.definitions:
            return _each(sympy.exp, exponent)
        return self.evaluate(tree.base) ** exponent

    def _transpose(self, tree: tex.Transpose) -> Value:
        return self.evaluate(tree.base).T

    def _apply(self, tree: tex.Apply) -> Value:
        argument = self.evaluate(tree.argument)
        if tree.function == "diag":
            return sympy.diag(*argument)
        if tree.function in FUNCTIONS:
            return _each(FUNCTIONS[tree.function], argument)
        if f"{tree.function}()" not in self.definitions:
            raise TexError(f"no formula with a claim above says what {tree.function}(…) is")
        parameter, body = self.definitions[f"{tree.function}()"]
        inner = self._without(parameter)
        value, symbol = inner.evaluate(body), sympy.Symbol(parameter)
        for _ in range(tree.primes):
            value = _differentiated(value, symbol)
        return value.subs(symbol, argument)

    def _sum(self, tree: tex.Sum) -> Value:
        values = [sign * self.evaluate(term) for sign, term in tree.terms]
        return functools.reduce(lambda left, right: left + right, values)

    def _product(self, tree: tex.Product) -> Value:
        value = self.evaluate(tree.factors[0][1])
        for sign, factor in tree.factors[1:]:
            other = self.evaluate(factor)
            value = value / other if sign == "/" else _multiplied(value, other, sign)
        return value

    def _total(self, tree: tex.Total) -> Value:
        size = self._size_of(tree.index, tree.body)
        return sum(
            (replace(self, indices={**self.indices, tree.index: number}).evaluate(tree.body) for number in range(size)),
            start=sympy.Integer(0),
        )

    def _derivative(self, tree: tex.Derivative) -> Value:
        """Differentiate with respect to a name as if nothing were known of it, then put in what is known."""
        by = tree.by.base if isinstance(tree.by, tex.Index) else tree.by
        if not isinstance(by, tex.Name):
            raise TexError("a derivative with respect to something that is no name")
        of = tree.of.base if isinstance(tree.of, tex.Index) else tree.of
        if isinstance(of, tex.Name) and of.letter != by.letter and of.letter not in self.definitions:
            raise TexError(f"no formula with a claim above says how {of.letter} depends on {by.letter}")
        inner = self._without(by.letter, is_vector=by.bold or by is not tree.by)
        symbol, value = inner.evaluate(tree.by), inner.evaluate(tree.of)
        result = _jacobian(value, symbol)
        if by.letter not in self.definitions:
            return result
        known = self._defined(by.letter)
        unknown = inner.evaluate(tex.Name(by.letter, bold=by.bold or by is not tree.by))
        return result.subs(list(zip(_flat(unknown), _flat(known), strict=True)))

    def _matrix(self, tree: tex.Matrix) -> Value:
        return sympy.Matrix([[self.evaluate(entry) for entry in row] for row in tree.rows])

    def _tuple(self, tree: tex.Tuple) -> tuple[Value, ...]:
        return tuple(self.evaluate(item) for item in tree.items)

    def _equation(self, tree: tex.Equation) -> Value:
        raise TexError("an equation inside of an expression")

    def _without(self, letter: str, is_vector: bool = False) -> Algebra:
        """Return this algebra with a name as a free symbol."""
        definitions = {name: tree for name, tree in self.definitions.items() if name != letter}
        shapes = dict(self.shapes)
        if is_vector:
            shapes.setdefault(letter, (self._dimension(),))
        return replace(self, definitions=definitions, shapes=shapes)

    def _dimension(self) -> int:
        return next((shape[0] for shape in self.shapes.values() if shape), DIMENSION)

    def _size_of(self, index: str, tree: Tree) -> int:
        """Return how many values an index has: as many as what it is put on has elements."""
        for node in walk(tree):
            if isinstance(node, tex.Index) and index in node.indices and isinstance(node.base, tex.Name):
                letter = node.base.letter
                if letter in self.shapes:
                    return self.shapes[letter][node.indices.index(index)]
                if letter in self.definitions and not isinstance(self.definitions[letter], tuple):
                    return self._size_of(index, self.definitions[letter])
        return self._dimension()

    def _free_indices(self, tree: Tree) -> set[str]:
        used = {index for node in walk(tree) if isinstance(node, tex.Index) for index in node.indices}
        summed = {node.index for node in walk(tree) if isinstance(node, tex.Total)}
        return {index for index in used - summed - set(self.indices) if not index.isdigit()}


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield a tree and all that it consists of."""
    yield tree
    for value in vars(tree).values():
        yield from _walk_value(value)


def _walk_value(value: object) -> Iterator[Tree]:
    if isinstance(value, tuple):
        for entry in value:
            yield from _walk_value(entry)
    elif isinstance(value, Tree):
        yield from walk(value)


def _symbols(letter: str, shape: tuple[int, ...]) -> Value:
    if not shape:
        return sympy.Symbol(letter)
    if len(shape) == 1:
        return sympy.Matrix([sympy.Symbol(f"{letter}_{row}") for row in range(shape[0])])
    return sympy.Matrix(shape[0], shape[1], lambda row, column: sympy.Symbol(f"{letter}_{row}_{column}"))


def _flat(value: Value | tuple[Value, ...]) -> list[sympy.Expr]:
    if isinstance(value, tuple):
        return [entry for item in value for entry in _flat(item)]
    return list(value) if isinstance(value, sympy.MatrixBase) else [sympy.sympify(value)]


def _each(function: sympy.Function, value: Value) -> Value:
    return value.applyfunc(function) if isinstance(value, sympy.MatrixBase) else function(value)


def _multiplied(left: Value, right: Value, sign: str) -> Value:
    if not (isinstance(left, sympy.MatrixBase) and isinstance(right, sympy.MatrixBase)):
        return left * right
    if sign == r"\cdot" and left.shape == right.shape:
        return left.dot(right)
    if left.shape[1] != right.shape[0]:
        raise TexError(f"a product of the shapes {left.shape} and {right.shape}")
    product = left * right
    return product[0] if product.shape == (1, 1) else product


def _jacobian(value: Value, by: Value) -> Value:
    """Return the derivative: a number, the gradient in the shape of `by`, or the Jacobian matrix."""
    if not isinstance(by, sympy.MatrixBase):
        return (
            value.applyfunc(lambda entry: _differentiated(entry, by))
            if isinstance(value, sympy.MatrixBase)
            else _differentiated(value, by)
        )
    rows = [[_differentiated(entry, symbol) for symbol in by] for entry in _flat(value)]
    return sympy.Matrix(rows) if isinstance(value, sympy.MatrixBase) else sympy.Matrix(rows[0])


@functools.lru_cache(maxsize=4096)
def _differentiated(expression: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
    """Differentiate with sympy, and let autograd differentiate the same expression at a point.

    Raises:
        TexError: They disagree.
    """
    expression = sympy.sympify(expression)
    derivative = sympy.diff(expression, symbol)
    names = sorted(expression.free_symbols | {symbol}, key=str)
    point = sample(names, seed=1)
    tensors = [torch.tensor(float(point[name]), dtype=torch.float64, requires_grad=name == symbol) for name in names]
    value = torch.as_tensor(sympy.lambdify(names, expression, modules=[TORCH, "math"])(*tensors))
    slope = 0.0
    if value.requires_grad:
        slope = torch.autograd.grad(value, tensors[names.index(symbol)])[0].item()
    expected = float(derivative.subs(point))
    if abs(slope - expected) > 1e-9 * (1 + abs(expected)):
        raise TexError(f"d/d{symbol} of {expression}: autograd finds {slope}, sympy {expected}")
    return derivative


def sample(names: list[sympy.Symbol], seed: int) -> dict[sympy.Symbol, sympy.Expr]:
    """Return a point to compare two expressions at: positive, so that logarithms and roots are real."""
    chance = random.Random(seed)
    return {name: sympy.Rational(chance.randrange(300, 3000), 1009) for name in sorted(names, key=str)}


def disagreement(left: list[sympy.Expr], right: list[sympy.Expr]) -> str:
    """Return where two lists of values differ, as `left … right …`; "" where they are the same at two points."""
    if len(left) != len(right):
        return f"left has {len(left)} elements, right has {len(right)}"
    for seed in (2, 3):
        for one, other in zip(left, right, strict=True):
            point = sample(list((one - other).free_symbols), seed)
            one_value, other_value = (entry.subs(point).evalf(DIGITS) for entry in (one, other))
            if not abs(one_value - other_value) <= sympy.Float(10) ** (-DIGITS + 8) * (1 + abs(other_value)):
                at = ", ".join(f"{name} = {value.evalf(6)}" for name, value in point.items())
                return f"left is {one_value.evalf(6)}, right is {other_value.evalf(6)}" + (f" at {at}" if at else "")
    return ""
