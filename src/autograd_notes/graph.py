"""Read the graph that autograd built, from its `grad_fn` nodes: plain data to print, compare and draw."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from autograd_notes.drawing import Arrow, Box, Text, draw, figure
from autograd_notes.language import say

DRAWN = 40
LONGEST = 32
SHAPE = "shape "
LEAF = "torch::autograd::AccumulateGrad"
FREED = "already been freed"
CHANGED = "modified by an inplace operation"


@dataclass(frozen=True)
class Result:
    """One tensor that a node stands for: its name in the session, and its value, or its shape where that says more."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Node:
    """A node of the graph.

    Attributes:
        kind: "operation" (a `grad_fn`), "leaf" (a tensor that gradients are added into) or "constant" (neither).
        operation: The node's name as PyTorch gives it, numbered where two nodes without a name share it.
        results: What the operation returned; several for one such as `unbind`.
        gradient: The gradient that reached the node, if known.
        notes: What it saved, and its flags, if asked for.
    """

    kind: str
    operation: str
    results: tuple[Result, ...] = (Result(),)
    gradient: str = ""
    notes: tuple[str, ...] = ()

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
        if self.kind == "operation" or not self.name:
            lines.append(Text(self.operation, "operation"))
        if self.value and not is_shape:
            lines.append(Text(f"{self.name} = {self.value}" if self.name else self.value, "value"))
        elif self.name:
            lines.append(Text(self.name, "value"))
        if is_shape:
            lines.append(Text(self.value, "note"))
        if self.kind == "constant":
            lines.append(Text("no grad_fn", "note"))
        if self.gradient:
            lines.append(Text(f"∇ {self.gradient}", "gradient"))
        return lines + [Text(note, "note") for note in self.notes]

    def __str__(self) -> str:
        kind = {"operation": self.operation, "leaf": "leaf", "constant": "no grad_fn"}[self.kind]
        parts = [kind if self.label == kind else f"{self.label}: {kind}"]
        if self.value:
            parts.append(self.value if self.value.startswith(SHAPE) else f"value {self.value}")
        if self.gradient:
            parts.append(f"grad {self.gradient}")
        return ", ".join([*parts, *self.notes])


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
        if len(self.nodes) > DRAWN:
            counts = "\n".join(f"{count} {operation}" for operation, count in self._counts())
            return f"{len(self.nodes)} nodes and {len(self.edges)} edges: too many to draw (at most {DRAWN})\n{counts}"
        inputs: list[list[str]] = [[] for _ in self.nodes]
        for edge in self.edges:
            inputs[edge.target].append(self.nodes[edge.source].result_label(edge.output))
        return "\n".join(
            f"{node} <- {', '.join(labels)}" if labels else str(node)
            for node, labels in zip(self.nodes, inputs, strict=True)
        )

    def _repr_html_(self) -> str:
        if len(self.nodes) > DRAWN:
            return figure(self._counts_html())
        boxes = [
            Box(self.box_kind(number), [[line] for line in node.lines()]) for number, node in enumerate(self.nodes)
        ]
        arrows = [Arrow(edge.source, edge.target) for edge in self.edges]
        return figure(draw(boxes, arrows, say(en="Computational graph", zh="计算图"), repr(self)))

    def box_kind(self, number: int) -> str:
        """Return the CSS classes of a node's box."""
        kind = self.nodes[number].kind
        return "operation root" if number == 0 and kind == "operation" else kind

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


def graph(
    result: Tensor | Callable[[], Tensor],
    *,
    gradients: bool = False,
    saved: bool = False,
    flags: bool = False,
    names: Mapping[str, Any] | None = None,
) -> Graph:
    """Return the graph behind a tensor.

    Leaves and intermediate tensors are called by their names in the session; of those, the value is shown, and the
    gradient where PyTorch keeps one. An intermediate tensor without a name is gone after the computation, and only its
    shape is known; to see its value too, pass the computation itself: `graph(lambda: 2 * torch.dot(x, x))`.

    Args:
        result: The tensor, or a function without arguments that computes it.
        gradients: Run the backward pass of a scalar once, and show the gradient that each node receives in it. No
            `.grad` changes and nothing is freed; hooks of your own run, as in any backward pass.
        saved: Show the tensors that each operation saved for the backward pass.
        flags: Show which of `requires_grad`, `is_leaf` and `retains_grad` are true of the tensors at hand.
        names: Where to look for names; the variables of the caller if not given.

    Raises:
        TypeError: The result is no tensor, or an integer one.
        ValueError: The graph was freed, or gradients are asked for where there is no scalar to start from.
    """
    variables = variables_of(sys._getframe(1)) if names is None else names
    return record(result, variables, gradients=gradients, saved=saved, flags=flags)[0]


def record(
    result: Tensor | Callable[[], Tensor],
    variables: Mapping[str, Any],
    *,
    gradients: bool = False,
    saved: bool = False,
    flags: bool = False,
) -> tuple[Graph, Backward | None]:
    """Return the graph behind a tensor and, where gradients are asked for, the backward pass that gave them.

    Arguments and errors are those of `graph`. What is returned keeps no tensor and no node of autograd alive.
    """
    root, values = _compute(result)
    if root.grad_fn is None:
        return Graph((_lone_node(root, variables, flags),), ()), None
    nodes = _walk(root.grad_fn)
    tensors = _tensors_at_hand(nodes, root, variables)
    backward = _run_backward(root, nodes) if gradients else None
    described = []
    for number, node in enumerate(nodes):
        outputs = range(max(1, len(node._input_metadata)))
        at_hand = [tensors[node, output][1] for output in outputs if (node, output) in tensors]
        if backward is None:
            texts = [_kept_gradient(tensor) for tensor in at_hand]
        else:
            texts = [backward.received.get((number, output), "") for output in outputs]
        notes = _saved(node) if saved else []
        notes += [flag for tensor in at_hand for flag in _flags(tensor)] if flags else []
        described.append(
            Node(
                "leaf" if _is_leaf(node) else "operation",
                node.name().rpartition("::")[2],
                tuple(_result(node, output, tensors, values) for output in outputs),
                "; ".join(filter(None, texts)),
                tuple(notes),
            )
        )
    edges = [Edge(source, target, output) for source, target, output in _edges(nodes)]
    return Graph(tuple(_numbered(described)), tuple(edges)), backward


def variables_of(frame: FrameType) -> dict[str, Any]:
    """Return the variables that code in a frame sees, its own before those of its module."""
    own = dict(frame.f_locals)
    return own | {name: value for name, value in frame.f_globals.items() if name not in own}


def text_of(tensor: Tensor) -> str:
    """Return a tensor's numbers, to four digits, where they are few; else its shape."""
    if tensor.numel() <= 4 and tensor.dim() <= 2 and tensor.layout == torch.strided and not tensor.is_meta:
        numbers = numbers_text(tensor.detach().tolist())
        if len(numbers) <= LONGEST:
            return numbers
    return _shape_text(tensor.shape)


def numbers_text(numbers: Any) -> str:
    """Return a number, or lists of numbers, to four digits."""
    if isinstance(numbers, list):
        return f"[{', '.join(numbers_text(number) for number in numbers)}]"
    if isinstance(numbers, float) and numbers.is_integer() and abs(numbers) < 1e6:
        return f"{numbers:.0f}"
    return f"{numbers:.4g}"


def _shape_text(shape: Sequence[int]) -> str:
    return SHAPE + "×".join(str(size) for size in shape)


class _Recorder(TorchFunctionMode):
    """Keep the value of every result that autograd has a node for, as text, at the moment it is computed."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[tuple[Any, int], str] = {}

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(tensor, Tensor) and tensor.grad_fn is not None:
                self.values.setdefault((tensor.grad_fn, tensor.output_nr), text_of(tensor))
        return result


def _compute(result: Tensor | Callable[[], Tensor]) -> tuple[Tensor, dict[tuple[Any, int], str]]:
    recorder = _Recorder()
    if callable(result) and not isinstance(result, Tensor):
        with recorder:
            result = result()
    if not isinstance(result, Tensor):
        raise TypeError(
            f"autograd has a graph for a tensor, not for {type(result).__name__}; "
            "pass a tensor, or a function without arguments that returns one."
        )
    if not (result.is_floating_point() or result.is_complex()):
        raise TypeError(f"a tensor of {result.dtype} has no gradient and no graph; pass a floating-point tensor.")
    return result, recorder.values


def _walk(root: Any) -> list[Any]:
    """Return the root and all nodes under it: operations, the last one computed first, then leaves as they are met."""
    found, waiting = {root: None}, [root]
    while waiting:
        for source, _ in waiting.pop().next_functions:
            if source is not None and source not in found:
                found[source] = None
                waiting.append(source)
    operations = [node for node in found if node is not root and not _is_leaf(node)]
    operations = [root, *sorted(operations, key=lambda node: -node._sequence_nr())]
    sources = [source for node in operations for source, _ in node.next_functions if source is not None]
    return [*operations, *dict.fromkeys(source for source in sources if _is_leaf(source))]


def _edges(nodes: Sequence[Any]) -> Iterator[tuple[int, int, int]]:
    """Yield source, target and output of every edge."""
    numbers = {node: number for number, node in enumerate(nodes)}
    for target, node in enumerate(nodes):
        for source, output in node.next_functions:
            if source is not None:
                yield numbers[source], target, output


def _is_leaf(node: Any) -> bool:
    return node.name() == LEAF


def _tensors_at_hand(nodes: Sequence[Any], root: Tensor, variables: Mapping[str, Any]) -> dict:
    """Return name and tensor for each node and output whose tensor still exists; the name may be empty."""
    leaves = {id(node.variable): node for node in nodes if _is_leaf(node)}
    at_hand = {(root.grad_fn, root.output_nr): ("", root)}
    at_hand |= {(node, 0): ("", node.variable) for node in leaves.values()}
    inside = set(nodes)
    for name, tensor in _named_tensors(variables):
        place = _place(tensor, leaves)
        if place[0] in inside and not at_hand.get(place, ("",))[0]:
            at_hand[place] = name, tensor
    return at_hand


def _named_tensors(variables: Mapping[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors among the variables, then those inside a module, list, tuple or dict."""
    inside: list[tuple[str, Any]] = []
    for name, value in variables.items():
        if name.startswith("_"):
            continue
        if isinstance(value, Tensor):
            yield name, value
        elif isinstance(value, torch.nn.Module):
            inside += [(f"{name}.{path}", parameter) for path, parameter in value.named_parameters()]
        elif isinstance(value, (list, tuple)):
            inside += [(f"{name}[{place}]", item) for place, item in enumerate(value)]
        elif isinstance(value, dict):
            inside += [(f"{name}[{key!r}]", item) for key, item in value.items()]
    yield from ((name, value) for name, value in inside if isinstance(value, Tensor))


def _place(tensor: Tensor, leaves: Mapping[int, Any]) -> tuple[Any, int]:
    """Return the node and output that a tensor stands for; None for the node where there is none."""
    try:
        node = tensor.grad_fn
    except RuntimeError:  # An in-place operation made this view unusable, and autograd says so at every access.
        return None, 0
    return (leaves.get(id(tensor)), 0) if node is None else (node, tensor.output_nr)


def _lone_node(tensor: Tensor, variables: Mapping[str, Any], flags: bool) -> Node:
    name = next((name for name, value in _named_tensors(variables) if value is tensor), "")
    kind, operation = ("leaf", "AccumulateGrad") if tensor.requires_grad else ("constant", "tensor")
    notes = _flags(tensor) if flags else []
    return Node(kind, operation, (Result(name, text_of(tensor)),), _kept_gradient(tensor), tuple(notes))


def _result(node: Any, output: int, tensors: Mapping, values: Mapping[tuple[Any, int], str]) -> Result:
    name, tensor = tensors.get((node, output), ("", None))
    if (node, output) in values:
        return Result(name, values[node, output])
    return Result(name, _shape_of(node, output) if tensor is None else text_of(tensor))


def _shape_of(node: Any, output: int) -> str:
    try:
        shape = node._input_metadata[output].shape
    except (IndexError, RuntimeError):  # A result that was never defined has no shape.
        return ""
    return _shape_text(shape) if shape else ""


def _kept_gradient(tensor: Tensor) -> str:
    # To read .grad of other tensors makes PyTorch warn.
    gradient = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
    return "" if gradient is None else text_of(gradient)


def _flags(tensor: Tensor) -> list[str]:
    return [flag for flag in ("requires_grad", "is_leaf", "retains_grad") if getattr(tensor, flag)]


def _saved(node: Any) -> list[str]:
    """Return what a node saved, in words; a custom Function has no names for it."""
    is_custom = hasattr(type(node), "saved_tensors")
    fields = ["saved_tensors"] if is_custom else [field for field in dir(node) if field.startswith("_saved_")]
    notes = []
    for field in fields:
        name = "saved" if is_custom else "saved " + field.removeprefix("_saved_")
        try:
            value = getattr(node, field)
        except RuntimeError as error:
            if FREED in str(error):
                raise ValueError(
                    f"a backward pass freed the tensors that {node.name()} had saved; "
                    "draw the graph before it, or call backward(retain_graph=True)."
                ) from error
            if CHANGED not in str(error):
                raise
            notes.append(f"{name} changed in place")
            continue
        values = value if isinstance(value, tuple) else (value,)
        notes += [f"{name} {text_of(tensor)}" for tensor in values if isinstance(tensor, Tensor)]
    return notes


def _numbered(nodes: Sequence[Node]) -> list[Node]:
    """Number the nodes that would share a label, in the order of computation."""
    left = Counter(node.label for node in nodes)
    shared = {label for label, count in left.items() if count > 1}
    numbered = []
    for node in nodes:
        if node.label in shared:
            numbered.append(replace(node, operation=f"{node.operation} #{left[node.label]}"))
            left[node.label] -= 1
        else:
            numbered.append(node)
    return numbered


def _run_backward(root: Tensor, nodes: Sequence[Any]) -> Backward:
    """Run the backward pass of a scalar once, with hooks that watch it, and put everything back as it was."""
    if root.numel() != 1:
        raise ValueError(
            f"a backward pass starts from one number, and this tensor has {root.numel()}; "
            "sum it, or take its product with a vector."
        )
    leaves = [node for node in nodes if _is_leaf(node)]
    watch = _Watch(nodes)
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


class _Watch:
    """Hooks on nodes that write down which gradients come and which go."""

    def __init__(self, nodes: Sequence[Any]) -> None:
        self.steps: list[Step] = []
        self.received: dict[tuple[int, int], str] = {}
        self.sums: dict[tuple[int, int], Tensor] = {}
        self._nodes = nodes
        self._handles: list[Any] = []

    def start(self) -> None:
        """Hook every operation; leaves are not run by `autograd.grad`."""
        edges = enumerate(_edges(self._nodes))
        for number, node in enumerate(self._nodes):
            ways = [None if source is None else next(edges) for source, _ in node.next_functions]
            if not _is_leaf(node):
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
