"""Judge the languages: a Chinese page has all that its English page has, in the same places, but for the words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.judges.page import Mark, Page, Part
from tests.judges.problem import Problem
from tests.judges.project import LANGUAGES, Project

IN_ORDER = {"includes": "snippets", "boxes": "boxes", "tables": "tables", "images": "images"}
IN_ANY_ORDER = {"codes": "inline code", "formulas": "formulas", "numbers": "numbers", "links": "links"}


def judge_files(project: Project) -> list[Problem]:
    """Return a problem for each page that exists in one language only."""
    stems = {language: set(project.page_stems(language)) for language in LANGUAGES}
    return [
        Problem(
            project.page_name(missing, stem),
            0,
            f"is missing; there is {project.page_name(language, stem)}.",
            "Write it, or delete the other one: no page is shown in one language only.",
        )
        for language, missing in (LANGUAGES, reversed(LANGUAGES))
        for stem in sorted(stems[language] - stems[missing])
    ]


def judge_parity(english: Page, chinese: Page) -> list[Problem]:
    """Return a problem, at the Chinese page, for each difference that is more than words.

    Headings must agree in level and id; under each of them, snippets, boxes, tables and images must agree in order, and
    inline code, formulas, numbers and links must be the same, as often, in any order.
    """
    problems = []
    if [(part.level, part.id) for part in english.parts] != [(part.level, part.id) for part in chinese.parts]:
        return [_headings(english, chinese)]
    problems = [_no_id(page, part) for page in (english, chinese) for part in page.parts if part.level and not part.id]
    for one, other in zip(english.parts, chinese.parts, strict=True):
        for kind, noun in IN_ORDER.items():
            ours, theirs = (_texts(getattr(part, kind), page) for part, page in ((one, english), (other, chinese)))
            if ours != theirs:
                what = f"the {noun} under {other.heading!r} are {theirs}, in English {ours}."
                problems.append(
                    Problem(chinese.name, other.line, what, f"Make them agree with {english.name}:{one.line}.")
                )
        for kind, noun in IN_ANY_ORDER.items():
            problems += _different(english, chinese, one, other, kind, noun)
    return problems


def _headings(english: Page, chinese: Page) -> Problem:
    ours, theirs = (
        [f"{'#' * part.level} {part.id or part.heading}" for part in page.parts] for page in (english, chinese)
    )
    number = next((i for i, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), None)
    if number is None:
        number = min(len(ours), len(theirs))
    have = theirs[number] if number < len(theirs) else "no more heading"
    want = ours[number] if number < len(ours) else "no more heading"
    line = chinese.parts[min(number, len(chinese.parts) - 1)].line
    return Problem(
        chinese.name, line, f"here stands {have!r}, in English {want!r}.", "Give both pages the same headings and ids."
    )


def _no_id(page: Page, part: Part) -> Problem:
    return Problem(
        page.name,
        part.line,
        f"the heading {part.heading!r} has no id.",
        "Write { #id } behind it, the same in both languages: it is the heading's address.",
    )


def _different(english: Page, chinese: Page, one: Part, other: Part, kind: str, noun: str) -> list[Problem]:
    ours, theirs = (Counter(_texts(getattr(part, kind), english)) for part in (one, other))
    problems = []
    for text in sorted((ours - theirs) | (theirs - ours)):
        page, part = (english, one) if ours[text] > theirs[text] else (chinese, other)
        mark = next(mark for mark in getattr(part, kind) if " ".join(mark.text.split()) == text)
        what = (
            f"{noun} {text!r} stands {_times(theirs[text])} under {other.heading!r}, in English {_times(ours[text])}."
        )
        place = f" It is {page.name}:{mark.line}." if page is english else ""
        line = mark.line if page is chinese else other.line
        problems.append(Problem(chinese.name, line, what, f"Make both pages say it equally often.{place}"))
    return problems


def _texts(marks: Sequence[Mark], page: Page) -> list[str]:
    """Return what was found, with spaces of one kind, and without the language in the name of an included file."""
    language = page.name.split("/")[1]
    return [" ".join(mark.text.split()).replace(f".{language}.", ".") for mark in marks]


def _times(number: int) -> str:
    return {0: "nowhere", 1: "once", 2: "twice"}.get(number, f"{number} times")
