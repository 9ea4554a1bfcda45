"""Judge outputs: is there one that another machine would print otherwise?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograd_notes.engine import files, session, tutorial
from autograd_notes.engine.drift import Drift, find_drifts
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.transcript import Block, InputError
from tests.judges.problem import Problem
from tests.judges.project import Project
from tests.judges.rounding import another_machine

# Two machines that are opposites: where one rounds a number up, the other rounds it down.
SEEDS = (0, 1)
REMEDY = (
    "The last digits are the machine's. Print an exact number, fewer digits (round(x.item(), 3)), or a comparison with "
    "a bound (abs(x - y) < 1e-6), and `make accept`; snippets/README.md has the rule, 5."
)
# The start of what PyTorch does not check in a mode, such as the one that rounds otherwise.
UNCHECKED = "The eigenvectors in the complex case are specified"


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
            outcomes = _run_there(blocks, name, seed)
            found |= {drift.statement.line: drift for drift in find_drifts(blocks, outcomes)}
        found = {line: drift for line, drift in found.items() if UNCHECKED not in drift.statement.documented}
        if found:
            # What this machine does not print either is a drift, and reported as one.
            for drift in find_drifts(blocks, files.run(Path(name), blocks)):
                found.pop(drift.statement.line, None)
    except InputError as error:
        return [Problem(name, error.line, f"on another machine: {error.problem}", REMEDY)]
    what = "another machine would print this otherwise (- documented, + there)"
    return [Problem(name, line, f"{what}\n{drift}", REMEDY) for line, drift in found.items()]


def _run_there(blocks: Sequence[Block], name: str, seed: int) -> list[list[Outcome]]:
    """Run the blocks in processes that compute as another machine might."""
    module = another_machine.__module__
    # What is entered stays so for as long as somebody holds it.
    code = f"import {module} as module\nmodule.entered = module.another_machine({seed})\nmodule.entered.__enter__()"
    return session.run_prepared(blocks, name, module, code)
