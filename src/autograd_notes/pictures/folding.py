"""Fold the nodes that one call of a module made into one box, which opens into a picture of its own."""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from autograd_notes.pictures.nodes import is_leaf, walk
from autograd_notes.pictures.snapshot import Edge, Graph, Node, Result

# The calls that were under way when a node was made, by the labels of their modules, the outermost first.
Place = tuple[str, ...]


@dataclass(frozen=True)
class Folded:
    """A graph in which boxes stand for calls of modules; its `repr` says what the outer picture shows.

    Attributes:
        graph: The outer picture.
        parts: What is inside each of its boxes, by their labels, in the order of computation.
    """

    graph: Graph
    parts: Mapping[str, Folded] = field(default_factory=dict)

    def __getitem__(self, label: str) -> Folded:
        """Return what is inside a box."""
        if label not in self.parts:
            raise KeyError(f"there is no box {label!r}; the boxes here are: {', '.join(self.parts) or 'none'}.")
        return self.parts[label]

    def __repr__(self) -> str:
        return repr(self.graph)

    def _repr_html_(self) -> str:
        boxes = {node.label: node for node in self.graph.nodes}
        return self.graph._repr_html_() + "".join(
            '<details class="picture-part" data-search-exclude>'
            f"<summary>{html.escape(boxes[label].description())}</summary>{part._repr_html_()}</details>"
            for label, part in self.parts.items()
        )


class Watched:
    """A computation that notes, when it is run, within which calls of a model's modules each node was made.

    Args:
        compute: The computation.
        model: The model. A call of itself makes no box: its own modules do.

    Attributes:
        classes: The class of the module of each call, by its place.
    """

    def __init__(self, compute: Callable[[], Tensor], model: Module) -> None:
        self._compute, self._model = compute, model
        self._under_way: list[tuple[str, str]] = []
        self._calls: Counter[Place] = Counter()
        self._made: dict[Any, Place] = {}
        self._root: Any = None
        self.classes: dict[Place, str] = {}

    def __call__(self) -> Tensor:
        """Run the computation and return its result."""
        with ExitStack() as stack:
            for name, module in self._model.named_modules():
                if module is not self._model:
                    enter, leave = partial(self._enter, name), self._leave
                    stack.callback(module.register_forward_pre_hook(enter).remove)
                    stack.callback(module.register_forward_hook(leave, always_call=True).remove)
            # New in PyTorch 2.14; the other pictures work without it.
            stack.enter_context(torch.autograd.graph.node_creation_hook(self._note))
            result = self._compute()
        self._root = getattr(result, "grad_fn", None)
        return result

    def places(self) -> list[Place]:
        """Return the place of each node under the result, in the order of `nodes.walk`.

        A parameter belongs to the innermost call that made all nodes which use it; other leaves are outside of all.
        """
        if self._root is None:
            return [()]
        nodes = walk(self._root)
        parameters = {id(parameter) for parameter in self._model.parameters()}
        users = defaultdict(list)
        for node in nodes:
            for source, _ in node.next_functions:
                users[source].append(self._made.get(node, ()))
        places = []
        for node in nodes:
            if not is_leaf(node):
                places.append(self._made.get(node, ()))
            else:
                places.append(_common(users[node]) if id(node.variable) in parameters else ())
        return places

    def _enter(self, name: str, module: Module, inputs: object) -> None:
        around = f"{self._under_way[-1][0]}." if self._under_way else ""
        label = name.removeprefix(around)
        place = (*self._place(), label)
        self._calls[place] += 1
        if self._calls[place] > 1:
            label = f"{label} #{self._calls[place]}"
        self._under_way.append((name, label))
        self.classes[self._place()] = type(module).__name__

    def _leave(self, module: Module, inputs: object, outputs: object) -> None:
        self._under_way.pop()

    def _note(self, node: Any) -> None:
        self._made[node] = self._place()

    def _place(self) -> Place:
        return tuple(label for _, label in self._under_way)


def fold(graph: Graph, places: Sequence[Place], classes: Mapping[Place, str]) -> Folded:
    """Fold a graph.

    Args:
        graph: The graph.
        places: Within which calls each of its nodes was made.
        classes: The class of the module of each call.
    """
    return _fold(graph, places, classes, range(len(graph.nodes)), ())


def _fold(
    graph: Graph, places: Sequence[Place], classes: Mapping[Place, str], members: Sequence[int], around: Place
) -> Folded:
    """Fold the nodes that were made within some call; what comes to them from elsewhere ends in a dashed box."""
    calls: dict[str, list[int]] = defaultdict(list)
    for number in members:
        for label in places[number][len(around) : len(around) + 1]:
            calls[label].append(number)
    boxes = {label: inside for label, inside in calls.items() if len(inside) > 1}
    box_of = {number: label for label, inside in boxes.items() for number in inside}
    # What is drawn, by its key: the label of a box, or the number of a node.
    drawn: dict[str | int, Node] = {}
    for number in members:
        box = box_of.get(number)
        if box is None:
            drawn[number] = graph.nodes[number]
        elif box not in drawn:
            count = f"{len(boxes[box])} nodes"
            drawn[box] = Node("module", classes[*around, box], (Result(box),), notes=(count,))
    edges = _edges(graph, places, box_of, drawn)
    numbers = {key: number for number, key in enumerate(drawn)}
    outer = Graph(
        tuple(drawn.values()),
        tuple(Edge(numbers[source], numbers[target], output) for source, target, output in edges),
    )
    parts = {
        label: _fold(graph, places, classes, inside, (*around, label)) for label, inside in reversed(boxes.items())
    }
    return Folded(outer, parts)


def _edges(
    graph: Graph, places: Sequence[Place], box_of: Mapping[int, str], drawn: dict[str | int, Node]
) -> list[tuple[str | int, str | int, int]]:
    """Return the edges that a picture shows, by the keys of what is drawn; a source from elsewhere is added to that."""
    members = {*box_of, *drawn}
    edges: list[tuple[str | int, str | int, int]] = []
    for edge in graph.edges:
        if edge.target not in members:
            continue
        source, target = box_of.get(edge.source, edge.source), box_of.get(edge.target, edge.target)
        if edge.source not in members:
            name = _elsewhere(graph, places, edge)
            source = f"outside {name}"
            drawn.setdefault(source, Node("outside", "outside", (Result(name),)))
        found = source, target, 0 if isinstance(source, str) else edge.output
        # Between two nodes every edge is drawn; to or from a box, one of each kind.
        between_nodes = isinstance(source, int) and isinstance(target, int)
        if source != target and (between_nodes or found not in edges):
            edges.append(found)
    return edges


def _elsewhere(graph: Graph, places: Sequence[Place], edge: Edge) -> str:
    """Return what to call the source of an edge that is not drawn with its target: the call that made it, if any."""
    shared = len(_common([places[edge.source], places[edge.target]]))
    calls = places[edge.source][shared:]
    return calls[0] if calls else graph.nodes[edge.source].result_label(edge.output)


def _common(places: Sequence[Place]) -> Place:
    """Return the calls that all places share, from the outermost on."""
    shared = []
    for calls in zip(*places, strict=False):
        if len(set(calls)) > 1:
            break
        shared.append(calls[0])
    return tuple(shared)
