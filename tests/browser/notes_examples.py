"""The statements of the notes that the playground understands, with what the notes document."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.engine.files import read
from autograd_notes.engine.outcome import TRACEBACK
from autograd_notes.engine.transcript import Statement

# Called in a statement that is left out, these reach tensors that it does not name.
FAR = ("backward", "step", "hook", "detach", "data")


@dataclass(frozen=True)
class Example:
    """A statement, and what the playground did with it.

    Attributes:
        place: Its file and line.
        statement: The statement.
        said: What the playground printed and raised, as a snippet documents it; None where it was left out.
    """

    place: str
    statement: Statement
    said: str | None


def sessions(files: Sequence[Path]) -> list[list[tuple[str, Statement]]]:
    """Return the statements of each session, with their places; figures are left out."""
    found: dict[tuple[Path, str], list[tuple[str, Statement]]] = {}
    for path in files:
        for block in read(path):
            session = found.setdefault((path, block.session), [])
            if block.shows_input:
                session += [(f"{path.name}:{statement.line}", statement) for statement in block.statements]
    return list(found.values())


def run(session: Sequence[tuple[str, Statement]], evaluate: Callable[[str], dict]) -> list[Example]:
    """Run a session in the playground without what it does not understand, and what depends on that.

    Args:
        session: The statements and their places.
        evaluate: Runs a program in the playground and describes what came of it.
    """
    left_out: set[int] = set()
    while True:
        kept = _independent(session, left_out)
        results = evaluate("".join(session[number][1].source for number in kept))["results"]
        stopped = next((at for at, result in enumerate(results) if result["unknown"]), None)
        if stopped is None:
            texts = dict(zip(kept, map(said, results), strict=True))
            return [Example(place, statement, texts.get(number)) for number, (place, statement) in enumerate(session)]
        left_out.add(kept[stopped])


def _independent(session: Sequence[tuple[str, Statement]], left_out: set[int]) -> list[int]:
    """Return the numbers of the statements that depend on none of those that are left out."""
    kept, doubtful, names = [], set(), set()
    for number, (_, statement) in enumerate(session):
        [tree] = ast.parse(statement.source).body
        mentioned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assigned = _assigned(tree)
        names |= mentioned
        if number not in left_out and not (mentioned - assigned) & doubtful:
            doubtful -= assigned
            kept.append(number)
        elif defined := _defined(tree):
            doubtful |= defined
        else:
            doubtful |= names if any(word in statement.source for word in FAR) else mentioned
            doubtful -= {"torch"}
    return kept


def _defined(tree: ast.stmt) -> set[str]:
    """Return the names of a definition or an import, which do nothing yet."""
    if isinstance(tree, ast.FunctionDef | ast.ClassDef):
        return {tree.name}
    return {name.asname or name.name for name in tree.names} if isinstance(tree, ast.Import | ast.ImportFrom) else set()


def _assigned(tree: ast.stmt) -> set[str]:
    """Return the names that a plain assignment sets without reading them."""
    if not isinstance(tree, ast.Assign):
        return set()
    read_names = {node.id for node in ast.walk(tree.value) if isinstance(node, ast.Name)}
    return {target.id for target in tree.targets if isinstance(target, ast.Name)} - read_names


def said(result: dict) -> str:
    """Return what the playground printed and raised, as a snippet documents it."""
    lines = [f"{text}\n" for text in result["printed"]]
    return "".join([*lines, *([f"{TRACEBACK}{result['error']}\n"] if result["error"] else [])])
