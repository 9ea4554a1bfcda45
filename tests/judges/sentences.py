"""Judge the sentences that rest on an output without quoting it: "it can leave" is false as soon as the gradient is zero.

Such a sentence has a table in the claims of its page, with Python that is true as long as the sentence is:

    [[sentence]]
    starts = "Under `clamp` they can leave"
    after = "unit"
    check = "clamp_grad.any()"

The English page must have the sentence, once, and the check must be true after that section of the page's snippet.
A release of PyTorch that changes the output then turns the sentence red, even if its numbers stand elsewhere in the run.
"""

from __future__ import annotations

import re

from autograd_notes.engine.dialect import without_comments
from tests.judges.claims import SENTENCE, Entry, Values, claims_of, read_claims
from tests.judges.page import Page
from tests.judges.problem import Problem
from tests.judges.project import LANGUAGES, Project

# What may stand between the beginning of a line, or the sentence before, and the first word.
BEFORE = r"(?:^|(?<=\s))"


class SentenceJudge:
    """Judges the sentences that pages have claims for, with the claims and their checks read once.

    Args:
        project: The working copy.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.claims = read_claims(project, SENTENCE)
        self.values = Values(
            project, (self._question(stem, entry) for stem, entries in self.claims.items() for entry in entries)
        )

    def judge(self, stem: str) -> list[Problem]:
        """Return a problem for each claimed sentence of a page that is gone, is not the only one, or is false.

        Args:
            stem: The page.
        """
        return [
            problem
            for entry in self.claims.get(stem, [])
            for problem in self._judge(self.project.page(LANGUAGES[0], stem), stem, entry)
        ]

    def _question(self, stem: str, entry: Entry) -> tuple[str, str, str]:
        return entry.snippet or stem, entry.after, entry.check

    def _judge(self, page: Page, stem: str, entry: Entry) -> list[Problem]:
        claims = claims_of(stem)
        if not entry.check:
            return [Problem(claims, entry.line, f"{entry.text!r} has no check.", "Say what must be true, in Python.")]
        lines = _lines(page, entry.text)
        if len(lines) != 1:
            what = f"{page.name} has {len(lines) or 'no'} sentences that start with {entry.text!r}."
            remedy = "Give more of its words." if lines else "Give the words it starts with now, or remove the entry."
            return [Problem(claims, entry.line, what, remedy)]
        answer = self.values.get(*self._question(stem, entry))
        if answer == 1.0:
            return []
        what = f"the sentence {entry.text!r} … rests on {entry.check!r}, and after {entry.after!r} that is: {answer}."
        remedy = f"Say what the run shows now, in every language; then mend {claims}:{entry.line}."
        return [Problem(page.name, lines[0], what, remedy)]


def _lines(page: Page, starts: str) -> list[int]:
    """Return the lines in which a sentence starts with these words."""
    text = without_comments(page.text)
    words = r"\s+".join(map(re.escape, starts.split()))
    found = re.finditer(rf"{BEFORE}{words}", text, re.MULTILINE)
    return [text.count("\n", 0, match.start()) + 1 for match in found]
