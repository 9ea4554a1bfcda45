"""Judge some pages alone, in seconds: `python -m tests.judges how-to/clip` prints what `make test` would say of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from autograd_notes.engine.drift import find_drifts
from autograd_notes.engine.transcript import InputError
from tests.judges import glossary, machines, parity, prose, sections, stamps
from tests.judges.claims import FORMULA, NUMBER, claims_of, judge_claims
from tests.judges.formulas import FormulaJudge
from tests.judges.numbers import NumberJudge
from tests.judges.problem import Problem, listed
from tests.judges.project import LANGUAGES, Project
from tests.judges.sentences import SentenceJudge

FOLDERS = ("snippets", *(f"docs/{language}" for language in LANGUAGES))
ENDINGS = (".claims.toml", ".md", ".py", ".txt")


def main(arguments: list[str]) -> int:
    """Judge the pages named on the command line; return the exit code: 0 nothing found, 1 something, 2 no such page."""
    project = Project(Path.cwd())
    known = {stem for language in LANGUAGES for stem in project.page_stems(language)}
    stems = list(dict.fromkeys(_stem(argument) for argument in arguments))
    unknown = [stem for stem in stems if stem not in known]
    if unknown or not stems:
        what = f"There is no page {unknown[0]!r}." if unknown else "No page is named."
        print(f"{what}\n  Name one: make judge PAGE=docs/en/notes/scalar.md", file=sys.stderr)
        return 2
    problems = [problem for stem in stems for problem in _judge(project, stem)]
    print(listed(problems) or f"{', '.join(stems)}: nothing found.")
    return 1 if problems else 0


def _stem(argument: str) -> str:
    """Return the stem that a page, its snippet, its claims or its name without an ending stands for."""
    for folder in FOLDERS:
        argument = argument.removeprefix(f"{folder}/")
    return next((argument.removesuffix(end) for end in ENDINGS if argument.endswith(end)), argument) + ".md"


def _judge(project: Project, stem: str) -> Iterator[Problem]:
    names = [project.page_name(language, stem) for language in LANGUAGES]
    if alone := [problem for problem in parity.judge_files(project) if problem.name in names]:
        yield from alone
        return
    try:
        yield from _drifts(project, stem)
        if project.has_snippet(stem):
            yield from machines.judge_machines(project, stem)
        numbers, formulas = NumberJudge(project), FormulaJudge(project)
        english, chinese = (project.page(language, stem) for language in LANGUAGES)
    except InputError as error:
        yield Problem(error.name, error.line, error.problem, error.remedy)
        return
    for page in (english, chinese):
        yield from sections.judge_sections(project, page, stem)
        yield from prose.judge_prose(page, project.runs(stem), project.root)
        yield from numbers.judge(page, stem)
        yield from formulas.judge(page, stem)
    yield from SentenceJudge(project).judge(stem)
    yield from parity.judge_parity(english, chinese)
    yield from stamps.judge_stamp(english, chinese)
    yield from glossary.judge_terms(chinese)
    for kind in (FORMULA, NUMBER):
        yield from (problem for problem in judge_claims(project, kind) if problem.name == claims_of(stem))


def _drifts(project: Project, stem: str) -> Iterator[Problem]:
    for run in project.runs(stem).values():
        for drift in find_drifts([run.section.block], [run.outcomes]):
            line, name = drift.statement.line, project.snippet_name(stem)
            yield Problem(
                name, line, f"output drifted (- documented, + live)\n{drift}", "Record it with `make accept`."
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
