"""Judge the way of the code: every section of a snippet is shown once, in order, on the page of its name."""

from __future__ import annotations

from autograd_notes.engine.transcript import InputError
from tests.judges.page import Page
from tests.judges.problem import Problem
from tests.judges.project import LANGUAGES, Project


def judge_pages(project: Project) -> list[Problem]:
    """Return a problem for each snippet that has no page; a missing page is shown by `parity.judge_files`."""
    stems = {stem for language in LANGUAGES for stem in project.page_stems(language)}
    return [
        Problem(
            project.snippet_name(stem),
            0,
            "no page shows it.",
            f"Write docs/en/{stem} and docs/zh/{stem}, or delete it.",
        )
        for stem in project.snippet_stems()
        if stem not in stems
    ]


def judge_sections(project: Project, page: Page, stem: str) -> list[Problem]:
    """Return a problem for each section that a page leaves out, repeats or moves, and for each fence typed into it."""
    problems = [
        Problem(
            page.name,
            line,
            "a page holds no code, but here a fence is typed into it.",
            f"Move it into a section of {project.snippet_name(stem)} and include that.",
        )
        for line in page.fences
    ]
    includes = [include for include in page.includes if ".md" in include.text]
    try:
        names = [section.name for section in project.sections(stem)] if project.has_snippet(stem) else []
    except InputError as error:
        return [*problems, Problem(error.name, error.line, error.problem, error.remedy)]
    expected = [f"{stem}:{name}" for name in names]
    shown = [include.text for include in includes]
    if shown == expected:
        return problems
    number = next(
        (i for i, (one, other) in enumerate(zip(shown, expected, strict=False)) if one != other),
        min(len(shown), len(expected)),
    )
    line = includes[min(number, len(includes) - 1)].line if includes else 1
    have = repr(shown[number]) if number < len(shown) else "the page ends"
    want = f"section {expected[number]!r}" if number < len(expected) else "no more section"
    return [
        *problems,
        Problem(
            page.name,
            line,
            f"{have} where {want} should come.",
            f"Show every section of {project.snippet_name(stem)} once, in the order of the file.",
        ),
    ]
