"""The claims: what formulas and bare numbers of a page mean in its own code (snippets/<page>.claims.toml).

A file of claims stands beside the snippet that it speaks of, and has a table for each formula or number that the page
alone does not settle, and for each sentence that rests on an output without quoting it. A closed claim (`$2^{12} = 4096$`, or a derivative of what a formula above it defines) needs none;
neither does a bare symbol (`$x_i$`), nor a number that the run beside it prints.

    [[formula]], [[number]] or [[sentence]]
    tex, number  the formula or the number, exactly as both pages have it (spaces are free)
    starts       the first words of the sentence on the English page, enough of them to find it
    part         the id of its heading, where the same text means different things on one page
    after        the section of the snippet after which values are read; names are names of that session
    snippet      the stem of another page's snippet, where this page shows no run of its own
    where        Python for names that are called otherwise there, or have no value there
    define       TeX for names that the page leaves open
    equals       Python for the value that the formula must have
    check        Python that must be true, for what cannot be worked out from the text
    because      why nothing can be checked: use it last
"""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograd_notes.engine import session
from autograd_notes.engine.transcript import Block, Statement
from tests.judges.problem import Problem
from tests.judges.project import LANGUAGES, Project

HEADER = re.compile(r"^\[\[(formula|number|sentence)\]\]")
# `double()` would drop imaginary parts, with no more than a warning.
REAL = "'a complex value: compare it in a check' if value.is_complex() else value.double().tolist()"
ENDING = ".claims.toml"
FORMULA, NUMBER, SENTENCE = "formula", "number", "sentence"


@dataclass(frozen=True)
class Entry:
    """What one formula or number of a page means, or what one of its sentences rests on.

    Attributes:
        text: The TeX, or the number, exactly as the page has it (spaces are free); the first words of the sentence.
        part: The id of the heading it stands under; "" for anywhere on the page.
        after: The section of a snippet after which its values are read; "" where it has none.
        snippet: The stem of that snippet; "" for the page's own.
        where: Python for the names that have another one, or none, in that session.
        define: TeX for names that the page leaves open.
        equals: Python for the value that the formula must have.
        check: Python that must be true; for what cannot be worked out from the TeX.
        because: Why nothing can be checked.
        line: Its line in the file of claims, from 1.
    """

    text: str
    part: str = ""
    after: str = ""
    snippet: str = ""
    where: dict[str, str] = field(default_factory=dict, hash=False)
    define: dict[str, str] = field(default_factory=dict, hash=False)
    equals: str = ""
    check: str = ""
    because: str = ""
    line: int = 0


def read_claims(project: Project, kind: str) -> dict[str, list[Entry]]:
    """Return the entries of one kind (`FORMULA`, `NUMBER` or `SENTENCE`) in all files of claims, by the stems of their pages."""
    folder = project.root / "snippets"
    paths = sorted(folder.rglob(f"*{ENDING}"))
    return {path.relative_to(folder).as_posix().replace(ENDING, ".md"): _read(path, kind) for path in paths}


def claims_of(stem: str) -> str:
    """Return the file with the claims of a page, as an author would type it."""
    return f"snippets/{stem.removesuffix('.md')}{ENDING}"


def _read(path: Path, kind: str) -> list[Entry]:
    text = path.read_text(encoding="utf-8")
    headers = ((number, HEADER.match(line)) for number, line in enumerate(text.splitlines(), 1))
    lines = [number for number, match in headers if match and match[1] == kind]
    entries = tomllib.loads(text).get(kind, [])
    return [_entry(line=line, **entry) for line, entry in zip(lines, entries, strict=True)]


def _entry(tex: str = "", number: str = "", starts: str = "", **rest: object) -> Entry:
    return Entry(tex or number or starts, **rest)


def find_entry(entries: Iterable[Entry], text: str, part: str) -> Entry | None:
    """Return the entry for a text of a part, one that names the part before one that does not."""
    found = [entry for entry in entries if entry.text.split() == text.split() and entry.part in ("", part)]
    return max(found, key=lambda entry: entry.part, default=None)


def judge_claims(project: Project, kind: str) -> list[Problem]:
    """Return a problem for each entry of one kind that its page does not have any more."""
    problems = []
    for stem, entries in read_claims(project, kind).items():
        parts = [
            part
            for language in LANGUAGES
            if stem in project.page_stems(language)
            for part in project.page(language, stem).parts
        ]
        shown = {id(find_entry(entries, mark.text, part.id)) for part in parts for mark in getattr(part, f"{kind}s")}
        problems += [
            Problem(claims_of(stem), entry.line, f"{entry.text!r} is not in docs/…/{stem}.", "Remove the entry.")
            for entry in entries
            if id(entry) not in shown
        ]
    return problems


class Values:
    """Values that Python expressions have in the session of a page, after a section of its snippet.

    A snippet is run once more when the first of its values is asked for.

    Args:
        project: The working copy.
        asked: All the expressions that may be asked for, as stem of the snippet, section and Python.
    """

    def __init__(self, project: Project, asked: Iterable[tuple[str, str, str]]) -> None:
        self.project = project
        self.asked: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for stem, after, python in dict.fromkeys(asked):
            self.asked[stem][after].append(python)
        self.found = functools.cache(self._found)

    def get(self, stem: str, after: str, python: str) -> object:
        """Return a value: numbers in lists; a string that says what went wrong where there is none."""
        return self.found(stem).get((after, python), f"there is no section {after!r} in snippets/{stem}")

    def _found(self, stem: str) -> dict[tuple[str, str], object]:
        """Run a snippet with a block of questions behind each section, and return the answers (cached)."""
        if not self.project.has_snippet(stem):
            return {}
        blocks: list[Block] = []
        asked: list[tuple[str, str]] = []
        for section in self.project.sections(stem):
            expressions = self.asked[stem].get(section.name, [])
            blocks += [section.block, _questions(section.block, expressions)]
            asked += [(section.name, python) for python in expressions]
        outcomes = session.run_once(blocks, self.project.snippet_name(stem))
        answers = [outcome.output for results in outcomes[1::2] for outcome in results]
        return {question: _value(answer) for question, answer in zip(asked, answers, strict=True)}


def _questions(block: Block, expressions: list[str]) -> Block:
    statements = tuple(
        Statement(f"(lambda value: {REAL})(__import__('torch').as_tensor({python}))\n", "", block.line)
        for python in expressions
    )
    return Block(-block.line, block.session, True, statements)


def _value(answer: str) -> object:
    last = answer.strip().splitlines()[-1]
    try:
        return ast.literal_eval(last)
    except (SyntaxError, ValueError):
        return last
