"""The table of operations as it is now: what was seen on the samples of each, merged."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch

from autograd_notes.operations import measure
from autograd_notes.operations.record import OR, SOMETIMES, Row, Table
from autograd_notes.operations.samples import Operation, operations, outside_of_its_tests

SEEDS = (0, 1)
SAMPLES = 5


def names(found: Sequence[set[str]]) -> str:
    """Merge sets of names: those of all samples, then those of some, marked."""
    always = set.intersection(*found)
    return " ".join([*sorted(always), *(f"{name}{SOMETIMES}" for name in sorted(set.union(*found) - always))])


def union(found: Sequence[set[str]]) -> str:
    """Merge sets of names where it does not matter which sample has which."""
    return " ".join(sorted(set.union(*found)))


def alternatives(found: Sequence[set[str]]) -> str:
    """Merge sets of words, of which any can be what one meets."""
    return OR.join(sorted(set.union(*found)))


def word(found: Sequence[str]) -> str:
    """Merge words: the one of all samples, or each, where samples disagree."""
    return OR.join(sorted(set(found)))


def word_unless_zero(found: Sequence[str]) -> str:
    """Merge words: that something is zero at one point does not count where it is not at another."""
    return word([one for one in found if one != "zero"] or found)


def first(found: Sequence[str]) -> str:
    """Take what is not empty, of the first sample that has such."""
    return next(filter(None, found), "")


# The columns, with the function that fills each for one sample, and the one that merges what the samples say.
COLUMNS: Mapping[str, tuple[Callable[[measure.Call], Any], Callable[[list[Any]], str]]] = {
    "gradient": (measure.gradient, names),
    "not_implemented": (measure.not_implemented, names),
    "derivative": (measure.derivative, word_unless_zero),
    "grad_fn": (measure.grad_fn, union),
    "saves": (measure.saves, names),
    "bytes": (measure.saved_bytes, first),
    "again": (measure.again, word),
    "second": (measure.second, word_unless_zero),
    "forward": (measure.forward, word),
    "vmap": (measure.vmap, word),
    "vmap_gradient": (measure.vmap_gradient, word),
    "view": (measure.view, alternatives),
    "in_place": (measure.in_place, first),
    "result_changed": (measure.result_changed, word),
    "input_changed": (measure.input_changed, names),
    "complex": (measure.complex_numbers, word),
    "repeats": (measure.repeats, word),
}


def row(operation: Operation) -> Row | None:
    """Return the row of an operation, None where no sample of it can be measured."""
    calls = [call for seed in SEEDS for sample in operation.samples(seed, SAMPLES) if (call := measure.prepare(sample))]
    return {name: merge(list(map(see, calls))) for name, (see, merge) in COLUMNS.items()} if calls else None


def measured(operations: Sequence[Operation]) -> Iterator[tuple[str, Row]]:
    """Yield the names and the rows of operations."""
    with _defaults():
        for operation in operations:
            if found := row(operation):
                yield operation.name, found


def measure_all() -> Table:
    """Measure every operation, on all cores."""
    shares = os.cpu_count() or 1
    # Each process reads PyTorch's list itself: what is in it cannot be sent to another.
    with ProcessPoolExecutor(shares) as pool:
        parts = pool.map(share, range(shares), [shares] * shares)
        return {name: row for part in parts for name, row in part.items()}


def share(number: int, shares: int) -> Table:
    """Measure one of several shares of the operations.

    Args:
        number: Which one, from 0.
        shares: How many there are.
    """
    return dict(measured(listed()[number::shares]))


@functools.cache
def listed() -> list[Operation]:
    """Return the operations of PyTorch's list, read once."""
    return list(operations())


@contextmanager
def _defaults() -> Iterator[None]:
    """Measure with one thread, without oneDNN, whose kernels not every processor has, and leave no trace."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            torch.random.fork_rng(),
            outside_of_its_tests(),
            torch.backends.mkldnn.flags(enabled=False),
        ):
            yield
    finally:
        torch.set_num_threads(threads)
