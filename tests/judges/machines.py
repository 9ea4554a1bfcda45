"""Judge outputs: is there one that another machine would print otherwise?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograd_notes.engine import kernel, session, tutorial
from autograd_notes.engine.accept import run
from autograd_notes.engine.drift import Drift, find_drifts
from autograd_notes.engine.session import Outcome
from autograd_notes.engine.transcript import Block, InputError, Statement
from tests.judges.problem import Problem
from tests.judges.project import Project
from tests.judges.rounding import another_machine

# Two machines that are opposites: where one rounds a number up, the other rounds it down.
SEEDS = (0, 1)
REMEDY = (
    "The last digits are the machine's. Print an exact number, fewer digits (round(x.item(), 3)), or a comparison with "
    "a bound (abs(x - y) < 1e-6), and `make accept`; snippets/README.md has the rule, 5."
)


def judge_machines(work: Project, stem: str) -> list[Problem]:
    """Name each statement of a page's code whose documented output another machine would not print.

    Raises:
        InputError: The code cannot be read.
    """
    name, is_tutorial = work.snippet_name(stem), work.is_tutorial(stem)
    if is_tutorial:
        blocks = tutorial.blocks(tutorial.read_file(work.root / name))
    else:
        blocks = [section.block for section in work.sections(stem)]
    found: dict[int, Drift] = {}
    try:
        for seed in SEEDS:
            outcomes = (_run_in_a_kernel if is_tutorial else _run_here)(blocks, name, seed)
            found |= {drift.statement.line: drift for drift in find_drifts(blocks, outcomes)}
        if found:
            # What this machine does not print either is a drift, and reported as one.
            for drift in find_drifts(blocks, run(Path(name), blocks)):
                found.pop(drift.statement.line, None)
    except InputError as error:
        return [Problem(name, error.line, f"on another machine: {error.problem}", REMEDY)]
    what = "another machine would print this otherwise (- documented, + there)"
    return [Problem(name, line, f"{what}\n{drift}", REMEDY) for line, drift in found.items()]


def _run_here(blocks: Sequence[Block], name: str, seed: int) -> list[list[Outcome]]:
    with another_machine(seed):
        return session.run(blocks, name)


def _run_in_a_kernel(blocks: Sequence[Block], name: str, seed: int) -> list[list[Outcome]]:
    code = (
        f"import sys\nsys.path.append({str(Path(__file__).parents[2])!r})\n"
        f"from {another_machine.__module__} import another_machine as _machine\n"
        f"_machine = _machine({seed})\n_machine.__enter__()\n"
    )
    first = Block(0, "machine", True, (Statement(code, "", 0),))
    return kernel.run_anew([first, *blocks], name)[1:]
