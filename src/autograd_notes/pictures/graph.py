"""Read the graph that autograd built, from its `grad_fn` nodes."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from autograd_notes.pictures.backward import FREED, Backward, run_backward
from autograd_notes.pictures.folding import Folded, Watched, fold
from autograd_notes.pictures.nodes import edges_of, is_leaf, walk
from autograd_notes.pictures.numbers import shape_text, text_of
from autograd_notes.pictures.program import Span, find_span
from autograd_notes.pictures.snapshot import Edge, Graph, Node, Result

CHANGED = "modified by an inplace operation"


def graph(
    result: Tensor | Callable[[], Tensor],
    *,
    gradients: bool = False,
    saved: bool = False,
    flags: bool = False,
    names: Mapping[str, Any] | None = None,
    model: torch.nn.Module | None = None,
) -> Graph | Folded:
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
        model: Fold the nodes that each call of one of its modules made into one box, which opens. The result must then
            be a function, since a finished tensor does not know where it was made.

    Raises:
        TypeError: The result is no tensor, or an integer one, or a tensor where there is a model.
        ValueError: The graph was freed, or gradients are asked for where there is no scalar to start from.
    """
    variables = variables_of(sys._getframe(1)) if names is None else names
    asked = {"gradients": gradients, "saved": saved, "flags": flags}
    if model is None:
        return record(result, variables, **asked)[0]
    if isinstance(result, Tensor) or not callable(result):
        raise TypeError("to fold a graph by modules, pass the computation: graph(lambda: model(x).sum(), model=model).")
    watched = Watched(result, model)
    drawn, _ = record(watched, variables, **asked)
    return fold(drawn, watched.places(), watched.classes)


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
    root, recorder = _compute(result)
    if root.grad_fn is None:
        return Graph((_lone_node(root, variables, flags),), ()), None
    nodes = walk(root.grad_fn)
    tensors = _tensors_at_hand(nodes, root, variables)
    backward = run_backward(root, nodes) if gradients else None
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
                "leaf" if is_leaf(node) else "operation",
                node.name().rpartition("::")[2],
                tuple(_result(node, output, tensors, recorder.values) for output in outputs),
                "; ".join(filter(None, texts)),
                tuple(notes),
                recorder.spans.get(node),
            )
        )
    edges = [Edge(source, target, output) for source, target, output in edges_of(nodes)]
    return Graph(tuple(_numbered(described)), tuple(edges)), backward


def variables_of(frame: FrameType) -> dict[str, Any]:
    """Return the variables that code in a frame sees, its own before those of its module."""
    own = dict(frame.f_locals)
    return own | {name: value for name, value in frame.f_globals.items() if name not in own}


class _Recorder(TorchFunctionMode):
    """Keep the value of every result that autograd has a node for, as text, and where in a program it was computed."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[tuple[Any, int], str] = {}
        self.spans: dict[Any, Span | None] = {}

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(tensor, Tensor) and tensor.grad_fn is not None:
                self.values.setdefault((tensor.grad_fn, tensor.output_nr), text_of(tensor))
                if tensor.grad_fn not in self.spans:
                    self.spans[tensor.grad_fn] = find_span(sys._getframe(1))
        return result


def _compute(result: Tensor | Callable[[], Tensor]) -> tuple[Tensor, _Recorder]:
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
    return result, recorder


def _tensors_at_hand(nodes: Sequence[Any], root: Tensor, variables: Mapping[str, Any]) -> dict[Any, Any]:
    """Return name and tensor for each node and output whose tensor still exists; the name may be empty."""
    leaves = {id(node.variable): node for node in nodes if is_leaf(node)}
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


def _result(node: Any, output: int, tensors: Mapping[Any, Any], values: Mapping[tuple[Any, int], str]) -> Result:
    name, tensor = tensors.get((node, output), ("", None))
    if (node, output) in values:
        return Result(name, values[node, output])
    return Result(name, _shape_of(node, output) if tensor is None else text_of(tensor))


def _shape_of(node: Any, output: int) -> str:
    try:
        shape = node._input_metadata[output].shape
    except (IndexError, RuntimeError):  # A result that was never defined has no shape.
        return ""
    return shape_text(shape) if shape else ""


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
