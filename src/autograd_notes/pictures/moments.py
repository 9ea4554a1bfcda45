"""What happens in a replay, as plain data, and how its numbers are put."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograd_notes.pictures import words
from autograd_notes.pictures.backward import Sent
from autograd_notes.pictures.numbers import SHAPE
from autograd_notes.pictures.snapshot import Node


@dataclass(frozen=True)
class Moment:
    """One thing that happens in a replay.

    Attributes:
        kind: "value" (a node gets its value), "start" (the backward pass begins), "send" (a node sends gradients to its
            inputs), "sum" (the gradients that reached a result are added) or "show" (a line displays a value).
        node: Where it happens.
        output: Which of the node's results it is about.
        sent: The gradients that are sent, or those that are added.
        total: What the gradient is afterwards; what a line displays.
        adds_up: Whether it is the sum of what arrived; else a hook made it what it is.
        name: The variable that a line displays something of.
        line: The line of code that runs; 0 where there is no code, or none that is known.
    """

    kind: str
    node: int
    output: int = 0
    sent: tuple[Sent, ...] = ()
    total: str = ""
    adds_up: bool = True
    name: str = ""
    line: int = 0

    @property
    def edges(self) -> tuple[int, ...]:
        """The edges along which the gradients come."""
        return tuple(sent.edge for sent in self.sent)

    @property
    def gradients(self) -> tuple[str, ...]:
        """What is sent, or added."""
        return tuple(sent.gradient for sent in self.sent)


@dataclass(frozen=True)
class Listing:
    """The code of a replay.

    Attributes:
        lines: Its lines; none where there is no code.
        made: The line that made each variable.
        backward_line: The line that calls `backward()`; 0 for none.
    """

    lines: tuple[str, ...]
    made: Mapping[str, int]
    backward_line: int


def addition(moment: Moment) -> str:
    """Return the gradients that are added and, where that is their sum and a number, what comes out."""
    is_known = moment.adds_up and not moment.total.startswith(SHAPE)
    return words.note(sum_of(moment.gradients)) + f" = {moment.total}" * is_known


def sum_of(terms: Sequence[str]) -> str:
    """Return a sum of numbers, in which negative and complex ones can be told from the plus sign."""
    first, *rest = terms
    return " + ".join([first, *(f"({term})" if term.startswith("-") or term.endswith("j") else term for term in rest)])


def with_value(node: Node) -> str:
    """Return a node's label and what is known of its value."""
    if not node.value:
        return node.label
    return f"{node.label}, {words.note(node.value)}" if node.value.startswith(SHAPE) else f"{node.label} = {node.value}"
