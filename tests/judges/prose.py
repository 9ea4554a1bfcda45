"""Judge the text: every value and name that it quotes must come from the run that it is about, or from PyTorch.

Inline code passes by the first of these rules that holds; there is no other way:

1. *Run*: its tokens stand, in this order, in one statement or one live output of the same part of the page (the text
   between two headings; where a tutorial says what to change, under `change`, the whole page). A bare number, `True`
   or `False` must stand in the run directly above or below it; a whole number in its live output: one of the input is
   quoted with the code around it, as in `2 * x`, since a text that says `2` may mean any 2.
2. *Call*: as 1, where the quoted call leaves out the last of the call's arguments, as in `torch.arange(4)`, or all.
3. *PyTorch or Python*: a name that exists: `torch.func.jvp`, `RuntimeError`, `None`; an attribute or a method of a
   tensor: `grad_fn`, `.grad`, `backward()`; the same of a variable that the page's code has: `x.grad`; of a receiver
   that goes by its usual name: `optimizer.zero_grad()`; an argument of `backward` and `grad`: `retain_graph`.
   Numbers, strings, `True` and `False` exist everywhere, so they must come from the run.
4. *Repository*: a file of this project, a verb of its Makefile, a command line or mark that its own pages explain.
"""

from __future__ import annotations

import builtins
import difflib
import functools
import inspect
import keyword
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch

from tests.judges.page import Mark, Page, Part
from tests.judges.problem import Problem
from tests.judges.project import Run, nearest, shown
from tests.judges.tokens import is_number, occurs, tokens

DOTTED = re.compile(r"\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
WHOLE_NUMBER = re.compile(r"-?\d+")
VALUES = {"True", "False"}
CHANGE = "change"
RECEIVERS = {
    "ctx": torch.autograd.function.FunctionCtx,
    "model": torch.nn.Module,
    "optimizer": torch.optim.Optimizer,
    "tensor": torch.Tensor,
}
TAKERS = (torch.Tensor.backward, torch.autograd.backward, torch.autograd.grad)


def judge_prose(page: Page, runs: dict[str, Run], root: Path) -> list[Problem]:
    """Return a problem for each message that is no code, and for each inline code of a page that is an orphan.

    An orphan is what no run shows, and no name of anything.

    Args:
        page: The page.
        runs: What the sections of its snippet printed, by their names.
        root: The project's folder, for the names of its files.
    """
    variables = frozenset(token for run in runs.values() for code in run.inputs for token in tokens(code))
    messages = [message for part in page.parts for message in part.messages]
    return [_message_as_prose(page, message) for message in messages] + [
        _orphan(page, part, code, known)
        for part in page.parts
        for known in [Known(part, runs, variables, root)]
        for code in part.codes
        if not known.explains(code)
    ]


class Known:
    """What a part of a page may quote.

    Args:
        part: The part.
        runs: What the sections of the page's snippet printed, by their names.
        variables: The names in all code of the page.
        root: The project's folder.
    """

    def __init__(self, part: Part, runs: dict[str, Run], variables: frozenset[str], root: Path) -> None:
        self.part, self.runs, self.variables, self.root = part, runs, variables, root
        self.inputs, self.outputs = _tokens_of(runs.values() if part.id == CHANGE else shown(part.includes, runs))

    def explains(self, code: Mark) -> bool:
        """Whether some rule holds for an inline code."""
        wanted = tokens(code.text)
        if _is_value(wanted):
            inputs, outputs = _tokens_of(shown(nearest(self.part, code.line), self.runs))
            texts = outputs if WHOLE_NUMBER.fullmatch(wanted[0]) else [*inputs, *outputs]
            return any(occurs(wanted, text) for text in texts)
        in_run = any(occurs(wanted, text) for text in [*self.inputs, *self.outputs])
        return in_run or self._is_call(wanted) or self._exists(code.text) or self._is_of_repository(code.text)

    def candidates(self) -> Iterator[str]:
        """Yield what an author may have meant."""
        for text in [*self.outputs, *self.inputs]:
            yield from (token for token in text if re.search(r"\w", token))
        yield from _tensor_attributes()

    def _is_call(self, wanted: list[str]) -> bool:
        if wanted[-1] != ")" or "(" not in wanted:
            return False
        called = wanted[:-1]
        endings = [[]] if called[-1] == "(" else [[","], [")"]]
        return any(occurs([*called, *ending], text) for ending in endings for text in self.inputs)

    def _exists(self, code: str) -> bool:
        name = code.removesuffix("()")
        if name in VALUES:
            return False
        if name in _arguments():
            return True
        if not DOTTED.fullmatch(name):
            return False
        first, _, rest = name.partition(".")
        if first == "torch":
            return _has(torch, rest)
        if not rest:
            return keyword.iskeyword(name) or hasattr(builtins, name) or name in _tensor_attributes() or _is_dtype(name)
        if first in RECEIVERS:
            return _has(RECEIVERS[first], rest)
        return (not first or first in self.variables) and _has(torch.Tensor, rest)

    def _is_of_repository(self, code: str) -> bool:
        if match := re.fullmatch(r"make ([a-z-]+)", code):
            makefile = (self.root / "Makefile").read_text(encoding="utf-8")
            return re.search(rf"(?m)^{match[1]}:", makefile) is not None
        return "/" in code and (self.root / code).exists()


def _message_as_prose(page: Page, message: Mark) -> Problem:
    what = f"a message stands as prose: {message.text}"
    return Problem(
        page.name, message.line, what, "Write it as code, in backticks, so that it can be read and copied whole."
    )


def _orphan(page: Page, part: Part, code: Mark, known: Known) -> Problem:
    if part.includes and _is_value(tokens(code.text)):
        what = f"`{code.text}` is not in the {_shown_by(code.text)} of the block directly above or below."
        if any(occurs(tokens(code.text), text) for text in [*known.inputs, *known.outputs]):
            remedy = (
                f"The run under {part.heading!r} has it elsewhere: move the sentence there, or quote more of the code."
            )
        else:
            remedy = "Quote what the run shows; a whole number of the input with the code around it."
        return Problem(page.name, code.line, what, remedy)
    near = difflib.get_close_matches(code.text, list(dict.fromkeys(known.candidates())), n=3, cutoff=0.5)
    where = f"in the run under {part.heading!r}" if part.includes else f"under {part.heading!r}, which shows no run"
    return Problem(
        page.name,
        code.line,
        f"`{code.text}` stands nowhere {where}, and neither Python nor PyTorch has it.",
        f"Nearest: {', '.join(f'`{name}`' for name in near)}." if near else "Quote what the run shows.",
    )


def _is_value(wanted: list[str]) -> bool:
    return len(wanted) == 1 and (is_number(wanted[0]) or wanted[0] in VALUES)


def _shown_by(value: str) -> str:
    return "output" if WHOLE_NUMBER.fullmatch(value) else "input or output"


def _tokens_of(runs: Iterable[Run]) -> tuple[list[list[str]], list[list[str]]]:
    inputs = [tokens(code) for run in runs for code in run.inputs]
    return inputs, [tokens(output) for run in runs for output in run.outputs]


def _has(owner: object, path: str) -> bool:
    for name in path.split("."):
        if not hasattr(owner, name):
            return False
        owner = getattr(owner, name)
    return True


def _is_dtype(name: str) -> bool:
    return isinstance(getattr(torch, name, None), torch.dtype)


@functools.cache
def _tensor_attributes() -> frozenset[str]:
    return frozenset(name for name in dir(torch.Tensor) if not name.startswith("__"))


@functools.cache
def _arguments() -> frozenset[str]:
    return frozenset(name for taker in TAKERS for name in inspect.signature(taker).parameters)
