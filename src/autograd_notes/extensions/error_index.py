"""The Markdown extension that shows the messages of the error gallery: on an entry its own, in the index all of them.

Both are made from the snippets' outputs while the page is built, so they cannot miss a message or keep an old one.
They stand where a page of the gallery's folder says `<!-- message -->` or `<!-- messages -->`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from autograd_notes.engine.dialect import Element, Heading, Include, Marker, elements, inline_code
from autograd_notes.engine.outcome import MESSAGE, TRACEBACK
from autograd_notes.engine.snippet import read_sections
from autograd_notes.engine.transcript import read_text
from autograd_notes.extensions.marker import MarkerExtension
from autograd_notes.extensions.place import find_file, snippet_folders

OWN, ALL = "message", "messages"
# What the section of a snippet is called that makes the mistake.
MISTAKES = ("fails", "warns", "silent")
LONGEST = 90


@dataclass(frozen=True)
class Message:
    """A message and an entry of the gallery that produces it.

    Attributes:
        kind: The exception or warning class, as Python prints it.
        text: The first line of what it says.
        title: The heading of the entry.
        address: The entry, as a link relative to the folder of the gallery.
    """

    kind: str
    text: str
    title: str
    address: str

    @property
    def shown(self) -> str:
        """How it begins."""
        text = self.text if len(self.text) <= LONGEST else self.text[:LONGEST].rpartition(" ")[0] + " …"
        return inline_code(f"{self.kind}: {text}")


def find_messages(pages: Path, snippets: Path) -> list[Message]:
    """Return every message that a mistake of the gallery prints, in alphabetical order.

    Args:
        pages: The folder with the gallery's pages, in one language.
        snippets: The folder that their includes are relative to.
    """
    found = [message for page in sorted(pages.glob("*.md")) for message in _of_page(page, snippets)]
    return sorted(dict.fromkeys(found), key=lambda message: message.text.lower())


def count_mistakes(pages: Path, snippets: Path) -> int:
    """Return how many mistakes the gallery runs: the blocks that fail, warn, or go wrong without a word.

    Args:
        pages: The folder with the gallery's pages, in one language.
        snippets: The folder that their includes are relative to.
    """
    includes = [element for page in sorted(pages.glob("*.md")) for element in _elements(page) if _is_mistake(element)]
    return sum((snippets / include.file).is_file() for include in includes)


class ErrorIndexExtension(MarkerExtension):
    """Replace the markers by messages."""

    markers = (OWN, ALL)

    def made(self, marker: Marker) -> Iterator[str]:
        """Return the messages of the page, or those of all entries."""
        page, snippets = find_file(self.md).path, snippet_folders(self.md)[0]
        return _own(_of_page(page, snippets)) if marker.name == OWN else _listed(find_messages(page.parent, snippets))


def _own(messages: Iterable[Message]) -> Iterator[str]:
    """Yield a paragraph for each message of an entry, errors first."""
    for shown in dict.fromkeys(one.shown for one in sorted(messages, key=lambda one: one.kind.endswith("Warning"))):
        yield from [shown, '{ .message data-search-exclude="" }', ""]


def _listed(messages: list[Message]) -> Iterator[str]:
    # A box of its own, so that what is made from runs can be told from what an author wrote.
    yield from ['<div class="error-index" markdown="1">', ""]
    causes: dict[str, list[Message]] = {}
    for message in messages:
        causes.setdefault(message.shown, []).append(message)
    for shown, group in causes.items():
        yield f"- {shown}"
        yield from dict.fromkeys(f"    - [{message.title}]({message.address})" for message in group)
    yield from ["", "</div>"]


def _of_page(page: Path, snippets: Path) -> Iterator[Message]:
    title = ""
    for element in _elements(page):
        if isinstance(element, Heading) and element.level == 1:
            title = element.title
        elif _is_mistake(element):
            for kind, text in _printed(snippets / element.file, element.section):
                yield Message(kind, text, title, page.name)


def _elements(page: Path) -> Iterator[Element]:
    return elements(read_text(page).split("\n"))


def _is_mistake(element: Element) -> TypeGuard[Include]:
    return isinstance(element, Include) and element.section in MISTAKES


def _printed(path: Path, name: str) -> Iterator[tuple[str, str]]:
    for section in read_sections(path):
        if section.name == name:
            for statement in section.block.statements:
                warnings, _, error = statement.documented.partition(TRACEBACK)
                for line in [*warnings.splitlines(), *error.splitlines()[:1]]:
                    if (match := MESSAGE.match(line)) and match["text"]:
                        yield match["kind"], match["text"]


makeExtension = ErrorIndexExtension  # noqa: N816 (the name is Python-Markdown's)
