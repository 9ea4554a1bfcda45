"""Judge outputs: is there one that another machine would print otherwise?

That takes minutes for all pages, and comes out the same as long as nothing changes: `python -m tests.judges.machines`
judges what has changed, and writes down for what there is nothing to say. `make test` judges the rest each time.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from autograd_notes.engine import files, session, tutorial
from autograd_notes.engine.drift import Drift, find_drifts
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.transcript import Block, InputError
from autograd_notes.releases.examples import digest_of_file
from tests.judges import functions, rounding
from tests.judges.problem import Problem, listed
from tests.judges.project import LANGUAGES, Project
from tests.judges.rounding import another_machine

RECORD = Path(__file__).with_suffix(".txt")

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
    name, blocks = work.snippet_name(stem), _blocks(work, stem)
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


def all_stems(work: Project) -> list[str]:
    """Return the stems of all pages with code."""
    return [*work.snippet_stems(), *filter(work.is_tutorial, work.page_stems(LANGUAGES[0]))]


def is_recorded(work: Project, stem: str) -> bool:
    """Whether a page's code was judged as it is now, and there was nothing to say."""
    try:
        return _line(work, stem) in _recorded(RECORD.stat().st_mtime_ns)
    except InputError:
        # Who judges it says why.
        return False


def record(work: Project) -> list[Problem]:
    """Judge what is not recorded, record what there is nothing to say of, and return the rest."""
    found = {stem: judge_machines(work, stem) for stem in all_stems(work) if not is_recorded(work, stem)}
    lines = sorted(_line(work, stem) for stem in all_stems(work) if not found.get(stem))
    RECORD.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [problem for problems in found.values() for problem in problems]


def _line(work: Project, stem: str) -> str:
    """Return a page's line in the record: its name, and what the judgement depends on."""
    return f"{stem} {_judge()} {digest_of_file(_blocks(work, stem))}"


@functools.cache
def _judge() -> str:
    """Return a name for what judges: PyTorch, and the code of the simulation."""
    code = "".join(inspect.getsource(module) for module in (functions, rounding, sys.modules[__name__]))
    return f"{torch.__version__.partition('+')[0]} {hashlib.sha256(code.encode()).hexdigest()[:12]}"


@functools.lru_cache(maxsize=1)
def _recorded(changed: int) -> frozenset[str]:
    """Return the lines of the record, read once for each time it changed."""
    return frozenset(RECORD.read_text(encoding="utf-8").splitlines())


def _blocks(work: Project, stem: str) -> list[Block]:
    if work.is_tutorial(stem):
        return tutorial.blocks(tutorial.read_file(work.root / work.snippet_name(stem)))
    return [section.block for section in work.sections(stem)]


def _run_there(blocks: Sequence[Block], name: str, seed: int) -> list[list[Outcome]]:
    """Run the blocks in processes that compute as another machine might."""
    module = another_machine.__module__
    # What is entered stays so for as long as somebody holds it.
    code = f"import {module} as module\nmodule.entered = module.another_machine({seed})\nmodule.entered.__enter__()"
    return session.run_prepared(blocks, name, module, code)


def main() -> int:
    """Judge and record what has changed; return the exit code: 1 where there is something to say."""
    problems = record(Project(Path.cwd()))
    print(listed(problems) or f"{RECORD.relative_to(Path.cwd())}: nothing would be printed otherwise.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
