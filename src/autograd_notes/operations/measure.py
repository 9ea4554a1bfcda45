"""What autograd does with one sample call of an operation: one function for each column of the table.

Each function returns what it saw as words. Whether something raises is found out by trying.
"""

from __future__ import annotations

import inspect
import itertools
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch
from torch.autograd import forward_ad
from torch.utils._pytree import tree_leaves

from autograd_notes.operations.samples import Sample, without_seeds

Tensors = Sequence[torch.Tensor]
OfInput = TypeVar("OfInput")
# What PyTorch says where it runs an operation in a loop over the batch.
LOOP = "we have not yet implemented the batching rule"
STEP = 1e-6
# Samples with more elements than this take long, and say nothing new.
LARGEST = 20_000
# What PyTorch's list and its signatures call the argument that its documentation calls input.
FIRST = {"self", "x", "inp", "a", "g"}


@dataclass(frozen=True)
class Call:
    """A sample call as a function of its floating-point tensors, the inputs.

    Attributes:
        sample: The call.
        names: The name of the argument that each input is part of.
        inputs: The inputs, without a graph.
        active: The positions of the inputs that get a gradient.
    """

    sample: Sample
    names: tuple[str, ...]
    inputs: tuple[torch.Tensor, ...]
    active: tuple[int, ...] = ()

    def results(self, inputs: Tensors) -> list[torch.Tensor]:
        """Call the operation with other inputs, always with the same seed, and return its floating-point results."""
        given = iter(inputs)
        torch.default_generator.manual_seed(0)
        found = self.sample.map(lambda tensor: next(given) if _is_floating(tensor) else tensor).call()
        return [leaf for leaf in tree_leaves(found) if isinstance(leaf, torch.Tensor) and _is_floating(leaf)]

    def leaves(self) -> list[torch.Tensor]:
        """Return copies of the inputs, of which the active ones require a gradient."""
        return [tensor.clone().requires_grad_(place in self.active) for place, tensor in enumerate(self.inputs)]

    def run(self) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Run the forward pass; return the active inputs, and the results that have a graph."""
        inputs = self.leaves()
        return self.chosen(inputs), [result for result in self.results(inputs) if result.requires_grad]

    def chosen(self, inputs: Sequence[OfInput]) -> list[OfInput]:
        """Return the active ones among the inputs, or what belongs to them among what belongs to each."""
        return [inputs[place] for place in self.active]


def prepare(sample: Sample) -> Call | None:
    """Return a sample as a call, None for one that is empty, large or sparse, or where no input gets a gradient."""
    tensors = [leaf for leaf in tree_leaves((sample.args, sample.kwargs)) if isinstance(leaf, torch.Tensor)]
    if any(tensor.layout is not torch.strided or not 0 < tensor.numel() <= LARGEST for tensor in tensors):
        return None
    inputs = tuple(tensor.detach().clone() for tensor in tensors if _is_floating(tensor))
    call = Call(sample.map(lambda tensor: tensor.detach().clone()), _names(sample), inputs)
    active = [place for place in range(len(inputs)) if gradient_of(call, place) == "gradient"]
    call = Call(call.sample, call.names, inputs, tuple(active))
    if not active or any(result.layout is not torch.strided or not result.numel() for result in call.run()[1]):
        return None
    return call


def gradient_of(call: Call, place: int) -> str:
    """Whether one input, the only one that requires a gradient, gets one: gradient, none or raises."""
    try:
        (leaf,), results = Call(call.sample, call.names, call.inputs, (place,)).run()
        if not results:
            return "none"
        (gradient,) = torch.autograd.grad(results, leaf, _weights(results), allow_unused=True)
    except Exception:
        return "raises"
    return "none" if gradient is None else "gradient"


def gradient(call: Call) -> set[str]:
    """Which arguments get a gradient."""
    return set(call.chosen(call.names))


def not_implemented(call: Call) -> set[str]:
    """Which arguments must not require a gradient: then autograd raises an error."""
    others = (place for place in range(len(call.inputs)) if place not in call.active)
    return {call.names[place] for place in others if gradient_of(call, place) == "raises"}


def derivative(call: Call) -> str:
    """Whether there is a derivative other than zero: yes or zero."""
    return "yes" if _any_nonzero(_gradients_of(call)) else "zero"


def grad_fn(call: Call) -> set[str]:
    """The names of the nodes that the results have."""
    return {type(result.grad_fn).__name__ for result in call.run()[1] if result.grad_fn}


def saves(call: Call) -> set[str]:
    """What is kept for the backward pass: arguments by name, "result", and "new" for what is neither."""
    inputs, results, saved = _saved(call)
    found = set()
    for tensor in saved:
        names = [name for name, given in zip(call.names, inputs, strict=True) if _same_memory(tensor, given)]
        is_result = any(_same_memory(tensor, result) for result in results)
        found.add(names[0] if names else "result" if is_result else "new")
    return found


def saved_bytes(call: Call) -> str:
    """The bytes of all that is kept, and the shapes of the inputs."""
    _, _, saved = _saved(call)
    sizes = {_memory(tensor): tensor.untyped_storage().nbytes() for tensor in saved}
    shapes = ("×".join(map(str, tensor.shape)) or "1" for tensor in call.inputs)
    return f"{sum(sizes.values())} for {', '.join(shapes)}"


def again(call: Call) -> str:
    """Whether a second backward pass works without `retain_graph`: works or raises."""
    inputs, results = call.run()
    _gradients(results, inputs)
    return "works" if _works(lambda: _gradients(results, inputs)) else "raises"


def second(call: Call) -> str:
    """The second derivative: yes, zero, raises, or lost where autograd says zero and differences say otherwise."""
    inputs, results = call.run()
    try:
        first = [found for found in _gradients(results, inputs, create_graph=True) if found.requires_grad]
        found = _gradients(first, inputs) if first else []
    except Exception:
        return "raises"
    if _any_nonzero(found):
        return "yes"
    return "zero" if _is_flat(call) else "lost"


def forward(call: Call) -> str:
    """Whether forward mode works: works, raises, or none where the results have no tangent."""
    with forward_ad.dual_level():
        inputs = [
            forward_ad.make_dual(tensor.clone(), torch.ones_like(tensor)) if place in call.active else tensor
            for place, tensor in enumerate(call.inputs)
        ]
        try:
            tangents = [forward_ad.unpack_dual(result).tangent for result in call.results(inputs)]
        except Exception:
            return "raises"
    return "works" if any(tangent is not None for tangent in tangents) else "none"


def vmap(call: Call) -> str:
    """How `vmap` runs the forward pass over the active inputs: rule, loop or raises."""
    return _batched(call, lambda *inputs: tuple(call.results(inputs)))


def vmap_gradient(call: Call) -> str:
    """How `vmap` runs the forward and the backward pass, for gradients per sample: rule, loop or raises."""

    def gradients(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        def active(*chosen: torch.Tensor) -> tuple[torch.Tensor, ...]:
            given = dict(zip(call.active, chosen, strict=True))
            results = call.results([given.get(place, tensor) for place, tensor in enumerate(inputs)])
            return tuple(results)

        results, vjp = torch.func.vjp(active, *call.chosen(inputs))[:2]
        found: tuple[torch.Tensor, ...] = vjp(tuple(torch.ones_like(result) for result in results))
        return found

    return _batched(call, gradients)


def view(call: Call) -> set[str]:
    """What a result is: view, input (the very one), or new; also with inputs in another order in memory, or complex."""
    found = _kinds_of_results(call)
    for change in (_not_contiguous, _complex):
        # Not every operation takes these.
        with suppress(Exception):
            found |= _kinds_of_results(replace(call, inputs=tuple(map(change, call.inputs))))
    return found


def in_place(call: Call) -> str:
    """The in-place form with the same result and gradients, or one that has no derivative and raises; "" for none."""
    refused = ""
    for name, run in _in_place_forms(call):
        inputs, results = call.run()
        copies = call.leaves()
        try:
            changed = run(_computed(copies))
            gradients = _gradients([changed], call.chosen(copies)), _gradients(results, inputs)
            if _all_close([changed], results) and _all_close(*gradients):
                return name
        except NotImplementedError:
            refused = f"{name} raises"
        except Exception:
            # Not a form of this operation, or not for these arguments.
            continue
    return refused


def result_changed(call: Call) -> str:
    """What happens where the result is changed in place before the backward pass: fine, raises, or refused at once."""
    seen = set()
    for place in range(len(call.run()[1])):
        leaves = call.leaves()
        results = [result for result in call.results(_computed(leaves)) if result.requires_grad]
        seen.add(_changed(results[place], results, call.chosen(leaves)))
    return next(word for word in ("refused", "raises", "fine") if word in seen)


def input_changed(call: Call) -> set[str]:
    """The arguments that must not be changed in place before the backward pass: it raises."""
    found = set()
    for place in call.active:
        leaves = call.leaves()
        inputs = _computed(leaves)
        results = [result for result in call.results(inputs) if result.requires_grad]
        if _changed(inputs[place], results, call.chosen(leaves)) != "fine":
            found.add(call.names[place])
    return found


def complex_numbers(call: Call) -> str:
    """Whether complex inputs work: yes, forward where they get no gradient, or no."""
    complex_sample = call.sample.map(lambda tensor: _complex(tensor) if tensor.is_floating_point() else tensor)
    if not _works(complex_sample.call):
        return "no"
    return "yes" if prepare(complex_sample) else "forward"


def repeats(call: Call) -> str:
    """Whether it gives the same twice: yes, random, or refused by `torch.use_deterministic_algorithms`."""
    values = []
    with without_seeds():
        for seed in (0, 1):
            torch.default_generator.manual_seed(seed)
            found = call.sample.call()
            values.append([leaf for leaf in tree_leaves(found) if isinstance(leaf, torch.Tensor)])
    if not all(_same_values(one, other) for one, other in zip(*values, strict=True)):
        return "random"
    torch.use_deterministic_algorithms(True)
    try:
        return "yes" if _works(lambda: derivative(call)) else "refused"
    finally:
        torch.use_deterministic_algorithms(False)


def _gradients(results: Tensors, inputs: Tensors, create_graph: bool = False) -> list[torch.Tensor]:
    """Go backward, with other weights for each element, and return the gradients; zeros where there is none."""
    found = torch.autograd.grad(
        results, inputs, _weights(results), create_graph=create_graph, allow_unused=True, materialize_grads=False
    )
    return [gradient for gradient in found if gradient is not None]


def _gradients_of(call: Call) -> list[torch.Tensor]:
    inputs, results = call.run()
    return _gradients(results, inputs)


def _weights(results: Tensors) -> list[torch.Tensor]:
    """Return weights of which no two are the same, so that the derivative of a sum of all is not zero by chance."""
    return [
        (1 + torch.arange(result.numel(), dtype=torch.float64) / 7).reshape(result.shape).to(result.dtype)
        for result in results
    ]


def _is_flat(call: Call) -> bool:
    """Whether the gradients stay the same where the inputs move a little.

    At a kink they jump once; where they change smoothly, a second step changes them as well.
    """
    before, after, later = (_gradients_of(_moved(call, steps)) for steps in range(3))
    return _all_close(before, after) or _all_close(after, later)


def _moved(call: Call, steps: int) -> Call:
    inputs = [
        tensor + steps * STEP * _weights([tensor])[0] if place in call.active else tensor
        for place, tensor in enumerate(call.inputs)
    ]
    return replace(call, inputs=tuple(inputs))


def _all_close(some: Tensors, others: Tensors) -> bool:
    pairs = zip(some, others, strict=True)
    return all(torch.allclose(one, other, rtol=1e-9, atol=1e-10, equal_nan=True) for one, other in pairs)


def _saved(call: Call) -> tuple[list[torch.Tensor], list[torch.Tensor], list[torch.Tensor]]:
    """Return the active inputs and the others, the results, and the tensors that were saved on the way."""
    saved: list[torch.Tensor] = []
    inputs = call.leaves()

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        results = call.results(inputs)
    return inputs, results, saved


def _batched(call: Call, function: Callable[..., tuple[torch.Tensor, ...]]) -> str:
    """Run a function over a batch of two of each active input, and say how PyTorch did it."""
    batch = [
        torch.stack([tensor, tensor]) if place in call.active else tensor for place, tensor in enumerate(call.inputs)
    ]
    dims = tuple(0 if place in call.active else None for place in range(len(batch)))
    with warnings.catch_warnings(record=True) as seen, _fallback_warns():
        warnings.simplefilter("always")
        if not _works(lambda: torch.func.vmap(function, dims, randomness="different")(*batch)):
            return "raises"
    return "loop" if any(LOOP in str(warning.message) for warning in seen) else "rule"


@contextmanager
def _fallback_warns() -> Iterator[None]:
    enable = torch._C._functorch._set_vmap_fallback_warning_enabled  # type: ignore[attr-defined]  # not in torch's stub
    enable(True)
    try:
        yield
    finally:
        enable(False)


def _in_place_forms(call: Call) -> Iterator[tuple[str, Callable[[Tensors], torch.Tensor]]]:
    """Yield the forms that an operation may have in place, by their names, each as a function of the inputs."""
    name = call.sample.name.rpartition(".")[2]

    def run(change: Callable[..., torch.Tensor], **more: bool) -> Callable[[Tensors], torch.Tensor]:
        def changed(inputs: Tensors) -> torch.Tensor:
            given = iter(inputs)
            torch.default_generator.manual_seed(0)
            sample = call.sample.map(lambda tensor: next(given) if _is_floating(tensor) else tensor)
            result = change(*sample.args, **sample.kwargs, **more)
            if result.data_ptr() != sample.args[0].data_ptr():
                raise ValueError("not in place")
            return result

        return changed

    method = getattr(torch.Tensor, f"{name}_", None)
    if method:
        yield f"{name}_", run(method)
    if "inplace" in _parameters(_documented(call.sample)):
        yield "inplace=True", run(call.sample.function, inplace=True)


def _kinds_of_results(call: Call) -> set[str]:
    found = set()
    for result in call.results(call.inputs):
        if any(result is given for given in call.inputs):
            found.add("input")
        else:
            found.add("view" if any(_same_memory(result, given) for given in call.inputs) else "new")
    return found


def _complex(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.complex128)


def _not_contiguous(tensor: torch.Tensor) -> torch.Tensor:
    """Return the same values in another order in memory, or with a gap behind each where there is no other order."""
    if tensor.dim() > 1:
        return tensor.mT.contiguous().mT
    return torch.stack([tensor, tensor], -1)[..., 0]


def _changed(tensor: torch.Tensor, results: Tensors, leaves: Tensors) -> str:
    """Change a tensor in place, go backward, and say what happened."""
    try:
        tensor.mul_(2)
    except Exception:
        return "refused"
    return "fine" if _works(lambda: _gradients(results, leaves)) else "raises"


def _computed(leaves: Tensors) -> list[torch.Tensor]:
    """Return copies with a graph: a leaf that requires a gradient cannot be changed in place."""
    return [leaf.clone() for leaf in leaves]


def _works(run: Callable[[], object]) -> bool:
    try:
        run()
    except Exception:
        return False
    return True


def _any_nonzero(tensors: Tensors) -> bool:
    return any(bool(tensor.ne(0).any()) for tensor in tensors)


def _is_floating(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def _memory(tensor: torch.Tensor) -> int:
    """Return what tells one piece of memory from another, also where it is empty."""
    address: int = tensor.untyped_storage()._cdata
    return address


def _same_memory(one: torch.Tensor, other: torch.Tensor) -> bool:
    return _memory(one) == _memory(other)


def _same_values(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and bool(((one == other) | (one.isnan() & other.isnan())).all())


def _names(sample: Sample) -> tuple[str, ...]:
    """Return for each floating-point tensor of a call the name of the argument that it is part of."""
    named = [*zip(_positional(sample), sample.args, strict=False), *sample.kwargs.items()]
    return tuple(
        name
        for name, value in named
        for leaf in tree_leaves(value)
        if isinstance(leaf, torch.Tensor) and _is_floating(leaf)
    )


def _positional(sample: Sample) -> Iterator[str]:
    """Yield the names of the positional arguments: those of what is called, then those of the documented operation."""
    own = _parameters(sample.function)
    known = [*own, *(_parameters(_documented(sample)) or _of_schema(sample))[len(own) :]] or ["input", "other"]
    yield "input" if known[0] in FIRST else known[0]
    yield from known[1:]
    yield from itertools.repeat(known[-1])


def _documented(sample: Sample) -> Callable[..., Any]:
    function: Callable[..., Any] = operator.attrgetter(sample.name.removeprefix("torch."))(torch)
    return function


def _parameters(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's positional parameters, [] where Python does not know them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    named = (one for one in parameters if one.kind not in (one.KEYWORD_ONLY, one.VAR_KEYWORD))
    return [one.name for one in named if one.name != "args"]


def _of_schema(sample: Sample) -> list[str]:
    """Return the names in the first of PyTorch's signatures of an operator that has tensors where the call has them."""
    is_tensor = [isinstance(value, torch.Tensor) for value in sample.args]
    for schema in _schemas(sample):
        kinds = ["Tensor" in str(argument.type) for argument in schema.arguments]
        pairs = zip(kinds, is_tensor, strict=False)
        if len(kinds) >= len(is_tensor) and all(kind or not given for kind, given in pairs):
            return [argument.name for argument in schema.arguments]
    return []


def _schemas(sample: Sample) -> list[Any]:
    if isinstance(sample.function, torch._ops.OpOverload):
        return [sample.function._schema]
    name = re.sub(r"^torch\.((nn\.functional|Tensor|ops\.aten)\.)?", "", sample.name).replace(".", "_")
    return torch._C._jit_get_schemas_for_operator(f"aten::{name}")
