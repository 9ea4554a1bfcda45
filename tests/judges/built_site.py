"""Judge the site as a reader gets it: what the pages show is what ran, and nothing in them is broken or foreign."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from bs4 import BeautifulSoup, Tag

from autograd_notes.engine.session import TRACEBACK
from tests.judges.page import Page
from tests.judges.problem import Problem
from tests.judges.project import Run, shown

RAW = re.compile(r"```|~~~|>>>|Traceback \(most recent call last\)|--8<--|\$\$")
ASSETS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
NOT_FETCHED = {"canonical", "alternate", "prev", "next"}
# What a page shows beside what is typed into it, made from the run, so it can quote nothing else; and what it quotes of
# older releases.
NOT_OF_THE_TEXT = [
    "cells",
    "error-index",
    "failure",
    "glossary",
    "highlight",
    "message",
    "older-wording",
    "operations",
    "term-notes",
    "topics",
]
FOREIGN = re.compile(r"(?:https?:)?//[^/]")
# A word in a picture that is no call, attribute or argument, and not what a node saved.
PLAIN_WORD = re.compile(r"(?<![\w.])(?<!保存 )[A-Za-z]{2,}(?![\w.(=]| = )")
# In a picture, what the code calls operations and tensors; and functions with the same name in all languages.
ROLES_OF_NAMES = {"operation", "value"}
NAMES = {"log", "sigmoid", "sin", "tanh", "Xavier"}
CSS_ADDRESS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])(?P<address>(?:https?:)?//[^'\")]+)")


class BuiltPage:
    """One HTML file of the built site.

    Args:
        folder: The folder of the site.
        path: The file.
    """

    def __init__(self, folder: Path, path: Path) -> None:
        self.folder, self.path = folder, path
        self.name = f"site/{path.relative_to(folder).as_posix()}"

    @cached_property
    def tree(self) -> BeautifulSoup:
        """Its HTML."""
        return BeautifulSoup(self.path.read_text(encoding="utf-8"), "html.parser")

    @cached_property
    def article(self) -> Tag:
        """The part of it that its Markdown made."""
        return self.tree.find("article") or self.tree

    @cached_property
    def ids(self) -> Counter[str]:
        """How often it has each id."""
        return Counter(tag["id"] for tag in self.tree.find_all(id=True))


class BuiltSite:
    """The folder that a build wrote.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.pages = {path: BuiltPage(self.folder, path) for path in sorted(self.folder.rglob("*.html"))}

    def page(self, language: str, stem: str) -> BuiltPage | None:
        """Return the page of a stem; None where the build made none."""
        path = self.folder / ("" if language == "en" else language) / stem.removesuffix(".md")
        path = path.with_name("index.html") if path.name == "index" else path / "index.html"
        return self.pages.get(path)


def judge_every_page(site: BuiltSite) -> list[Problem]:
    """Return the problems that any page may have: raw Markdown, dead links, duplicate ids, foreign assets, language, tables."""
    problems = []
    for page in site.pages.values():
        problems += [*_raw(page), *_duplicate_ids(page), *_dead_links(site, page), *_foreign(page), *_language(page)]
        problems += [*_empty_headers(page), *_english_in_pictures(page)]
    return problems


def judge_styles(site: BuiltSite) -> list[Problem]:
    """Return a problem for each style sheet that loads something from another host."""
    return [
        Problem(
            f"site/{path.relative_to(site.folder)}",
            0,
            f"loads {match['address']}.",
            "Keep a copy in docs/theme/assets.",
        )
        for path in sorted(site.folder.rglob("*.css"))
        for match in CSS_ADDRESS.finditer(path.read_text(encoding="utf-8"))
    ]


def judge_shown(built: BuiltPage, page: Page, generated: Sequence[Page], runs: dict[str, Run]) -> list[Problem]:
    """Return a problem for each block whose code or output on the page is not what ran, and for each one missing.

    Also counts formulas and inline code, those of the generated files that the page shows among them: a difference means
    that the judges read the page in another way than MkDocs.
    """
    blocks = built.article.select("div.cells")
    expected = shown(page.includes, runs)
    problems = [
        _count(page, built, len(blocks), len(expected), "blocks of cells", "sections"),
        _count(page, built, *_counts(built, [page, *generated], "math", "formulas"), "formulas", "formulas"),
        _count(
            page,
            built,
            *_counts(built, [page, *generated], "code", "codes"),
            "pieces of inline code",
            "pieces of inline code",
        ),
    ]
    for include, block, run in zip(page.includes, blocks, expected, strict=False):
        problems += [
            Problem(
                page.name,
                include.line,
                f"the {kind} of {include.text} in {built.name} is {on_page!r}, but the run has {in_run!r}.",
                "What renders cells (src/autograd_notes/extensions/cells.py) has changed it.",
            )
            for kind, on_page, in_run in _texts(block, run)
            if on_page.split() != in_run.split()
        ]
    return [problem for problem in problems if problem]


def _texts(block: Tag, run: Run) -> Iterator[tuple[str, str, str]]:
    if run.section.block.shows_input:
        yield (
            "code",
            _joined(block.select(".cell-input code")),
            "".join(statement.shown for statement in run.section.block.statements),
        )
    if not any(outcome.pictures for outcome in run.outcomes):
        yield (
            "output",
            _joined(block.select(".cell-output:not(.cell-releases *) code")),
            "".join(run.outputs).replace(TRACEBACK, ""),
        )


def _joined(tags: Iterable[Tag]) -> str:
    return "\n".join(tag.get_text() for tag in tags)


def _counts(built: BuiltPage, files: Sequence[Page], tag: str, kind: str) -> tuple[int, int]:
    outside = [found for found in built.article.find_all(tag) if not found.find_parent(class_=NOT_OF_THE_TEXT)]
    return len(outside), sum(len(getattr(part, kind)) for file in files for part in file.parts)


def _count(page: Page, built: BuiltPage, have: int, want: int, have_noun: str, want_noun: str) -> Problem | None:
    if have == want:
        return None
    return Problem(
        page.name,
        0,
        f"{built.name} has {have} {have_noun}, the page {want} {want_noun}.",
        "Look for one that is not rendered, or that tests/judges/page.py does not read.",
    )


def _raw(page: BuiltPage) -> list[Problem]:
    problems = []
    for text in page.article.find_all(string=RAW):
        if not text.find_parent(["pre", "code", "script", "style", "annotation"]):
            what = f"shows raw Markdown or Python in its text: {str(text).strip()[:80]!r}."
            problems.append(Problem(page.name, 0, what, "A fence, an include or a formula was not recognised there."))
    return problems


def _duplicate_ids(page: BuiltPage) -> list[Problem]:
    return [
        Problem(page.name, 0, f"has the id {name!r} {number} times.", "Give each element an id of its own.")
        for name, number in page.ids.items()
        if number > 1
    ]


def _dead_links(site: BuiltSite, page: BuiltPage) -> list[Problem]:
    problems = []
    for address in dict.fromkeys(tag["href"] for tag in page.tree.find_all("a", href=True)):
        if FOREIGN.match(address) or urlsplit(address).scheme:
            continue
        path, fragment = urldefrag(address)
        target = _target(site, page, unquote(path))
        if not target.is_file():
            problems.append(Problem(page.name, 0, f"links to {address}, which is not there.", "Correct the link."))
        elif fragment and target in site.pages and unquote(fragment) not in site.pages[target].ids:
            what = f"links to {address}, but that page has no such id."
            problems.append(Problem(page.name, 0, what, "Correct the link, or give the heading this id."))
    return problems


def _target(site: BuiltSite, page: BuiltPage, path: str) -> Path:
    if not path:
        return page.path
    start = site.folder if path.startswith("/") else page.path.parent
    target = (start / path.lstrip("/")).resolve()
    return target / "index.html" if target.is_dir() else target


def _foreign(page: BuiltPage) -> list[Problem]:
    return [
        Problem(page.name, 0, f"<{tag.name}> loads {address} from another host.", "Keep a copy in docs/theme/assets.")
        for tag in page.tree.find_all(list(ASSETS))
        for address in [tag.get(ASSETS[tag.name]) or ""]
        if FOREIGN.match(address) and not NOT_FETCHED & {word.strip() for word in tag.get("rel") or ()}
    ]


def _empty_headers(page: BuiltPage) -> list[Problem]:
    return [
        Problem(
            page.name, 0, f"has a table with an empty header: {row.get_text(' | ', strip=True)!r}.", "Name the column."
        )
        for row in page.article.find_all("tr")
        if any(not cell.get_text(strip=True) for cell in row.find_all("th"))
    ]


def _english_in_pictures(page: BuiltPage) -> list[Problem]:
    if _wanted_language(page) == "en":
        return []
    return [
        Problem(
            page.name,
            0,
            f"the English word {word!r} stands in a picture: {text.get_text()!r}.",
            "Translate it in src/autograd_notes/pictures/words.py.",
        )
        for text in page.tree.select(".picture text")
        if not ROLES_OF_NAMES & set(text.get("class", ()))
        for word in PLAIN_WORD.findall(text.get_text())
        if word not in NAMES
    ]


def _wanted_language(page: BuiltPage) -> str:
    return "zh" if page.path.relative_to(page.folder).parts[0] == "zh" else "en"


def _language(page: BuiltPage) -> list[Problem]:
    wanted = _wanted_language(page)
    have = page.tree.html.get("lang") if page.tree.html else None
    if have and have.split("-")[0] == wanted:
        return []
    return [Problem(page.name, 0, f"says lang={have!r}.", f"It is a page in {wanted!r}: screen readers need to know.")]
