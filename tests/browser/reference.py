"""Run a program of the playground's language in PyTorch, and describe what came of it as the playground does."""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import warnings
from typing import Any

import torch

from autograd_notes.engine.outcome import scrub

# Describes a run of the playground in the same terms. It is given to the browser.
IN_THE_PLAYGROUND = """(program) => {
  const { results, variables } = playground.interpreter.run(program)
  const { Tensor } = playground.tensors
  const describe = (tensor) => tensor && { shape: tensor.shape, dtype: tensor.dtype, values: tensor.values().map(Number) }
  const graph = (tensor) => {
    if (tensor.isStale) return null
    const numbers = new Map()
    const found = []
    const visit = (node) => {
      if (!node) return null
      if (numbers.has(node)) return numbers.get(node)
      numbers.set(node, numbers.size)
      const entry = [node.fullName, []]
      found.push(entry)
      entry[1] = node.edges.map(visit)
      return numbers.get(node)
    }
    visit(tensor.node)
    return found
  }
  const tensors = [...variables].filter(([, value]) => value instanceof Tensor)
  return {
    results: results.map(({ line, printed, error }) => ({
      line,
      printed,
      error: error && (error.unknown === undefined ? `${error.type}: ${error.message}` : null),
      unknown: error?.unknown === undefined ? null : `${error.reason}: ${error.unknown}`,
    })),
    tensors: Object.fromEntries(
      tensors.map(([name, tensor]) => [
        name,
        {
          ...describe(tensor),
          requires_grad: tensor.requiresGrad,
          is_leaf: tensor.isLeaf,
          grad: tensor.isLeaf || tensor.retainsGrad ? describe(tensor.grad) : null,
          graph: graph(tensor),
        },
      ]),
    ),
  }
}"""


def run(program: str) -> dict[str, Any]:
    """Run a program as Python's prompt does, going on after an error."""
    namespace: dict[str, Any] = {"torch": torch}
    lines = program.split("\n")
    results = []
    with torch.enable_grad():
        for statement in _statements(lines):
            results.append({"line": statement.lineno, **_run(statement, namespace)})
    tensors = {name: value for name, value in namespace.items() if isinstance(value, torch.Tensor)}
    return {"results": results, "tensors": {name: _describe_variable(tensor) for name, tensor in tensors.items()}}


def _statements(lines: list[str]) -> list[ast.stmt]:
    return ast.parse("\n".join(lines)).body


def _run(statement: ast.stmt, namespace: dict[str, Any]) -> dict[str, Any]:
    printed: list[str] = []
    error = None
    out = io.StringIO()

    def say() -> None:
        if text := out.getvalue():
            printed.append(text.removesuffix("\n"))
        out.seek(0)
        out.truncate()

    def show(value: object) -> None:
        say()
        if value is not None:
            printed.append(repr(value))

    def warn(message, category, *_: object) -> None:
        say()
        printed.append(f"{category.__name__}: {str(message).partition(' (Triggered')[0]}")

    code = compile(ast.Interactive([statement]), "<program>", "single")
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = warn
        before, sys.displayhook = sys.displayhook, show
        try:
            exec(code, namespace)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        finally:
            sys.displayhook = before
            say()
    return {"printed": [scrub(text) for text in printed], "error": error and scrub(error)}


def _describe(tensor: torch.Tensor | None) -> dict[str, Any] | None:
    if tensor is None:
        return None
    values = [float(value) for value in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch."), "values": values}


def _describe_variable(tensor: torch.Tensor) -> dict[str, Any]:
    keeps = tensor.is_leaf or tensor.retains_grad
    return {
        **_describe(tensor),
        "requires_grad": tensor.requires_grad,
        "is_leaf": tensor.is_leaf,
        "grad": _describe(tensor.grad) if keeps else None,
        "graph": _graph(tensor),
    }


def _graph(tensor: torch.Tensor) -> list[list[Any]]:
    numbers: dict[Any, int] = {}
    found: list[list[Any]] = []

    def visit(node: Any) -> int | None:
        if node is None or node in numbers:
            return numbers.get(node)
        numbers[node] = len(numbers)
        entry = [node.name(), []]
        found.append(entry)
        entry[1] = [visit(edge) for edge, _ in node.next_functions]
        return numbers[node]

    visit(tensor.grad_fn)
    return found
