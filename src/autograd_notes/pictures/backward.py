"""Run a backward pass once, write down what flowed where, and leave no trace of it."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from autograd_notes.pictures.nodes import edges_of, is_leaf
from autograd_notes.pictures.numbers import text_of

FREED = "already been freed"


@dataclass(frozen=True)
class Step:
    """One node at work in a backward pass: the gradients it sent, each along an edge."""

    node: int
    sent: tuple[tuple[int, str], ...]


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

    def _send(self, number: int, ways: Sequence, gradients: Sequence[Tensor | None], _: Any) -> None:
        sent = []
        for way, gradient in zip(ways, gradients, strict=True):
            if way is None or gradient is None:
                continue
            edge, (source, _, output) = way
            sent.append((edge, text_of(gradient)))
            before = self.sums.get((source, output))
            self.sums[source, output] = gradient.detach() if before is None else before + gradient.detach()
        self.steps.append(Step(number, tuple(sent)))


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
