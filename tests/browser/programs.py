"""Random programs of the playground's language, for a comparison of its engine with PyTorch.

`python -m tests.browser.programs` writes docs/generated, where the page finds how many are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from hypothesis import strategies as st

from tests.judges.project import LANGUAGES

# How many programs are compared whose results every processor rounds alike, and how many with functions such as `exp`.
EXACT, ROUNDED = 2000, 1000

FOLDER = Path("docs/generated")
SENTENCE = {
    "en": "The tests ran {number:,} random programs in the playground and in PyTorch {version}, and compared them.",
    "zh": "测试在练习场和 PyTorch {version} 里各运行了 {number:,} 个随机程序，并逐一比较。",
}

# What every processor rounds alike, and what each library of mathematics may round a little otherwise.
EXACT_FUNCTIONS = ("relu", "abs", "square", "reciprocal", "neg", "clone", "detach", "t")
ROUNDED_FUNCTIONS = ("sqrt", "exp", "log", "sin", "cos", "tanh", "sigmoid")
EXACT_POWERS = ("0", "1", "2", "3", "2.0", "-1")
ROUNDED_POWERS = ("0.5", "1.5", "4", "-3")
NUMBERS = ("2", "3", "0", "1", "-1", "0.5", "2.0", "-1.5", "0.25", "10", "100.0")
INDICES = (
    "0",
    "-1",
    "1:",
    ":2",
    "0",
    "-1",
    "1:",
    ":2",
    "0",
    "0",
    "0",
    "1",
    "-1",
    "5",
    "1:",
    ":2",
    ":",
    "::2",
    "-2:",
    "0, 1",
    ":, 0",
    "1:, 0",
    "0, 1:",
    "1, -3",
    "0.5",
    "0, :",
)
DIMENSIONS = ("", "", "", "0", "1", "-1", "dim=0", "dim=1, keepdim=True", "0, keepdim=True", "2")
PROPERTIES = (
    "is_leaf", "requires_grad", "grad_fn", "grad", "shape", "dtype", "ndim", "item()", "tolist()", "numel()", "T",
    "grad_fn.next_functions", "grad_fn.name()", "grad is None", "grad_fn is None", "retains_grad", "size()", "dim()",
    "_version",
)  # fmt: skip
# Begins a program whose sums are long: in which order they are added up, and so rounded, is the processor's choice.
LONG = "# long"
IN_PLACE = ("+=", "-=", "*=", "/=")


@dataclass
class Names:
    """What a program has assigned so far, and the sizes that its tensors share, so that most of them fit together."""

    draw: Callable
    is_exact: bool
    leaves: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    size: int = 3

    @property
    def tensors(self) -> list[str]:
        """All names that were assigned."""
        return self.leaves + self.results

    def pick(self, *choices: str) -> str:
        """Draw one of some texts."""
        return self.draw(st.sampled_from(choices))

    def chance(self, one_in: int) -> bool:
        """Be true now and then."""
        return self.draw(st.integers(1, one_in)) == 1

    def tensor(self) -> str:
        """Draw the name of a tensor; rarely one that is not there."""
        return self.pick(*self.tensors) if not self.chance(100) else "missing"

    def result(self) -> str:
        """Draw the name of a result, which is where a backward pass starts; now and then another."""
        return self.pick(*self.results) if not self.chance(6) else self.tensor()


def files() -> dict[Path, str]:
    """Return the sentence of the page, in each language."""
    version = torch.__version__.partition("+")[0]
    number = EXACT + ROUNDED
    return {
        FOLDER / f"playground.{language}.markdown": SENTENCE[language].format(number=number, version=version) + "\n"
        for language in LANGUAGES
    }


@st.composite
def programs(draw: st.DrawFn, *, is_exact: bool) -> str:
    """Draw a program: some tensors and results, statements of every kind that the playground knows, and what they left."""
    names = Names(draw, is_exact, size=draw(st.sampled_from([1, 2, 3, 3, 4, 4, 23])))
    lines = [LONG] if names.size > 4 else []
    for name in "abc"[: draw(st.integers(1, 3))]:
        lines.append(f"{name} = {_new_tensor(names)}")
        names.leaves.append(name)
    for name in "xy":
        leaf, function = names.pick(*names.leaves), names.pick(*EXACT_FUNCTIONS[:3])
        one, number = names.pick("*", "+", "-"), names.pick(*NUMBERS)
        value = names.pick(
            f"{leaf} {one} {leaf}",
            f"{number} {one} {leaf}",
            f"{leaf} / {number}",
            f"({leaf} + 1) / {names.pick(*names.leaves)}",
            f"{leaf}.{function}()",
        )
        lines.append(f"{name} = {value}")
        names.results.append(name)
    for _ in range(draw(st.integers(2, 9))):
        lines += _statement(names)
    return "\n".join([*lines, *names.results, *(f"{leaf}.grad" for leaf in names.leaves)])


def _new_tensor(names: Names) -> str:
    n = names.size
    marked = ", requires_grad=True" * (not names.chance(5))
    kind = names.draw(st.integers(0, 9))
    if kind <= 4:
        shape = names.draw(
            st.sampled_from([(), (n,), (n,), (2, n), (2, n) if n > 4 else (n, n), (1,), (n, 1), (2, 1, n)])
        )
        return f"torch.tensor({_numbers(names, shape)}{marked})"
    if kind == 5 or not names.leaves:
        return f"torch.arange({n}{'.0' if marked and not names.chance(9) else names.pick('.', '')}{marked})"
    if kind == 6:
        return f"torch.arange({names.pick('1.0, 3.0, 0.5', '3., 0., -1.', '0.5, 4', '1, 4.')}{marked})"
    if kind == 7:
        name = names.pick("ones", "zeros")
        return f"torch.{name}({names.pick(str(n), f'2, {n}', f'({n}, {n})', '()', '1', '0')}{marked})"
    if kind == 8:
        return f"torch.full(({n},), {names.pick(*NUMBERS)}{marked})"
    return f"torch.{names.pick('ones_like', 'zeros_like')}({names.tensor()}{marked})"


def _numbers(names: Names, shape: tuple[int, ...]) -> str:
    """Draw a number, or lists of them: fractions that are exact, integers; the rounded programs have others, too."""
    if shape:
        return f"[{', '.join(_numbers(names, shape[1:]) for _ in range(shape[0]))}]"
    quarters = names.draw(st.integers(-12, 20)) / 4
    if not names.is_exact and names.chance(3):
        return repr(names.draw(st.floats(-4, 4, width=32)))
    # What lies between two numbers of four digits, and what asks for exponents beside a small one.
    return names.pick(repr(quarters), repr(quarters), str(int(quarters)), "0.0", repr(quarters / 8), "3000.0")


def _expression(names: Names, depth: int = 0) -> str:
    kind = names.draw(st.integers(0, 12 if depth < 3 else 1))
    if kind <= 1:
        return names.tensor()
    inner = _expression(names, depth + 1)
    if kind <= 4:
        other = names.pick(*NUMBERS) if names.chance(3) else _expression(names, depth + 1)
        left, right = (other, inner) if names.chance(2) else (inner, other)
        return f"({left} {names.pick('+', '-', '*', '*', '*', '/', '+', '-', '@')} {right})"
    if kind == 5:
        powers = EXACT_POWERS if names.is_exact else EXACT_POWERS + ROUNDED_POWERS
        if names.chance(6) and not names.is_exact:
            return f"({names.pick('2', '0.5', names.tensor())} ** {inner})"
        return f"({inner} ** {names.pick(*powers)})"
    if kind == 6:
        return f"{inner}[{names.pick(*INDICES)}]"
    if kind == 7:
        return f"{inner}.{names.pick('sum', 'sum', 'mean')}({names.pick(*DIMENSIONS)})"
    if kind == 8:
        return f"-{inner}"
    if kind == 9:
        two = f"{inner}, {_expression(names, depth + 1)}"
        return f"torch.{names.pick('dot', 'matmul')}({two})"
    functions = EXACT_FUNCTIONS if names.is_exact else EXACT_FUNCTIONS + ROUNDED_FUNCTIONS * 3
    function = names.pick(*functions)
    return f"{inner}.{function}()" if function == "detach" or names.chance(2) else f"torch.{function}({inner})"


def _statement(names: Names) -> list[str]:
    kind = names.draw(st.integers(0, 21))
    if kind <= 5:
        # The name of a result that is there: should the expression fail, it still is.
        return [f"{names.result()} = {_expression(names, 1)}"]
    if kind <= 7:
        return [_expression(names)]
    if kind <= 12:
        return _backward(names)
    if kind == 13:
        return [f"{names.tensor()}.grad"]
    if kind == 14:
        return [f"{names.tensor()}.{names.pick(*PROPERTIES)}"]
    if kind == 15:
        changes = (
            "{0}.grad = None",
            "{0}.grad.zero_()",
            "{0}.zero_()",
            "{0} = {1}.detach()",
            "{0} = {1}.grad",
            "{0} = {1}[0].detach()",
            "{0}.detach().zero_()",
            "{0}.detach()[0] = 1",
            "{0} = {1}.clone()",
            "{0}.grad = {1}",
        )
        return [names.pick(*changes).format(names.tensor(), names.tensor())]
    if kind == 16:
        name = names.tensor()
        change = f"{name} {names.pick(*IN_PLACE)} {names.pick(*NUMBERS, names.tensor())}"
        place = f"{name}[{names.pick('0', '1:', ':, 0', '9')}] = {names.pick(*NUMBERS, names.tensor())}"
        written = names.pick(change, place, f"{name} -= 0.5 * {name}.grad")
        lines = ["with torch.no_grad():", f"    {written}"] if names.chance(2) else [written]
        return [*lines, f"{name}._version"]
    if kind >= 19:
        name, other = names.tensor(), names.tensor()
        return [
            names.pick(
                f"{name}.requires_grad_()",
                f"{name}.requires_grad_(False)",
                f"{name}.requires_grad = True",
                f"{name}.retain_grad()",
                f"torch.autograd.grad({name}.sum(), {other})",
                f"torch.autograd.grad({name}, {other}, torch.ones_like({name}), retain_graph=True)",
                f"torch.equal({name}, {other})",
                f"print({name}, {other}.requires_grad)",
                f"len({name})",
                f"{name}.grad_fn.next_functions[0][0]",
            )
        ]
    if kind == 17:
        # Comparisons turn the last digit of a number into another truth value.
        symbol = names.pick("==", ">", "<", ">=", "<=", "!=")
        other = names.pick(*NUMBERS, *names.tensors)
        return [f"{names.tensor()} {symbol} {other}" if names.is_exact else names.tensor()]
    block = names.pick("with torch.no_grad():", f"for i in range({names.draw(st.integers(0, 3))}):")
    return [block, *(f"    {line}" for line in [*_simple(names), *_simple(names)])]


def _simple(names: Names) -> list[str]:
    """Draw a statement without a block of its own."""
    while True:
        lines = _statement(names)
        if not lines[0].endswith(":"):
            return lines


def _backward(names: Names) -> list[str]:
    tensor = names.result()
    keep = ", retain_graph=True" * names.chance(3)
    return [
        names.pick(
            f"{tensor}.sum().backward({keep[2:]})",
            f"{tensor}.sum().backward({keep[2:]})",
            # Where one of the two was freed, the order of the nodes shows in what has arrived before the error.
            f"({names.result()} * {names.result()}).sum().backward({keep[2:]})",
            f"{tensor}.mean().backward({keep[2:]})",
            f"{tensor}.backward({keep[2:]})",
            f"{tensor}.backward({keep[2:]})",
            f"{tensor}.backward(torch.ones_like({tensor}){keep})",
            f"{tensor}.backward(gradient={names.tensor()}{keep})",
            f"{tensor}.backward({names.pick('1.0', '[1.0, 2.0]', 'torch.tensor(2.0)', 'torch.ones(2)', '2')}{keep})",
        )
    ]


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
        print(f"{path}:\n{text}")
