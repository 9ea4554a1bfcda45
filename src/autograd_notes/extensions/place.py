"""The lines of a page: a step that sees them, and where they stand in the file, of which Markdown gets a part."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from autograd_notes.engine import tutorial
from autograd_notes.engine.dialect import Heading, elements
from autograd_notes.engine.transcript import InputError, read_text


@dataclass(frozen=True)
class Place:
    """The file of a page, as an author would type it, and the line of that file where its Markdown starts."""

    name: str = "page"
    first_line: int = 1

    def line(self, number: int) -> int:
        """Return the line in the file of a line of the Markdown text, both from 1."""
        return number + self.first_line - 1


@dataclass(frozen=True)
class PageFile:
    """The file of a page: the folder of all pages of its language, and its path from there."""

    pages: Path
    name: str

    @property
    def path(self) -> Path:
        """All of its path."""
        return self.pages / self.name


class Step(Preprocessor):
    """A step of an extension that sees the page as lines.

    Args:
        md: The converter.
        change: Takes the lines, and returns those that the next step gets.
    """

    def __init__(self, md: Markdown, change: Callable[[list[str]], list[str]]) -> None:
        super().__init__(md)
        self.change = change

    def run(self, lines: list[str]) -> list[str]:
        """Take the step."""
        return self.change(lines)


def page_file(md: Markdown) -> PageFile | None:
    """Return the file of the page that `md` is converting; None where no site generator told it.

    A generator tells it to a step of its own, which Python-Markdown knows like any: MkDocs to that for links between
    pages, Zensical to one that does nothing else.
    """
    if "relpath" in md.treeprocessors:
        links: Any = md.treeprocessors["relpath"]
        return PageFile(Path(links.file.abs_src_path.removesuffix(links.file.src_uri)), links.file.src_uri)
    if "rendering_context" in md.preprocessors:
        context: Any = md.preprocessors["rendering_context"]
        return PageFile(Path(context.config["docs_dir"]), context.page.path)
    return None


def find_file(md: Markdown) -> PageFile:
    """Return the file of the page that `md` is converting.

    Raises:
        InputError: No site generator told it.
    """
    if file := page_file(md):
        return file
    raise InputError("page", 0, "shows what depends on where it stands.", "Make it with a site generator.")


def headings(path: Path) -> list[Heading]:
    """Return the headings with an id of a page, or of a tutorial, where prose stands in comments.

    Raises:
        InputError: The file cannot be read.
    """
    lines = read_text(path).split("\n")
    if tutorial.is_file(path):
        lines = [line.removeprefix("# ") for line in lines]
    return [element for element in elements(lines) if isinstance(element, Heading) and element.id]


def address_from(page: str, target: str) -> str:
    """Return where a page, or a heading of it, is from another page; both from the folder of their language."""
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def snippet_folders(md: Markdown) -> list[Path]:
    """Return the folders in which `pymdownx.snippets`, which has no types, looks for what a page includes."""
    snippets: Any = md.preprocessors["snippet"]
    return [Path(folder) for folder in snippets.base_path]


def find_place(md: Markdown, lines: list[str]) -> Place:
    """Return the place of the page that `md` is converting.

    Args:
        md: The converter; outside of a site it does not know the file, and the page is called "page".
        lines: The Markdown text, before any preprocessor changed it.
    """
    file = page_file(md)
    if file is None:
        return Place()
    whole = file.path.read_text(encoding="utf-8-sig", errors="replace").rstrip()
    body = "\n".join(lines).rstrip()
    front_matter = whole[: len(whole) - len(body)] if whole.endswith(body) else ""
    return Place(relative(file.path), 1 + front_matter.count("\n"))


def relative(path: Path) -> str:
    """Return a path as an author would type it in the working directory."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
