"""Change every documented fact of a working copy once, ask the judges, and say which changes they noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from autograd_notes.engine.dialect import Fence, fences
from autograd_notes.engine.drift import find_drifts
from autograd_notes.engine.transcript import InputError, Statement, read_block, read_text
from tests.judges.formulas import FormulaJudge
from tests.judges.numbers import NumberJudge
from tests.judges.page import Mark, Page, Part, read_page
from tests.judges.parity import judge_parity
from tests.judges.project import LANGUAGES, Project, Run, shown
from tests.judges.prose import judge_prose
from tests.judges.sections import judge_sections
from tests.judges.tex import LETTER
from tests.mutation.mutants import NAME, Change, change_code, change_output, change_tex

OUTPUT, CODE, NUMBER, FORMULA, INCLUDE = "output", "inline code", "number", "formula", "include"


@dataclass(frozen=True)
class Result:
    """One change, and whether anybody noticed.

    Attributes:
        where: What was changed: an output, an inline code, a number, a formula or an include.
        kind: How: digit, sign, dtype, name, word, line, operator.
        name: The file.
        line: Its line, from 1.
        before: The line or piece as it was.
        after: The same, changed.
        noticed: Whether the judges notice the change in this file alone.
        noticed_alike: Whether they notice it where both languages are wrong in the same way.
    """

    where: str
    kind: str
    name: str
    line: int
    before: str
    after: str
    noticed: bool
    noticed_alike: bool


class Mutation:
    """Changes the facts of a working copy, page by page.

    Args:
        project: The working copy.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.formula_judge = FormulaJudge(project)
        self.number_judge = NumberJudge(project)

    def results(self, stem: str) -> list[Result]:
        """Return what became of every change to a snippet and its pages."""
        found = list(self._outputs(stem))
        for language in LANGUAGES:
            if stem in self.project.page_stems(language):
                found += self._page(language, stem)
        return found

    def _outputs(self, stem: str) -> Iterator[Result]:
        """Change the documented outputs of a page's code; what its statements print is the same as ever."""
        name = self.project.snippet_name(stem)
        with_fences = self.project.has_snippet(stem) and not self.project.is_tutorial(stem)
        lines = read_text(self.project.root / name).split("\n") if with_fences else []
        by_line = {fence.line: fence for fence in fences(lines)}
        for run in self.project.runs(stem).values():
            fence = by_line.get(run.section.block.line)
            for statement in run.section.block.statements:
                for change, documented in change_output(_documented(statement, fence)):
                    noticed = _drifts(run, statement, documented, fence, name)
                    yield Result(
                        OUTPUT, change.kind, name, statement.line, change.before, change.text, noticed, noticed
                    )

    def _page(self, language: str, stem: str) -> Iterator[Result]:
        page, runs = self.project.page(language, stem), self.project.runs(stem)
        letters = {
            letter for part in page.parts for formula in part.formulas for letter in LETTER.findall(formula.text)
        }
        for part in page.parts:
            names = {name for run in shown(part.includes, runs) for code in run.inputs for name in NAME.findall(code)}
            for code in part.codes:
                yield from self._marked(page, stem, part, code, CODE, change_code(code.text, others=names))
            for number in part.numbers:
                digits = (change for change in change_code(number.text) if change.kind == "digit")
                yield from self._marked(page, stem, part, number, NUMBER, digits)
            for formula in part.formulas:
                yield from self._marked(page, stem, part, formula, FORMULA, change_tex(formula.text, letters))
            for include in part.includes:
                yield self._without(page, stem, part, include)

    def _marked(
        self, page: Page, stem: str, part: Part, mark: Mark, where: str, changes: Iterator[Change]
    ) -> Iterator[Result]:
        for change in changes:
            text = page.text[: mark.start] + change.text + page.text[mark.start + len(mark.text) :]
            changed = read_page(text, page.name)
            alike = self._is_noticed(changed, stem, part, where)
            alone = alike or self._is_unlike(changed, stem, part)
            yield Result(where, change.kind, page.name, mark.line, mark.text, change.text, alone, alike)

    def _is_noticed(self, page: Page, stem: str, part: Part, where: str) -> bool:
        """Whether a judge that looks at one language alone finds something under the changed heading."""
        if where == FORMULA:
            return bool(self.formula_judge.judge(page, stem))
        alone = _only(page, part)
        if self.number_judge.judge(alone, stem):
            return True
        return bool(judge_prose(alone, self.project.runs(stem), self.project.root))

    def _is_unlike(self, page: Page, stem: str, part: Part) -> bool:
        """Whether the changed page is no longer like the one in the other language."""
        other = "zh" if page.name == self.project.page_name("en", stem) else "en"
        if stem not in self.project.page_stems(other):
            return True
        pair = [_only(page, part), _only(self.project.page(other, stem), part)]
        return bool(judge_parity(*(pair if other == "zh" else reversed(pair))))

    def _without(self, page: Page, stem: str, part: Part, include: Mark) -> Result:
        lines = page.text.split("\n")
        line = lines.pop(include.line - 1)
        changed = read_page("\n".join(lines), page.name)
        alike = bool(judge_sections(self.project, changed, stem))
        alone = alike or self._is_unlike(changed, stem, part)
        return Result(INCLUDE, "line", page.name, include.line, line, "", alone, alike)


def _documented(statement: Statement, fence: Fence | None) -> list[str]:
    """Return the documented lines of a statement as they stand in its file."""
    if fence is None:
        return statement.documented.splitlines()
    first = statement.output_line - fence.line - 1
    return list(fence.lines[first : first + statement.documented.count("\n")])


def _drifts(run: Run, statement: Statement, documented: list[str], fence: Fence | None, name: str) -> bool:
    """Whether the run drifts once other lines are documented for a statement, or cannot be read any more."""
    block = run.section.block
    if fence is None:
        new = replace(statement, documented="".join(f"{line}\n" for line in documented))
        block = replace(block, statements=tuple(new if old is statement else old for old in block.statements))
    else:
        first = statement.output_line - fence.line - 1
        last = first + statement.documented.count("\n")
        try:
            block = read_block(replace(fence, lines=(*fence.lines[:first], *documented, *fence.lines[last:])), name)
        except InputError:
            return True
    return len(block.statements) != len(run.outcomes) or bool(find_drifts([block], [run.outcomes]))


def _only(page: Page, part: Part) -> Page:
    """Return a page with nothing but one part."""
    return replace(page, parts=[other for other in page.parts if other.id == part.id])
