"""PyTorch's own list of operations, each under the name that a user writes, with seeded sample inputs.

PyTorch keeps the list for its tests. It is not a public interface, and it needs the package expecttest.
"""

from __future__ import annotations

import itertools
import operator
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import torch
from torch.utils._pytree import tree_map_only

DTYPES = (torch.float64, torch.complex128, torch.float32)
# Some generators yield thousands of samples: we choose among this many.
LOOKED_AT = 60
# Entries that compute the input first, from two factors: what is seen there is not the operation's.
COMPOSED = {("linalg.pinv", "singular"), ("pca_lowrank", ""), ("svd_lowrank", "")}


@dataclass(frozen=True)
class Sample:
    """One call of an operation.

    Attributes:
        name: The name of the operation.
        function: What to call: the operation, or a function around it where its list entry has one.
        args: The positional arguments; the first one is the operation's input.
        kwargs: The other arguments.
    """

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def map(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Sample:
        """Return the same call with each tensor among the arguments replaced by what `change` makes of it."""
        args, kwargs = tree_map_only(torch.Tensor, change, (self.args, self.kwargs))
        return replace(self, args=args, kwargs=kwargs)

    def call(self) -> Any:
        """Call the operation."""
        return self.function(*self.args, **self.kwargs)


@dataclass(frozen=True)
class Operation:
    """One operation, with all entries that PyTorch's list has for it: `max` has three.

    Attributes:
        name: The name that a user writes: `torch.exp`, `torch.Tensor.view`.
        infos: The entries of the list, of PyTorch's type OpInfo.
    """

    name: str
    infos: tuple[Any, ...]

    def samples(self, seed: int, number: int, dtype: torch.dtype | None = None) -> Iterator[Sample]:
        """Yield sample calls, whose tensors require a gradient where the list has them do so.

        Args:
            seed: What the random numbers start from; it also decides which of the list's samples are taken.
            number: How many samples to yield at most for each entry of the list.
            dtype: The dtype of the samples; None for the first of `DTYPES` that an entry supports.
        """
        for info in self.infos:
            if in_dtype := dtype or dtype_of(info):
                for sample in _chosen(info, seed, number, in_dtype):
                    yield Sample(self.name, info.op, (sample.input, *sample.args), dict(sample.kwargs))


def operations() -> Iterator[Operation]:
    """Yield the operations that PyTorch lists as differentiable, in alphabetical order."""
    from torch.testing._internal.common_methods_invocations import op_db

    infos = [info for info in op_db if info.supports_autograd and dtype_of(info) and not _is_composed(info)]
    infos.sort(key=lambda info: (name_of(info), info.variant_test_name))
    for name, group in itertools.groupby(infos, key=name_of):
        yield Operation(name, tuple(group))


def name_of(info: Any) -> str:
    """Return the name under which a user reaches an entry of the list."""
    name: str = info.name.removeprefix("torch.")
    for module in ("torch", "torch.Tensor", "torch.ops.aten"):
        try:
            found = operator.attrgetter(f"{module}.{name}".removeprefix("torch."))(torch)
        except AttributeError:
            continue
        # torch.double is a dtype; the operation is a method.
        if not isinstance(found, torch.dtype):
            return f"{module}.{name}"
    return name


def dtype_of(info: Any) -> torch.dtype | None:
    """Return the dtype in which an entry of the list is measured, None where it has no differentiable one."""
    return next((dtype for dtype in DTYPES if info.supports_dtype(dtype, "cpu")), None)


def _is_composed(info: Any) -> bool:
    return (info.name, info.variant_test_name) in COMPOSED


def _chosen(info: Any, seed: int, number: int, dtype: torch.dtype) -> list[Any]:
    """Return some of the first samples of the list, others for another seed."""
    torch.manual_seed(seed)
    samples = list(itertools.islice(info.sample_inputs("cpu", dtype, requires_grad=True), LOOKED_AT))
    places = random.Random(seed).sample(range(len(samples)), min(number, len(samples)))
    return [samples[place] for place in sorted(places)]


@contextmanager
def outside_of_its_tests() -> Iterator[None]:
    """Let PyTorch's list yield samples without what only its own tests need, which takes ten times as long.

    It looks through the whole stack for the test that asks, and seeds each kind of device; one that is not there notes
    a traceback.
    """
    from torch.testing._internal import common_utils
    from torch.testing._internal.opinfo import core

    with (
        mock.patch.object(common_utils, "extract_test_fn", lambda: None),
        mock.patch.object(core, "extract_test_fn", lambda: None),
        mock.patch.object(torch, "manual_seed", torch.default_generator.manual_seed),
    ):
        yield


@contextmanager
def without_seeds() -> Iterator[None]:
    """Let random operations be random: the list seeds each call of them."""
    from torch.testing._internal import common_methods_invocations as listed

    with mock.patch.object(listed, "wrapper_set_seed", lambda operation, *args, **kwargs: operation(*args, **kwargs)):
        yield
