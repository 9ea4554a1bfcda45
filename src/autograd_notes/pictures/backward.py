"""Run a backward pass once, write down what flowed where, and leave no trace of it."""

from __future__ import annotations

import contextlib
import gc
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction

from autograd_notes.pictures.nodes import edges_of, is_leaf
from autograd_notes.pictures.numbers import SHAPE, text_of

FREED = "already been freed"
# Of so many numbers a text shows each.
FEW = 4


@dataclass(frozen=True)
class Sent:
    """A gradient that a node sent along an edge, and why: what had arrived, times the local derivative.

    Attributes:
        edge: The edge.
        gradient: What was sent.
        arrived: The gradient of the node's own result.
        sign: How it is multiplied: "×", "·" (the sum of the products) or "@"; "" where the reason is not known.
        local: The derivative of the node's result for this input.
    """

    edge: int
    gradient: str
    arrived: str = ""
    sign: str = ""
    local: str = ""

    @property
    def equation(self) -> str:
        """The reason and the gradient; the gradient alone where the reason is not known."""
        return f"{self.arrived} {self.sign} {_bracketed(self.local)} = {self.gradient}" if self.sign else self.gradient


@dataclass(frozen=True)
class Step:
    """One node at work in a backward pass: the gradients it sent."""

    node: int
    sent: tuple[Sent, ...]


@dataclass(frozen=True)
class Backward:
    """A backward pass that happened.

    Attributes:
        steps: In the order in which they happened.
        received: The gradient of each result, by node and output.
        sums: The sum of the gradients that were sent to it; a hook can make another gradient of it.
    """

    steps: tuple[Step, ...]
    received: Mapping[tuple[int, int], str]
    sums: Mapping[tuple[int, int], str]


def run_backward(root: Tensor, nodes: Sequence[Any]) -> Backward:
    """Run the backward pass of a scalar once, with hooks that watch it, and put everything back as it was.

    Args:
        root: The tensor to start from.
        nodes: The nodes under it, as `nodes.walk` lists them; steps and gradients name them by their place in it.

    Raises:
        ValueError: The tensor has not one number, or its graph was freed.
    """
    if root.numel() != 1:
        raise ValueError(
            f"a backward pass starts from one number, and this tensor has {root.numel()}; "
            "sum it, or take its product with a vector."
        )
    leaves = [node for node in nodes if is_leaf(node)]
    watch = Watch(nodes)
    try:
        watch.start()
        with _retained_gradients_kept():
            totals = torch.autograd.grad(root, [leaf.variable for leaf in leaves], retain_graph=True, allow_unused=True)
    except RuntimeError as error:
        if FREED not in str(error):
            raise
        raise ValueError(
            "a backward pass freed this graph; draw it before that, or call backward(retain_graph=True)."
        ) from error
    finally:
        watch.stop()
    for number, total in enumerate(totals, len(nodes) - len(leaves)):
        watch.receive(number, [total])
    return Backward(
        tuple(watch.steps), watch.received, {place: text_of(gradient) for place, gradient in watch.sums.items()}
    )


class Watch:
    """Hooks on nodes that write down which gradients come and which go."""

    def __init__(self, nodes: Sequence[Any]) -> None:
        self.steps: list[Step] = []
        self.received: dict[tuple[int, int], str] = {}
        self.sums: dict[tuple[int, int], Tensor] = {}
        self._nodes = nodes
        self._locals = [[] if is_leaf(node) else local_derivatives(node) for node in nodes]
        self._handles: list[Any] = []

    def start(self) -> None:
        """Hook every operation; leaves are not run by `autograd.grad`."""
        edges = enumerate(edges_of(self._nodes))
        for number, node in enumerate(self._nodes):
            ways = [None if source is None else next(edges) for source, _ in node.next_functions]
            if not is_leaf(node):
                self._handles.append(node.register_prehook(partial(self.receive, number)))
                self._handles.append(node.register_hook(partial(self._send, number, ways)))

    def stop(self) -> None:
        """Remove the hooks."""
        for handle in self._handles:
            handle.remove()

    def receive(self, number: int, gradients: Sequence[Tensor | None]) -> None:
        """Write down the gradients of a node's results."""
        for output, gradient in enumerate(gradients):
            if gradient is not None:
                self.received[number, output] = text_of(gradient)

    def _send(
        self, number: int, ways: Sequence[Any], gradients: Sequence[Tensor | None], arrived: Sequence[Tensor | None]
    ) -> None:
        sent = []
        for place, (way, gradient) in enumerate(zip(ways, gradients, strict=True)):
            if way is None or gradient is None:
                continue
            edge, (source, _, output) = way
            local = self._locals[number][place] if self._locals[number] else None
            sent.append(_sent(edge, gradient.detach(), arrived[0], local))
            before = self.sums.get((source, output))
            self.sums[source, output] = gradient.detach() if before is None else before + gradient.detach()
        self.steps.append(Step(number, tuple(sent)))


def local_derivatives(node: Any) -> list[Tensor | None]:
    """Return the derivative of a node's result for each of its inputs, by calling it once for each element.

    Each is a matrix with a row for each element of the result. None is known of a node with several results or with
    many elements, of complex numbers, and of a function of the reader's own, whose `backward` may do more than compute.
    """
    if len(node._input_metadata) != 1 or isinstance(node, BackwardCFunction):
        return []
    result = node._input_metadata[0]
    size = math.prod(result.shape)
    if not 0 < size <= FEW or result.dtype.is_complex or result.device.type == "meta":
        return []
    ones = torch.eye(size, dtype=result.dtype, device=result.device)
    try:
        with torch.no_grad():
            answers = [node(one.reshape(result.shape)) for one in ones]
    except RuntimeError:
        # Freed, or not made to be called alone: the backward pass itself says more.
        return []
    rows = [answer if isinstance(answer, tuple) else (answer,) for answer in answers]
    return [_matrix(column, *edge) for column, edge in zip(zip(*rows, strict=True), node.next_functions, strict=True)]


def _matrix(rows: Sequence[Tensor | None], source: Any, output: int) -> Tensor | None:
    """Return what a node answered for one input, a row for each call; like the engine, sum over what was broadcast."""
    known = [row for row in rows if row is not None and not row.is_sparse]
    if source is None or len(known) < len(rows):
        return None
    shape = source.variable.shape if is_leaf(source) else source._input_metadata[output].shape
    return torch.stack([row.sum_to_size(shape).flatten() for row in known])


def _sent(edge: int, gradient: Tensor, arrived: Tensor | None, local: Tensor | None) -> Sent:
    """Return a gradient that was sent, with its reason where that is known and short, and gives this gradient."""
    plain = Sent(edge, text_of(gradient))
    if arrived is None or local is None or not arrived.dtype == local.dtype == gradient.dtype or gradient.is_sparse:
        return plain
    if not torch.allclose(arrived.flatten() @ local, gradient.flatten()):
        return plain
    rows, columns = local.shape
    if rows == 1:
        sign, shown = "×", local.reshape(gradient.shape)
    elif arrived.shape == gradient.shape and torch.equal(local, local.diag().diag()):
        sign, shown = "×", local.diag().reshape(gradient.shape)
    elif columns == 1:
        sign, shown = "·", local.flatten()
    else:
        sign, shown = "@", local
    texts = text_of(arrived), text_of(shown)
    return (
        plain
        if any(text.startswith(SHAPE) for text in texts)
        else replace(plain, arrived=texts[0], sign=sign, local=texts[1])
    )


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


@contextlib.contextmanager
def _retained_gradients_kept() -> Iterator[None]:
    """Give tensors that retain their gradient the one back that they have now, for `autograd.grad` overwrites it."""
    retaining = [value for value in gc.get_objects() if issubclass(type(value), Tensor) and value.retains_grad]
    gradients = [tensor.grad for tensor in retaining]
    try:
        yield
    finally:
        for tensor, gradient in zip(retaining, gradients, strict=True):
            tensor.grad = gradient
