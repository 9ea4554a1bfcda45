"""A graph as plain data, with the text and the picture of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from autograd_notes.language import LANGUAGES, say, speaking
from autograd_notes.pictures import words
from autograd_notes.pictures.drawing import Arrow, Box, Text, draw, figure
from autograd_notes.pictures.numbers import SHAPE
from autograd_notes.pictures.program import Span

DRAWN = 40


@dataclass(frozen=True)
class Result:
    """One tensor that a node stands for: its name in the session, and its value, or its shape where that says more."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Node:
    """A node of the graph.

    Attributes:
        kind: "operation" (a `grad_fn`), "leaf" (a tensor that gradients are added into) or "constant" (neither); in a
            folded graph also "module" (the nodes of one call) and "outside" (a node that another picture shows).
        operation: The node's name as PyTorch gives it, numbered where two nodes without a name share it; the class of a
            module.
        results: What the operation returned; several for one such as `unbind`.
        gradient: The gradient that reached the node, if known.
        notes: What it saved, and its flags, if asked for.
        span: Where in the code of a replay it was made, if known.
    """

    kind: str
    operation: str
    results: tuple[Result, ...] = (Result(),)
    gradient: str = ""
    notes: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def name(self) -> str:
        """The names of its results in the session; "" where none has one."""
        return ", ".join(result.name for result in self.results if result.name)

    @property
    def label(self) -> str:
        """What to call the node in a text."""
        return self.name or self.operation

    @property
    def value(self) -> str:
        """The values or shapes of its results, as far as they are known."""
        return "; ".join(result.value for result in self.results if result.value)

    def result_label(self, output: int) -> str:
        """What to call one of its results in a text."""
        if len(self.results) == 1:
            return self.label
        return self.results[output].name or f"{self.operation}[{output}]"

    def lines(self) -> list[Text]:
        """Return what its box says: the operation, name and value, gradient, notes."""
        is_shape = self.value.startswith(SHAPE)
        lines = []
        if self.kind in ("operation", "module") or not self.name:
            lines.append(Text(self.operation, "operation"))
        if self.value and not is_shape:
            lines.append(Text(f"{self.name} = {self.value}" if self.name else self.value, "value"))
        elif self.name:
            lines.append(Text(self.name, "value"))
        if is_shape:
            lines.append(Text(words.note(self.value), "note"))
        if self.kind == "constant":
            lines.append(Text(words.note("no grad_fn"), "note"))
        if self.gradient:
            lines.append(Text(words.note(f"∇ {self.gradient}"), "gradient"))
        return lines + [Text(words.note(note), "note") for note in self.notes]

    def description(self) -> str:
        """Return what its box says as a text in the language of the page."""
        kinds = {
            "leaf": say(en="leaf", zh="叶子"),
            "constant": words.note("no grad_fn"),
            "outside": say(en="outside", zh="图外"),
        }
        kind = kinds.get(self.kind, self.operation)
        parts = [kind if self.label == kind else say(en=f"{self.label}: {kind}", zh=f"{self.label}：{kind}")]
        if self.value.startswith(SHAPE):
            parts.append(words.note(self.value))
        elif self.value:
            parts.append(say(en=f"value {self.value}", zh=f"值 {self.value}"))
        if self.gradient:
            parts.append(say(en=f"grad {self.gradient}", zh=f"梯度 {words.note(self.gradient)}"))
        return say(en=", ", zh="，").join([*parts, *map(words.note, self.notes)])


@dataclass(frozen=True)
class Edge:
    """One entry of the `next_functions` of node `target`: its input is result `output` of node `source`."""

    source: int
    target: int
    output: int = 0


@dataclass(frozen=True)
class Graph:
    """A snapshot of a graph; its `repr` says in words what its picture shows.

    Attributes:
        nodes: From the result down: operations, the last one computed first, then leaves.
        edges: Every edge, node by node, in the order of `next_functions`.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def __repr__(self) -> str:
        with speaking(LANGUAGES[0]):
            return self.description()

    def description(self) -> str:
        """Return what its picture shows as a text in the language of the page."""
        if len(self.nodes) > DRAWN:
            counts = "\n".join(f"{count} {operation}" for operation, count in self._counts())
            return f"{len(self.nodes)} nodes and {len(self.edges)} edges: too many to draw (at most {DRAWN})\n{counts}"
        inputs: list[list[str]] = [[] for _ in self.nodes]
        for edge in self.edges:
            inputs[edge.target].append(self.nodes[edge.source].result_label(edge.output))
        return "\n".join(
            f"{node.description()} <- {', '.join(labels)}" if labels else node.description()
            for node, labels in zip(self.nodes, inputs, strict=True)
        )

    def _repr_html_(self) -> str:
        if len(self.nodes) > DRAWN:
            return figure(self._counts_html())
        boxes = [
            Box(self.box_kind(number), [[line] for line in node.lines()]) for number, node in enumerate(self.nodes)
        ]
        arrows = [Arrow(edge.source, edge.target) for edge in self.edges]
        return figure(draw(boxes, arrows, say(en="Computational graph", zh="计算图"), self.description()))

    def box_kind(self, number: int) -> str:
        """Return the CSS classes of a node's box."""
        kind = self.nodes[number].kind
        return f"{kind} root" if number == 0 and kind in ("operation", "module") else kind

    def receiver(self, edge: int) -> str:
        """Return what to call the result that a gradient along an edge belongs to."""
        return self.nodes[self.edges[edge].source].result_label(self.edges[edge].output)

    def _counts(self) -> list[tuple[str, int]]:
        counts = Counter(node.operation.partition(" ")[0] for node in self.nodes)
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def _counts_html(self) -> str:
        nodes, edges = f"{len(self.nodes):,}", f"{len(self.edges):,}"
        text = say(
            en=f"This graph has {nodes} nodes and {edges} edges, too many to draw:",
            zh=f"这张计算图有 {nodes} 个节点和 {edges} 条边，多得画不下：",
        )
        counts = "".join(f"<li><code>{operation}</code> × {count:,}</li>" for operation, count in self._counts())
        return f"<p>{text}</p><ul>{counts}</ul>"
