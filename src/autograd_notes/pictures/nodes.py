"""Walk the nodes that autograd made, from a result down to its leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

LEAF = "torch::autograd::AccumulateGrad"


def walk(root: Any) -> list[Any]:
    """Return the root and all nodes under it: operations, the last one computed first, then leaves as they are met."""
    found, waiting = {root: None}, [root]
    while waiting:
        for source, _ in waiting.pop().next_functions:
            if source is not None and source not in found:
                found[source] = None
                waiting.append(source)
    operations = [node for node in found if node is not root and not is_leaf(node)]
    operations = [root, *sorted(operations, key=lambda node: -node._sequence_nr())]
    sources = [source for node in operations for source, _ in node.next_functions if source is not None]
    return [*operations, *dict.fromkeys(source for source in sources if is_leaf(source))]


def edges_of(nodes: Sequence[Any]) -> Iterator[tuple[int, int, int]]:
    """Yield source, target and output of every edge."""
    numbers = {node: number for number, node in enumerate(nodes)}
    for target, node in enumerate(nodes):
        for source, output in node.next_functions:
            if source is not None:
                yield numbers[source], target, output


def is_leaf(node: Any) -> bool:
    """Whether a node adds gradients into a leaf tensor."""
    return bool(node.name() == LEAF)
