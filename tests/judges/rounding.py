"""PyTorch as on another machine: each result that has to be rounded is rounded in another way that is just as right.

A number such as `exp(1)` lies between two numbers that a tensor can hold, and which of them comes out is decided by the
library that computes it. There is one for each kind of processor; sums are added in the order that suits its registers.
So an example runs here as it might run there, by changing the last digits of what is inexact, and of nothing else.

Not simulated: how random numbers are drawn, what has no operand (`linspace`), and operations that somebody registered,
which may print or count when they run again.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map, tree_map_only

from tests.judges.functions import rounded_otherwise

PYTORCH = ("aten", "prims")
# Exempt, since nothing is computed: numbers are moved, converted, or not even there yet.
MOVED = {"_to_copy", "clone", "convert_element_type", "copy", "fill", "lift_fresh"}
MOVED |= {"nextafter", "resize", "set", "zero"}
MOVED |= {"empty_like", "full_like", "new_empty", "ones_like", "zeros_like"}
# Exempt, since numbers are only read and compared.
READ = {"_local_scalar_dense", "eq", "equal", "ge", "gt", "is_same_size", "le", "lt", "ne"}
# Exempt, since IEEE 754 says how each of these rounds, on every machine.
ARITHMETIC = {"add", "div", "fmod", "mul", "neg", "reciprocal", "remainder", "rsub", "sub"}
# Exempt, since they do one step of such arithmetic after the other, in one order.
ARITHMETIC |= {"cumsum", "hardtanh", "leaky_relu", "leaky_relu_backward", "mse_loss_backward", "threshold_backward"}
# Exempt, since these powers are computed as products.
PRODUCTS = (-2, -1, 1, 2, 3)
# A product is added to something: some processors round it first, and some do not. There is no third way.
FUSED = {"add", "addcdiv", "addcmul", "addr", "lerp", "rsub", "sub"}
# So it is where numbers have two parts.
FUSED_COMPLEX = {"div", "mul", "reciprocal"}
# Sums, with the axes along which their operands are summed ("sum" and "mean" are told): here it is the order that
# differs. Where each order gives the same, as for small integers, nothing changes.
SUMS = {"dot": ((0, -1), (1, -1)), "mm": ((0, -1), (1, -2)), "addmm": ((1, -1), (2, -2)), "sum": (), "mean": ()}
SUMS |= {"mv": SUMS["dot"], "bmm": SUMS["mm"], "addmv": ((1, -1), (2, -1)), "baddbmm": SUMS["addmm"]}

WIDER = {torch.float16: torch.float64, torch.bfloat16: torch.float64, torch.float32: torch.float64}
WIDER[torch.complex64] = torch.complex128
INEXACT = {*WIDER, *WIDER.values()}
# What agrees in so many binary digits with what a tensor can hold is taken for exact.
DIGITS = 40


@contextlib.contextmanager
def another_machine(seed: int) -> Iterator[None]:
    """Let what PyTorch, `math` and NumPy compute be rounded as another machine might, as long as this is entered.

    Args:
        seed: Which machine. An even seed and the next one are opposites: where one rounds up, the other rounds down.
    """
    with rounded_otherwise(seed), OtherRounding(seed):
        yield


class OtherRounding(TorchDispatchMode):
    """Replace each inexact result of PyTorch by another that is just as right, as long as this mode is entered.

    The same operation on the same numbers gives the same result each time, as on any machine: what compares `f(x)` with
    `f(x)` stays true.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    @classmethod
    def is_infra_mode(cls) -> bool:
        """Whether torch.compile may capture in this mode: what it makes runs in it like all else."""
        return True

    def __torch_dispatch__(self, func: Callable, types: tuple, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Run one operation, and change the results that another machine could give otherwise."""
        kwargs, operation = kwargs or {}, _operation(func)
        if not operation.is_rounded(args, kwargs):
            return func(*args, **kwargs)
        before = tree_map_only(torch.Tensor, torch.clone, (args, kwargs)) if operation.written else (args, kwargs)
        returned, results = operation.run(args, kwargs)
        exact = reordered = results
        # What cannot be run again, for want of a version in double precision, stays as it is.
        with warnings.catch_warnings(action="ignore"), contextlib.suppress(RuntimeError, TypeError, ValueError):
            if any(result.dtype in WIDER for result in results):
                exact = operation.run(*tree_map(_widened, before))[1]
            if operation.name in SUMS:
                reordered = operation.run(*self._reordered(operation, *before))[1]
        for same in zip(results, exact, reordered, strict=True):
            if all(_has_numbers(one) and one.dtype in INEXACT and one.shape == same[0].shape for one in same):
                parts = map(torch.view_as_real, same) if same[0].is_complex() else same
                self._round(operation.name, before, *parts)
        return returned

    def _reordered(self, operation: _Operation, args: tuple, kwargs: dict) -> tuple[list, dict]:
        """Return the operands of a sum with what is added in another order."""
        args, axes = list(args), SUMS[operation.name]
        if not axes:
            dim = operation.named(args, kwargs).get("dim", operation.named(args, kwargs).get("dims"))
            axes = [(0, axis) for axis in dim or range(args[0].dim())]
        for place, axis in axes:
            generator = torch.Generator().manual_seed(self._seed // 2)
            order = torch.randperm(args[place].shape[axis], generator=generator)
            args[place] = args[place].resolve_conj().resolve_neg().index_select(axis, order)
        return args, kwargs

    def _round(
        self, name: str, operands: tuple, result: torch.Tensor, exact: torch.Tensor, reordered: torch.Tensor
    ) -> None:
        """Put one of two right results in the place of each number.

        Args:
            name: The operation.
            operands: What it was given.
            result: What it gave here, to be changed.
            exact: The same in double precision.
            reordered: The same in another order, where it is a sum.
        """
        is_double = result.dtype == torch.float64
        if not is_double and torch.equal(result.double(), exact) and torch.equal(result, reordered):
            return
        nearest = exact.to(result.dtype)
        if name in SUMS:
            one, other = nearest, reordered
        elif name in FUSED | FUSED_COMPLEX:
            one, other = nearest, result
        elif is_double:
            # There is no wider type to ask, so the next numbers on both sides are taken for as right.
            one, other = _next(result, torch.inf), _next(result, -torch.inf)
            is_certain = _has_few_digits(result) | _is_given(result, operands)
            one, other = (torch.where(is_certain, result, number) for number in (one, other))
        else:
            beyond = torch.where(exact > nearest, _next(nearest, torch.inf), _next(nearest, -torch.inf))
            is_exact = (nearest - exact).abs() <= exact.abs() * 2.0**-DIGITS
            one, other = nearest.clone(), torch.where(is_exact, nearest, beyond)
            one, other = torch.minimum(one, other), torch.maximum(one, other)
        chosen = torch.where(self._coin(name, exact), one, other)
        # What is too large or too small, and ends as inf or 0, does so everywhere.
        result.copy_(torch.where(result.isfinite() & chosen.isfinite() & (nearest != 0), chosen, result))

    def _coin(self, name: str, exact: torch.Tensor) -> torch.Tensor:
        """Toss a coin for each number: a hash of the operation and the number, turned over for odd seeds."""
        key = zlib.crc32(f"{name} {self._seed // 2}".encode()) * 0x5851F42D
        mixed = (exact.double().view(torch.int64) ^ key) * -0x61C8864680B583EB
        return (mixed >> 40 & 1) == (self._seed & 1)


@dataclass(frozen=True)
class _Operation:
    """What is to be known of an operation of PyTorch.

    Attributes:
        func: The operation.
        name: Its name, the same for variants that work in place or on lists: `exp` for `_foreach_exp_`.
        written: The names of the operands that it writes into.
        is_exempt: Whether nothing is computed in it that machines could round otherwise, or it cannot be run again: it draws
            random numbers, returns its operands, or is not PyTorch's own.
    """

    func: Callable
    name: str
    written: tuple[str, ...]
    is_exempt: bool

    def is_rounded(self, args: tuple, kwargs: dict) -> bool:
        """Whether machines may differ in how its results are rounded."""
        if self.is_exempt or (self.name == "pow" and args[1] in PRODUCTS):
            return False
        if self.name in ARITHMETIC:
            has_product = self.name in FUSED and kwargs.get("alpha", 1) != 1
            if not has_product and not (self.name in FUSED_COMPLEX and any(map(_is_complex, args))):
                return False
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        return bool(tensors) and all(map(_has_numbers, tensors))

    def named(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        """Return the operands by their names."""
        return dict(zip((one.name for one in self.func._schema.arguments), args, strict=False)) | kwargs

    def run(self, args: tuple, kwargs: dict) -> tuple[Any, list[torch.Tensor]]:
        """Return what the operation returns, and the tensors that it made or wrote into."""
        returned, named = self.func(*args, **kwargs), self.named(args, kwargs)
        results = tree_leaves([named.get(name) for name in self.written] if self.written else returned)
        return returned, [result for result in results if isinstance(result, torch.Tensor)]


@functools.cache
def _operation(func: Callable) -> _Operation:
    """Return what is to be known of an operation."""
    name = func._schema.name.partition("::")[2].removeprefix("_foreach_").rstrip("_")
    written = tuple(one.name for one in func._schema.arguments if one.alias_info and one.alias_info.is_write)
    shares = any(one.alias_info and not one.alias_info.is_write for one in func._schema.returns)
    is_random = torch.Tag.nondeterministic_seeded in func.tags
    is_exempt = shares or is_random or func.namespace not in PYTORCH or name in MOVED | READ
    return _Operation(func, name, written, is_exempt)


def _widened(leaf: Any) -> Any:
    """Return an operand in double precision; a Python number was rounded to the precision of the others first."""
    if isinstance(leaf, torch.Tensor):
        rounded = leaf.float() if leaf.dtype == torch.float64 else leaf
        return rounded.to(WIDER.get(rounded.dtype, rounded.dtype), copy=True)
    if isinstance(leaf, float):
        return torch.tensor(leaf, dtype=torch.float32).item()
    return WIDER.get(leaf, leaf) if isinstance(leaf, torch.dtype) else leaf


def _has_numbers(tensor: torch.Tensor) -> bool:
    """Whether a tensor holds a number for each element: a sparse one leaves out zeros, some devices hold nothing."""
    return tensor.is_cpu and tensor.layout == torch.strided and not tensor._is_zerotensor()


def _next(numbers: torch.Tensor, way: float) -> torch.Tensor:
    """Return the next numbers that a tensor can hold, on the way to inf or -inf."""
    return torch.nextafter(numbers, torch.full_like(numbers, way))


def _has_few_digits(numbers: torch.Tensor) -> torch.Tensor:
    """Whether each double ends in zeros: it is no result of rounding."""
    mantissa = torch.frexp(numbers).mantissa * 2.0**DIGITS
    return mantissa == mantissa.round()


def _is_given(numbers: torch.Tensor, operands: tuple) -> torch.Tensor:
    """Whether each number is one of the operands, up to its sign, as results of `abs` and `max` are."""
    leaves = [leaf for leaf in tree_leaves(operands) if isinstance(leaf, torch.Tensor | float)]
    given = [torch.as_tensor(leaf).double().flatten() for leaf in leaves if not _is_complex(leaf)]
    return torch.isin(numbers.abs(), torch.cat(given).abs()) if given else torch.zeros_like(numbers, dtype=torch.bool)


def _is_complex(operand: Any) -> bool:
    return isinstance(operand, torch.Tensor) and operand.is_complex()
