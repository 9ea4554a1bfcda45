"""The messages in PyTorch's Python files: what `raise`, `warn`, `assert`, `torch._check` and the like are given to say."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from tests.raised import VALUE, Found, on_one_line, shortened, speaks_of_autograd

# Autograd itself: all that these files say.
WHOLE = (
    "_functorch/apis.py",
    "_functorch/autograd_function.py",
    "_functorch/eager_transforms.py",
    "_functorch/functional_call.py",
    "_functorch/make_functional.py",
    "_functorch/pyfunctorch.py",
    "_functorch/vmap.py",
    "amp/*.py",
    "autograd/[!p]*.py",  # without the profilers
    "autograd/_functions/*.py",
    "func/__init__.py",
    "nn/utils/clip_grad.py",
    "nn/utils/stateless.py",
    "utils/checkpoint.py",
    "utils/hooks.py",
)
# Files of wider use: what they say of autograd.
PARTS = (
    "_functorch/_aot_autograd/runtime_wrappers.py",
    "_tensor.py",
    "multiprocessing/reductions.py",
    "nn/modules/module.py",
    "nn/parameter.py",
    "optim/*.py",
)
# The last one is given what PyTorch says to somebody who sets such hooks where they are off.
SAYS = {"warn", "deprecated", "DelayedError", "disable_saved_tensors_hooks"}
FORMAT = re.compile(r"%[-+ #0-9.]*[sdrif]|\{[^{}]*\}")


def messages(package: Path) -> Iterator[Found]:
    """Yield the messages of autograd.

    Args:
        package: The folder of the package `torch`.
    """
    for pattern in WHOLE + PARTS:
        paths = sorted(package.glob(pattern))
        assert paths, f"PyTorch has no {pattern} any more: adapt the lists in {__file__}"
        for path in paths:
            for text, line in of_file(path):
                if pattern in WHOLE or speaks_of_autograd(text):
                    yield Found(text, f"torch/{path.relative_to(package).as_posix()}:{line}")


def of_file(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the messages of a file, each with its line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node, functions in _with_functions(tree, (tree,)):
        for said in _said(node):
            for text in _texts(said, functions):
                line = on_one_line(text)
                # What is made of values alone cannot be listed.
                if re.search(r"[a-z]{3}", line):
                    yield shortened(line), node.lineno


def _with_functions(node: ast.AST, functions: tuple[ast.AST, ...]) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Yield all nodes of a tree, each with the module and the functions around it, from the outermost."""
    for child in ast.iter_child_nodes(node):
        yield child, functions
        is_function = isinstance(child, ast.FunctionDef)
        yield from _with_functions(child, (*functions, child) if is_function else functions)


def _said(node: ast.AST) -> list[ast.expr]:
    """Return the expression that a statement or call says, in a list; no expression where it says nothing."""
    match node:
        case ast.Raise(exc=ast.Call(args=[said, *_])):
            return [said]
        case ast.Assert(msg=ast.expr() as said):
            return [said]
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[said, *_]) if name in SAYS:
            return [said]
        case ast.Call(func=ast.Attribute(attr=name), args=[_, ast.Lambda(body=said), *_]) if name.startswith("_check"):
            return [said]
    return []


def _texts(said: ast.expr, functions: tuple[ast.AST, ...]) -> list[str]:
    """Return each text that an expression can be, with `VALUE` where only a run would show it."""
    match said:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Constant(value=bytes(text)):
            return [text.decode()]
        case ast.JoinedStr(values=values):
            return ["".join(part.value if isinstance(part, ast.Constant) else VALUE for part in values)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a, b in itertools.product(_texts(left, functions), _texts(right, functions))]
        case ast.BinOp(left=left, op=ast.Mod()) | ast.Call(func=ast.Attribute(value=left, attr="format")):
            return [FORMAT.sub(VALUE, text) for text in _texts(left, functions)]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body, functions), *_texts(orelse, functions)]
        case ast.Name(id=name):
            return _assigned(name, functions) or [VALUE]
        case ast.Call(func=ast.Name(id=name)):
            return _returned(name, functions) or [VALUE]
    return [VALUE]


def _assigned(name: str, functions: tuple[ast.AST, ...]) -> list[str]:
    """Return the texts that a name is given in the innermost function that gives it one."""
    for place in range(len(functions), 0, -1):
        # A name may be made of itself: that is looked up further out, where it ends.
        outer = functions[: place - 1]
        found = []
        for node, around in _with_functions(functions[place - 1], functions[:place]):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if (
                    target == name and around[-1] in functions
                ):
                    found += _texts(value, outer)
                case ast.AugAssign(target=ast.Name(id=target), value=value) if target == name:
                    found = [text + more for text in found or [VALUE] for more in _texts(value, outer)]
        if found:
            return found
    return []


def _returned(name: str, functions: tuple[ast.AST, ...]) -> list[str]:
    """Return the texts that a function of the module returns."""
    module = functions[0]
    return [
        text
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef) and function.name == name
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value
        for text in _texts(node.value, (module, function))
    ]
