"""Judge the numbers of the running text: values from code belong in backticks; what is left must be in the run, too.

A number outside of inline code and formulas passes by the first of these rules that holds:

1. Its value occurs in an input or a live output directly above or below, or in a formula under the same heading.
2. It stands in the text of a link and in the link's own address: an issue's number.
3. It follows the word PyTorch, and is a release that pyproject.toml names: the documented one, or one that is recorded.
4. The claims of the page (snippets/<page>.claims.toml) have it under this heading, with a check or a reason.

Counting words (`two`, `twice`) are free.
"""

from __future__ import annotations

import functools

from autograd_notes.releases.record import documented, minor, supported
from tests.judges.claims import NUMBER, Entry, Values, claims_of, find_entry, read_claims
from tests.judges.page import Mark, Page, Part
from tests.judges.problem import Problem
from tests.judges.project import Project, Run, nearest, shown
from tests.judges.tokens import is_number, tokens


class NumberJudge:
    """Judges the numbers of pages, with the claims and their checks read once.

    Args:
        project: The working copy.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.releases = functools.cache(self._releases)
        self.claims = read_claims(project, NUMBER)
        self.values = Values(
            project, (self._question(stem, entry) for stem in self.claims for entry in self._checked(stem))
        )

    def judge(self, page: Page, stem: str) -> list[Problem]:
        """Return a problem for each number of a page's running text that nothing shows.

        Args:
            page: The page, in any language.
            stem: Its stem.
        """
        runs = self.project.runs(stem)
        problems = []
        for part in page.parts:
            for number in part.numbers:
                entry = find_entry(self.claims.get(stem, []), number.text, part.id)
                if entry:
                    problems += self._check(page, stem, number, entry)
                elif _follows_pytorch(page, number) and number.text in self.releases():
                    continue
                elif _value(number.text) not in _values(part, number, runs):
                    problems.append(_unknown(page, stem, part, number))
        return problems

    def _releases(self) -> set[str]:
        """Return the releases that a page may name, with and without their last number (cached)."""
        named = [documented(self.project.root), *supported(self.project.root)]
        return {*named, *map(minor, named)}

    def _checked(self, stem: str) -> list[Entry]:
        return [entry for entry in self.claims[stem] if entry.check]

    def _question(self, stem: str, entry: Entry) -> tuple[str, str, str]:
        return entry.snippet or stem, entry.after, entry.check

    def _check(self, page: Page, stem: str, number: Mark, entry: Entry) -> list[Problem]:
        answer = self.values.get(*self._question(stem, entry)) if entry.check else 1.0
        if answer == 1.0:
            return []
        what = f"{number.text} fails its check {entry.check!r}: {answer}."
        return [Problem(page.name, number.line, what, f"Correct the text, or {claims_of(stem)}:{entry.line}.")]


def _values(part: Part, number: Mark, runs: dict[str, Run]) -> set[float]:
    texts = [text for run in shown(nearest(part, number.line), runs) for text in (*run.inputs, *run.outputs)]
    texts += [formula.text for formula in part.formulas]
    return {_value(token) for text in texts for token in tokens(text) if is_number(token)}


def _value(text: str) -> float:
    return abs(float(text.replace(",", "").rstrip("jJ")))


def _follows_pytorch(page: Page, number: Mark) -> bool:
    return page.text[: number.start].endswith("PyTorch ")


def _unknown(page: Page, stem: str, part: Part, number: Mark) -> Problem:
    return Problem(
        page.name,
        number.line,
        f"the number {number.text} is in no run directly above or below, and in no formula under {part.heading!r}.",
        "Quote a value from code in backticks, write a count in words; or say why it is right, in "
        f'{claims_of(stem)}:\n    [[number]]\n    number = "{number.text}"\n'
        f'    part = "{part.id}"\n    because = "<why>"',
    )
