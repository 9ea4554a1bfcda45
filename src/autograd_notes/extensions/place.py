"""The lines of a page: a step that sees them, and where they stand in the file, of which Markdown gets a part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from markdown import Markdown
from markdown.preprocessors import Preprocessor


@dataclass(frozen=True)
class Place:
    """The file of a page, as an author would type it, and the line of that file where its Markdown starts."""

    name: str = "page"
    first_line: int = 1

    def line(self, number: int) -> int:
        """Return the line in the file of a line of the Markdown text, both from 1."""
        return number + self.first_line - 1


class Step(Preprocessor):
    """A step of an extension that sees the page as lines.

    Args:
        md: The converter.
        run: Takes the lines, and returns those that the next step gets.
    """

    def __init__(self, md: Markdown, run: Callable[[list[str]], list[str]]) -> None:
        super().__init__(md)
        self.run = run


def find_place(md: Markdown, lines: list[str]) -> Place:
    """Return the place of the page that `md` is converting.

    Args:
        md: The converter; outside MkDocs it does not know the file, and the page is called "page".
        lines: The Markdown text, before any preprocessor changed it.
    """
    if "relpath" not in md.treeprocessors:
        return Place()
    file = md.treeprocessors["relpath"].file
    whole = Path(file.abs_src_path).read_text(encoding="utf-8-sig", errors="replace").rstrip()
    body = "\n".join(lines).rstrip()
    front_matter = whole[: len(whole) - len(body)] if whole.endswith(body) else ""
    return Place(relative(Path(file.abs_src_path)), 1 + front_matter.count("\n"))


def relative(path: Path) -> str:
    """Return a path as an author would type it in the working directory."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
