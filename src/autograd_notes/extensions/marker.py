"""What the extensions share that make something of a file and put it where a page says `<!-- name -->`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import markdown_exec
from markdown import Markdown
from markdown.extensions import Extension

from autograd_notes.engine.dialect import Marker, markers
from autograd_notes.engine.transcript import InputError, read_text
from autograd_notes.extensions.place import Step, relative

# Markdown is made before the page is run (30), which keeps its text for machines; HTML after lines are normalized (30),
# which would destroy what stands for it.
MARKDOWN, HTML = 31, 26

log = markdown_exec.get_logger("autograd_notes")


class MarkerExtension(Extension):
    """Replaces markers by what it makes.

    Attributes:
        markers: The names of its markers: `topics` for `<!-- topics -->`.
        file: The file that it makes that of, where the settings name no other; "" for none.
        is_html: Whether it makes HTML, and not Markdown.
        has_marker: Whether the page that is converted has such a marker.
    """

    markers: ClassVar[tuple[str, ...]]
    file: ClassVar[str] = ""
    is_html: ClassVar[bool] = False
    has_marker = False

    def __init__(self, **options: object) -> None:
        self.config = {
            "language": ["en", "The language of the page."],
            "file": [self.file, "The file that it is made of."],
        }
        super().__init__(**options)

    @property
    def language(self) -> str:
        """The language of the page."""
        return str(self.getConfig("language"))

    @property
    def path(self) -> Path:
        """The file that it is made of."""
        return Path(self.getConfig("file"))

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown."""
        self.md = md
        md.preprocessors.register(Step(md, self._filled), self.markers[0], HTML if self.is_html else MARKDOWN)

    def made(self, marker: Marker) -> Iterable[str]:
        """Return the lines that a page has in the place of a marker.

        Raises:
            InputError: They cannot be made; the page then shows none.
        """
        raise NotImplementedError

    def _filled(self, lines: list[str]) -> list[str]:
        found = [marker for marker in markers(lines) if marker.name in self.markers]
        self.has_marker = bool(found)
        filled = list(lines)
        for marker in reversed(found):
            try:
                filled[marker.line - 1 : marker.line] = self.made(marker)
            except InputError as error:
                log.warning("%s", error)
        return filled


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a file of data.

    Args:
        path: The file.
        what: What it holds, for messages.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return _parsed(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(relative(path), 0, f"{what} cannot be read: {error}.", "Correct it.") from error


@functools.lru_cache(maxsize=8)
def _parsed(text: str) -> dict[str, Any]:
    """Return what a file of data holds; each page asks for it, and nobody changes it."""
    return tomllib.loads(text)


def refuse_keys(
    entry: Mapping[str, object], required: Collection[str], optional: Collection[str], kind: str, path: Path
) -> None:
    """Refuse an entry of a file of data that lacks something, or has what nothing reads.

    Args:
        entry: The entry.
        required: The keys that it must have.
        optional: The keys that it may have.
        kind: What it is: "a term".
        path: The file.

    Raises:
        InputError: It has other keys.
    """
    called = entry.get("id", kind)
    known = {*required, *optional}
    for problem, keys in (("lacks", {*required} - entry.keys()), ("has the unknown key", entry.keys() - known)):
        if keys:
            remedy = f"{kind.capitalize()} has {', '.join(sorted(known))}."
            raise InputError(relative(path), 0, f"{called} {problem} {min(keys)!r}.", remedy)
