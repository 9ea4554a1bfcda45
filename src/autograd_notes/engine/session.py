"""Run the blocks of a transcript, each session in a process of its own, and keep what Python prints."""

from __future__ import annotations

import doctest
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace

from autograd_notes.engine import fork_server, pytorch
from autograd_notes.engine.console import Finished, Refused, Session
from autograd_notes.engine.kept import kept
from autograd_notes.engine.outcome import TRACEBACK, Outcome, Picture, draw, scrub
from autograd_notes.engine.transcript import Block, InputError, Statement

# What those who run blocks need beside.
__all__ = ["TRACEBACK", "Outcome", "Picture", "draw", "scrub"]

# How long a statement may take, and how much it may print or draw.
SECONDS = 60
CHARACTERS = 1_000_000
# How many times as long in a process that was prepared to do more.
PREPARED = 10
# Where it is set, a preview shows what is documented, and nothing is run: for who mends a sentence, without PyTorch.
DRAFT = "AUTOGRAD_NOTES_DRAFT"
# Here, and elsewhere.
HASH_SEEDS = (0, 1)

RunSession = Callable[[Session, int, float], fork_server.Result]


def run(blocks: Sequence[Block], name: str) -> list[list[Outcome]]:
    """Run the blocks in order, each in its session, and return the outcomes of each block's statements.

    Every session starts with an empty `__main__` and the same PyTorch state, in a process in which nothing else ran.

    Args:
        blocks: The blocks of one file or page.
        name: That file or page, for messages.

    Returns:
        A list for each block, with an `Outcome` for each of its statements.

    Raises:
        InputError: A statement ends the process, does not end, prints too much or waits for input; or an output
            depends on random numbers that were never seeded. It names the statement.
        ModuleNotFoundError: PyTorch is not installed.
    """
    return _run(blocks, name, fork_server.run, os.getcwd(), HASH_SEEDS[0])  # noqa: PTH109


def run_once(blocks: Sequence[Block], name: str) -> list[list[Outcome]]:
    """Run the blocks as `run` does, but each session once for each text of its statements.

    What nothing else reaches does the same again: languages, rebuilds and the builds of a day share one run
    (`engine/kept.py`). A draft shows what is documented.
    """
    if DRAFT in os.environ:
        return [[Outcome(statement.documented) for statement in block.statements] for block in blocks]
    return _run(blocks, name, _run_or_read, os.getcwd(), HASH_SEEDS[0])  # noqa: PTH109


def run_prepared(blocks: Sequence[Block], name: str, module: str, before: str) -> list[list[Outcome]]:
    """Run the blocks as `run` does, in processes that some code prepares, with a module, and may slow down."""

    def run_session(session: Session, hash_seed: int, seconds: float) -> fork_server.Result:
        return fork_server.run(replace(session, module=module, before=before), hash_seed, PREPARED * seconds)

    return _run(blocks, name, run_session, os.getcwd(), HASH_SEEDS[0])  # noqa: PTH109


def run_elsewhere(blocks: Sequence[Block], name: str) -> list[list[Outcome]]:
    """Run the blocks as `run` does, but in another folder, and with another order in sets."""
    with tempfile.TemporaryDirectory() as folder:
        return _run(blocks, name, fork_server.run, folder, HASH_SEEDS[1])


def _run_or_read(session: Session, hash_seed: int, seconds: float) -> fork_server.Result:
    def lasts(result: fork_server.Result) -> bool:
        # What was refused may have been slow on a busy machine.
        return isinstance(result[1], Finished)

    return kept((session, hash_seed, seconds), lambda: fork_server.run(session, hash_seed, seconds), lasts)


def _run(
    blocks: Sequence[Block], name: str, run_session: RunSession, folder: str, hash_seed: int
) -> list[list[Outcome]]:
    outcomes: dict[int, list[Outcome]] = {}
    for session in dict.fromkeys(block.session for block in blocks):
        numbers = [number for number, block in enumerate(blocks) if block.session == session]
        group = [blocks[number] for number in numbers]
        runs = []
        for seed in pytorch.SEEDS:
            results, is_unseeded = _run_session(group, name, run_session, folder, hash_seed, seed)
            runs.append(results)
            if not is_unseeded:
                break
        else:
            first, again = runs
            problem = "this output depends on chance: {}, then {}."
            refuse_difference(group, first, again, name, problem, pytorch.ADVICE)
        outcomes.update(zip(numbers, runs[0], strict=True))
    return [outcomes[number] for number in range(len(blocks))]


def _run_session(
    blocks: Sequence[Block], name: str, run_session: RunSession, folder: str, hash_seed: int, seed: int
) -> tuple[list[list[Outcome]], bool]:
    """Run one session; also say whether it drew random numbers without a seed of its own."""
    running = [statement for block in blocks for statement in block.statements if not _is_skipped(statement)]
    code = tuple((statement.source, statement.mode) for statement in running)
    found, end = run_session(Session(code, seed, folder, CHARACTERS), hash_seed, SECONDS)
    if isinstance(end, Refused):
        # Python itself may fail when it ends, behind the last one.
        statement = running[min(len(found), len(running) - 1)]
        raise InputError(name, statement.line, end.problem, end.remedy, statement)
    outcomes = iter(found)
    results = [
        [Outcome(one.documented) if _is_skipped(one) else next(outcomes) for one in block.statements]
        for block in blocks
    ]
    return results, end.is_unseeded


def _is_skipped(statement: Statement) -> bool:
    return bool(statement.flags & doctest.SKIP)


def refuse_difference(
    blocks: Sequence[Block],
    outcomes: Sequence[Sequence[Outcome]],
    again: Sequence[Sequence[Outcome]],
    name: str,
    problem: str,
    remedy: str,
) -> None:
    """Compare two runs of the same blocks.

    Args:
        blocks: The blocks.
        outcomes: What they did.
        again: What they did in the second run.
        name: Their file, for messages.
        problem: What to say of an output that differs, with a place for each of the two.
        remedy: What to do about it.

    Raises:
        InputError: An output of the second run is not that of the first.
    """
    for block, first, second in zip(blocks, outcomes, again, strict=True):
        for statement, one, other in zip(block.statements, first, second, strict=True):
            if one.output != other.output:
                shown = (repr(outcome.output.strip()) for outcome in (one, other))
                raise InputError(name, statement.line, problem.format(*shown), remedy, statement)
