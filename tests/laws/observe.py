"""What autograd does with sample calls of PyTorch's operations: seen once, as plain data, and shared by all laws."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils._pytree import tree_leaves, tree_map_only

from autograd_notes.operations.samples import Sample, dtype_of, name_of, operations, outside_of_its_tests

SAMPLES = 2
STEP = 1e-6
FREED = "backward through the graph a second time"


@dataclass(frozen=True)
class Result:
    """One tensor that a call returned.

    Attributes:
        dtype: Its dtype, as a string.
        requires_grad: Its flag.
        is_leaf: Its flag.
        has_node: Whether it has a `grad_fn`.
        is_inference: Whether it is an inference tensor.
        is_marked_memory: Whether it lies in the memory of a marked input.
    """

    dtype: str
    requires_grad: bool
    is_leaf: bool
    has_node: bool
    is_inference: bool
    is_marked_memory: bool


@dataclass
class Call:
    """What was seen of one sample call; a field is None where this could not be tried.

    Attributes:
        name: The operation, as a user writes it.
        is_differentiable: Whether PyTorch lists it as such.
        recorded: What the call returned.
        without_grad: What it returned under `torch.no_grad`.
        in_inference: What it returned in inference mode.
        changed: Whether an input was changed by the call.
        ends: The kinds of nodes at which paths of the graph end.
        entries: For each node of the graph, how many entries of `next_functions` it has.
        saves: Whether a node of the graph saved a tensor.
        twice: What a second backward pass did: "runs", "freed", or the message of another error.
        doubles: Whether the gradient of the second pass was added to that of the first.
        fits: Whether each gradient has the shape and the dtype of its tensor.
        non_leaf: Whether a result has a gradient in `.grad` after the pass.
        gradient_has_graph: Whether a gradient taken with `create_graph=True` has a graph.
        gradient_is_flat: Whether the gradient stays the same when the inputs move a little.
        out: What `out=` does where an input is marked: "raises", "raises in the backward pass", "is recorded", "is not
            recorded"; None where there is no such argument.
    """

    name: str
    is_differentiable: bool
    recorded: tuple[Result, ...] = ()
    without_grad: tuple[Result, ...] = ()
    in_inference: tuple[Result, ...] = ()
    changed: bool | None = None
    ends: frozenset[str] = frozenset()
    entries: tuple[int, ...] = ()
    saves: bool | None = None
    twice: str | None = None
    doubles: bool | None = None
    fits: bool | None = None
    non_leaf: bool | None = None
    gradient_has_graph: bool | None = None
    gradient_is_flat: bool | None = None
    out: str | None = None
    notes: dict[str, str] = field(default_factory=dict)


def observe() -> list[Call]:
    """Run sample calls of every operation that PyTorch lists, and return what was seen."""
    threads = torch.get_num_threads()
    # The samples are small: threads would only wait for each other.
    torch.set_num_threads(1)
    try:
        with quietly():
            return [_seen(name, sample, *kind) for name, sample, *kind in _samples()]
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Let operations run without warnings and leave the random numbers as they were, and let seeds cost little."""
    with (
        warnings.catch_warnings(),
        torch.random.fork_rng(devices=[]),
        outside_of_its_tests(),
    ):
        warnings.simplefilter("ignore")
        yield


def _samples() -> Iterator[tuple[str, Sample, bool, bool]]:
    """Yield names and samples, whether the operation is differentiable, and whether it has an argument `out`."""
    from torch.testing._internal.common_methods_invocations import op_db

    with_out = {name_of(info) for info in op_db if info.supports_out}
    for operation in operations():
        for sample in operation.samples(seed=0, number=SAMPLES):
            yield operation.name, sample, True, operation.name in with_out
    for info in op_db:
        if not info.supports_autograd and (dtype := dtype_of(info)):
            torch.manual_seed(0)
            for sample, _ in zip(info.sample_inputs("cpu", dtype), range(SAMPLES), strict=False):
                arguments = (sample.input, *sample.args), dict(sample.kwargs)
                args, kwargs = tree_map_only(torch.Tensor, _marked, arguments)
                yield name_of(info), _sample(name_of(info), info.op, args, kwargs), False, False


def _sample(name: str, function: Callable, args: tuple, kwargs: dict[str, Any]) -> Sample:
    fields = {"name": name} if "name" in Sample.__dataclass_fields__ else {}
    return Sample(**fields, function=function, args=args, kwargs=kwargs)


def _marked(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.requires_grad_() if tensor.is_floating_point() or tensor.is_complex() else tensor


def _seen(name: str, sample: Sample, is_differentiable: bool, has_out: bool) -> Call:
    call = Call(name, is_differentiable)
    for look in (_look_at_results, _look_at_modes, _look_at_graph, _look_at_passes, _look_at_second_order):
        try:
            look(call, _fresh(sample))
        except Exception as error:
            call.notes[look.__name__] = f"{type(error).__name__}: {error}"
    if has_out:
        call.out = _out(_fresh(sample))
    return call


def _fresh(sample: Sample) -> Sample:
    """Return the same call with new leaves."""
    return sample.map(lambda tensor: tensor.detach().clone().requires_grad_(tensor.requires_grad))


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def _inputs(sample: Sample) -> list[torch.Tensor]:
    return _tensors((sample.args, sample.kwargs))


def _run(sample: Sample) -> list[torch.Tensor]:
    torch.manual_seed(0)
    return _tensors(sample.call())


def _results(sample: Sample) -> tuple[Result, ...]:
    inputs = [tensor for tensor in _inputs(sample) if tensor.requires_grad]
    marked = {address for tensor in inputs for address in _memory(tensor)}
    return tuple(
        Result(
            str(result.dtype),
            result.requires_grad,
            result.is_leaf,
            result.grad_fn is not None,
            result.is_inference(),
            bool(marked & set(_memory(result))) or any(result is tensor or result._base is tensor for tensor in inputs),
        )
        for result in _run(sample)
    )


def _memory(tensor: torch.Tensor) -> list[int]:
    """Return the address of a tensor's memory; [] where it has none of its own."""
    if tensor.layout is not torch.strided:
        return []
    return [address for address in [tensor.untyped_storage().data_ptr()] if address]


def _look_at_results(call: Call, sample: Sample) -> None:
    before = [tensor._version for tensor in _inputs(sample)]
    call.recorded = _results(sample)
    call.changed = before != [tensor._version for tensor in _inputs(sample)]


def _look_at_modes(call: Call, sample: Sample) -> None:
    with torch.no_grad():
        call.without_grad = _results(sample)
    with torch.inference_mode():
        call.in_inference = _results(sample)


def _look_at_graph(call: Call, sample: Sample) -> None:
    nodes = [result.grad_fn for result in _run(sample) if result.grad_fn]
    ends = set()
    for node in nodes:
        below = [source for source, _ in node.next_functions]
        nodes += [source for source in below if source is not None and source not in nodes]
        ends |= {"nothing"} if None in below else set()
        ends |= set() if below else {node.name()}
    call.ends = frozenset(ends)
    call.entries = tuple(len(node.next_functions) for node in nodes)
    call.saves = any(map(_saves, nodes))


def _saves(node: Any) -> bool:
    saved = [getattr(node, name) for name in dir(node) if name.startswith("_saved_")]
    return bool(_tensors((saved, getattr(node, "saved_tensors", ()))))


def _starts(results: Sequence[torch.Tensor]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    results = [result for result in results if result.requires_grad]
    return results, [torch.ones_like(result) for result in results]


def _look_at_passes(call: Call, sample: Sample) -> None:
    results, seeds = _starts(_run(sample))
    leaves = [tensor for tensor in _inputs(sample) if tensor.requires_grad]
    if not results or any(result.is_leaf for result in results):
        return
    torch.autograd.backward(results, seeds)
    call.fits = all(
        leaf.grad is None or (leaf.grad.shape == leaf.shape and leaf.grad.dtype == leaf.dtype) for leaf in leaves
    )
    call.non_leaf = any(result.grad is not None for result in results)
    first = [leaf.grad.clone() for leaf in leaves if leaf.grad is not None]
    try:
        torch.autograd.backward(results, seeds)
        call.twice = "runs"
    except RuntimeError as error:
        call.twice = "freed" if FREED in str(error) else str(error)
        return
    second = [leaf.grad for leaf in leaves if leaf.grad is not None]
    with contextlib.suppress(RuntimeError):
        call.doubles = all(
            torch.allclose(two.to_dense(), 2 * one.to_dense(), equal_nan=True)
            for one, two in zip(first, second, strict=True)
        )


def _gradients(sample: Sample) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return the inputs that get a gradient, and their gradients, taken with `create_graph=True`."""
    results, seeds = _starts(_run(sample))
    leaves = [tensor for tensor in _inputs(sample) if tensor.requires_grad]
    found = torch.autograd.grad(results, leaves, seeds, create_graph=True, allow_unused=True)
    pairs = [(leaf, gradient) for leaf, gradient in zip(leaves, found, strict=True) if gradient is not None]
    return [leaf for leaf, _ in pairs], [gradient for _, gradient in pairs]


def _look_at_second_order(call: Call, sample: Sample) -> None:
    leaves, gradients = _gradients(sample)
    if not gradients or any(tensor.layout is not torch.strided for tensor in leaves + gradients):
        return
    call.gradient_has_graph = any(gradient.requires_grad for gradient in gradients)
    if call.gradient_has_graph:
        return
    with torch.no_grad():
        for leaf in leaves:
            leaf += STEP * torch.ones_like(leaf)
    _, moved = _gradients(sample)
    call.gradient_is_flat = all(map(torch.allclose, gradients, moved))


def _out(sample: Sample) -> str | None:
    """Return what happens if the call is given memory for its results and an input is marked."""
    if not any(tensor.requires_grad for tensor in _inputs(sample)):
        return None
    with torch.no_grad():
        found = _fresh(sample).call()
    try:
        with torch.no_grad():
            _call_with_out(_fresh(sample), _empty(found))
    except Exception:
        return None
    try:
        filled = _call_with_out(sample, _empty(found))
    except RuntimeError as error:
        return "raises" if "automatic differentiation" in str(error) else str(error)
    results, seeds = _starts(_tensors(filled))
    if not results:
        return "is not recorded"
    try:
        torch.autograd.backward(results, seeds)
    except RuntimeError:
        return "raises in the backward pass"
    return "is recorded"


def _empty(found: Any) -> Any:
    return tree_map_only(torch.Tensor, lambda tensor: torch.empty_like(tensor), found)


def _call_with_out(sample: Sample, out: Any) -> Any:
    return sample.function(*sample.args, **sample.kwargs, out=out)
