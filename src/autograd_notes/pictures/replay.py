"""Record a computation and its backward pass as steps that a reader can walk through."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from autograd_notes.language import LANGUAGES, speaking
from autograd_notes.pictures import walkthrough
from autograd_notes.pictures.backward import Backward, Sent
from autograd_notes.pictures.graph import record, variables_of
from autograd_notes.pictures.moments import Listing, Moment, addition, with_value
from autograd_notes.pictures.program import Program
from autograd_notes.pictures.snapshot import DRAWN, Edge, Graph, Node, Result

# A longer expression is not a name for its result.
LONGEST_NAME = 24


@dataclass(frozen=True)
class Replay:
    """A recorded backward pass; its `repr` is the list of its steps, below the lines of code that take them.

    Attributes:
        graph: The graph.
        moments: What happens, in order.
        listing: The code; without lines where a tensor or a function was given.
    """

    graph: Graph
    moments: tuple[Moment, ...]
    listing: Listing

    def __repr__(self) -> str:
        texts = []
        with speaking(LANGUAGES[0]):
            for number, line in enumerate(self.listing.lines, 1):
                texts.append(line)
                texts += [f"  {self._line(moment)}" for moment in self.moments if moment.line == number]
            texts += [self._line(moment) for moment in self.moments if not moment.line]
        return "\n".join(texts)

    def _repr_html_(self) -> str:
        return walkthrough.html(self.graph, self.moments, self.listing)

    def _line(self, moment: Moment) -> str:
        if moment.kind == "show":
            return moment.total
        node = self.graph.nodes[moment.node]
        if moment.kind == "value":
            return f"forward: {with_value(node)}"
        if moment.kind == "start":
            return f"backward: {node.label} starts with {moment.total}"
        if moment.kind == "send":
            sent = [f"{one.equation} to {self.graph.receiver(one.edge)}" for one in moment.sent]
            return f"backward: {node.label} sends {', '.join(sent)}"
        hooked = "" if moment.adds_up else f", and a hook makes it {moment.total}"
        return f"backward: {node.result_label(moment.output)} receives {addition(moment)}{hooked}"


def replay(result: str | Tensor | Callable[[], Tensor], *, names: Mapping[str, Any] | None = None) -> Replay:
    """Record how a scalar is computed and what its backward pass sends where, and why.

    Pass the lines of code, `replay("y = (w * x + b) ** 2")`: they run here, and are shown beside the graph. They may
    end with `y.backward()` and lines that look at what it has done. Or pass the computation, a function without
    arguments. Of a finished tensor, `replay(y)`, only the values of tensors with a name are known. No variable and no
    `.grad` of yours changes, and nothing is freed; hooks of your own run, as in any backward pass.

    Args:
        result: The code, a function without arguments that computes the scalar, or the scalar.
        names: Where to look for names; the variables of the caller if not given.

    Raises:
        TypeError: The result is no tensor, or an integer one.
        ValueError: The graph was freed, there is no scalar to start from, no operation to go back through, or too many
            nodes for a picture.
    """
    variables = variables_of(sys._getframe(1)) if names is None else names
    program = Program(result if isinstance(result, str) else "", variables)
    computation = program.compute if isinstance(result, str) else result
    graph, backward = record(computation, program.variables, gradients=True)
    if backward is None:
        raise ValueError(
            "there is nothing to go back through: no recorded operation made this tensor; "
            "compute it from a tensor that requires a gradient."
        )
    if len(graph.nodes) > DRAWN:
        raise ValueError(f"{len(graph.nodes)} nodes are too many to watch (at most {DRAWN}); replay a smaller part.")
    program.finish()
    graph = _with_expressions(graph, program)
    listing = Listing(tuple(program.lines), program.made, program.backward_line)
    moments = [*_forward(graph, listing), *_backward(graph, backward, program.backward_line)]
    moments += [Moment("show", 0, total=shown.text, name=shown.name, line=shown.line) for shown in program.shown]
    return Replay(graph, tuple(moments), listing)


def _with_expressions(graph: Graph, program: Program) -> Graph:
    """Call results without a name by the expression that made them, where it made only one."""
    made = Counter(node.span for node in graph.nodes)
    texts = {node.span: program.text(node.span) for node in graph.nodes if node.span and made[node.span] == 1}
    used = Counter(texts.values())

    def named(node: Node) -> Node:
        text = texts.get(node.span, "") if node.span else ""
        if node.name or len(node.results) > 1 or used[text] != 1 or not 0 < len(text) <= LONGEST_NAME:
            return node
        return replace(node, operation=node.operation.partition(" #")[0], results=(Result(text, node.value),))

    return replace(graph, nodes=tuple(map(named, graph.nodes)))


def _forward(graph: Graph, listing: Listing) -> Iterator[Moment]:
    """Yield the nodes in the order of computation, each leaf just before it is first needed."""
    shown = set()
    for number in reversed(range(len(graph.nodes))):
        node = graph.nodes[number]
        if node.kind == "leaf":
            continue
        line = node.span.line if node.span else listing.made.get(node.name, 0)
        for needed in [edge.source for edge in graph.edges if edge.target == number]:
            leaf = graph.nodes[needed]
            if needed not in shown and leaf.kind == "leaf":
                shown.add(needed)
                yield Moment("value", needed, line=listing.made.get(leaf.name, line))
        yield Moment("value", number, line=line)


def _backward(graph: Graph, backward: Backward, line: int) -> Iterator[Moment]:
    """Yield what happens in a backward pass; where gradients are added, the sum follows the last one to arrive."""
    waiting: dict[tuple[int, int], int] = defaultdict(int)
    for step in backward.steps:
        for sent in step.sent:
            waiting[_receiver(graph.edges, sent)] += 1
    arrived: dict[tuple[int, int], list[Sent]] = defaultdict(list)
    yield Moment("start", 0, total=graph.nodes[0].gradient, line=line)
    for step in backward.steps:
        if step.sent:
            yield Moment("send", step.node, sent=step.sent, line=line)
        for sent in step.sent:
            receiver = _receiver(graph.edges, sent)
            arrived[receiver].append(sent)
            total = backward.received.get(receiver, backward.sums[receiver])
            adds_up = backward.sums[receiver] == total
            if len(arrived[receiver]) == waiting[receiver] and (waiting[receiver] > 1 or not adds_up):
                yield Moment("sum", *receiver, tuple(arrived[receiver]), total, adds_up, line=line)


def _receiver(edges: Sequence[Edge], sent: Sent) -> tuple[int, int]:
    return edges[sent.edge].source, edges[sent.edge].output
