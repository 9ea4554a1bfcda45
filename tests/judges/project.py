"""One working copy: its pages, its snippets and what they print, each read or run once."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.engine import session, tutorial
from autograd_notes.engine.session import Outcome
from autograd_notes.engine.snippet import Section, read_sections
from autograd_notes.engine.transcript import read_text
from tests.judges import tutorials
from tests.judges.page import Mark, Page, Part, read_page

LANGUAGES = ("en", "zh")
GENERATED = "docs/generated"
MISTAKES = (":fails", ":silent", ":warns")


@dataclass(frozen=True)
class Run:
    """A section of a snippet and what its statements did.

    Attributes:
        section: The section.
        outcomes: One for each of its statements.
    """

    section: Section
    outcomes: Sequence[Outcome]

    @property
    def inputs(self) -> list[str]:
        """The code of its statements."""
        return [statement.source for statement in self.section.block.statements]

    @property
    def outputs(self) -> list[str]:
        """What its statements printed, live."""
        return [outcome.output for outcome in self.outcomes if outcome.output]


class Project:
    """The files of a working copy that pages are made of.

    A stem is the path that a page and its snippet share: `notes/scalar.md`. A tutorial is a page that holds its code.

    Args:
        root: The folder of the copy.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.page = functools.cache(self._page)
        self.sections = functools.cache(self._sections)
        self.runs = functools.cache(self._runs)

    def page_stems(self, language: str) -> list[str]:
        """Return the stems of the pages of a language."""
        folder = self.root / "docs" / language
        notebooks = (path.relative_to(folder).with_suffix(".md").as_posix() for path in folder.glob("tutorials/*.py"))
        return sorted([*_stems(folder), *notebooks])

    def generated(self, page: Page) -> list[Page]:
        """Return the generated files that a page shows, in order."""
        names = (include.text for include in page.includes if include.text.endswith(".markdown"))
        paths = (self.root / GENERATED / name for name in names)
        return [read_page(read_text(path), path.relative_to(self.root).as_posix()) for path in paths]

    def snippet_stems(self) -> list[str]:
        """Return the stems of the snippets."""
        return [stem for stem in _stems(self.root / "snippets") if not stem.endswith("README.md")]

    def page_name(self, language: str, stem: str) -> str:
        """Return the file of a page, as an author would type it."""
        path = tutorials.file_of(self.root / "docs" / language, stem)
        return path.relative_to(self.root).as_posix() if path else f"docs/{language}/{stem}"

    def snippet_name(self, stem: str) -> str:
        """Return the file of a snippet, as an author would type it."""
        return self.page_name(LANGUAGES[0], stem) if self.is_tutorial(stem) else f"snippets/{stem}"

    def has_snippet(self, stem: str) -> bool:
        """Whether a page has code."""
        return (self.root / self.snippet_name(stem)).is_file()

    def is_tutorial(self, stem: str) -> bool:
        """Whether a page is a notebook."""
        return tutorials.file_of(self.root / "docs" / LANGUAGES[0], stem) is not None

    def _page(self, language: str, stem: str) -> Page:
        """Return a page (cached)."""
        name = self.page_name(language, stem)
        path = self.root / name
        return read_page(tutorials.page_text(path, stem) if self.is_tutorial(stem) else read_text(path), name)

    def _sections(self, stem: str) -> list[Section]:
        """Return the sections of a snippet (cached); raises InputError where it cannot be used."""
        name = self.snippet_name(stem)
        return tutorials.sections(self.root / name) if self.is_tutorial(stem) else read_sections(self.root / name, name)

    def _runs(self, stem: str) -> dict[str, Run]:
        """Run a snippet (cached) and return what each of its sections printed; {} where the page has no code."""
        if not self.has_snippet(stem):
            return {}
        if self.is_tutorial(stem):
            return self._cells(stem)
        sections = self.sections(stem)
        outcomes = session.run_once([section.block for section in sections], self.snippet_name(stem))
        return {section.name: Run(section, results) for section, results in zip(sections, outcomes, strict=True)}

    def _cells(self, stem: str) -> dict[str, Run]:
        """Return what each cell of a tutorial printed."""
        name = self.snippet_name(stem)
        blocks = tutorial.blocks(tutorial.read_file(self.root / name))
        return {
            block.name: Run(Section(block.name, block.line, block), outcomes)
            for block, outcomes in zip(blocks, tutorial.run(blocks, name), strict=True)
        }


def shown(includes: Sequence[Mark], runs: dict[str, Run]) -> list[Run]:
    """Return the runs that some includes show; one that names no section of the page's snippet shows none."""
    names = (include.text.partition(".md:")[2] for include in includes)
    return [runs[name] for name in names if name in runs]


def nearest(part: Part, line: int) -> list[Mark]:
    """Return what a sentence in a line of a part is about: the includes directly above and below it, and the mistake.

    On a page of the error gallery all is about the mistake that it shows.
    """
    above = [include for include in part.includes if include.line < line]
    below = [include for include in part.includes if include.line > line]
    mistake = [include for include in part.includes if include.text.endswith(MISTAKES)]
    return list(dict.fromkeys([*mistake, *above[-1:], *below[:1]]))


def _stems(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
