"""The Markdown extension that lists every message of autograd, each with what explains it or why nothing need do so.

The list stands in docs/messages.toml, which the tests compare with the installed PyTorch.
It is shown where a page of the gallery's folder says `<!-- all-messages -->`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.engine.dialect import Marker, inline_code, with_targets
from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.marker import MarkerExtension, read_toml, refuse_keys
from autograd_notes.extensions.place import find_file, headings, relative

FILE = Path("docs/messages.toml")
# Stands for a value in the file; the page shows an ellipsis.
VALUE = "{}"
GALLERY = "reference/errors"
KEYS = {"explained", "group"}
GROUP_KEYS = {"id", "title", "why", "messages"}
COUNTS = {
    "en": "Of {} messages, {} are explained on this site, and {} need no entry, for the reason that stands above them.",
    "zh": "全部 {} 条信息中，本站讲解了 {} 条；其余 {} 条不需要讲解，原因写在各组的开头。",
}
EXPLAINED = {"en": "Messages with an explanation", "zh": "有讲解的信息"}


@dataclass(frozen=True)
class Group:
    """Messages that no entry explains, for one reason.

    Attributes:
        id: Its name in addresses.
        title: What the messages have in common, by language.
        why: Why they need no entry, as Markdown, by language.
        messages: The messages.
    """

    id: str
    title: dict[str, str]
    why: dict[str, str]
    messages: list[str]


@dataclass(frozen=True)
class Messages:
    """All messages: those that are explained, by what explains each, and the groups of the others."""

    explained: dict[str, str]
    groups: list[Group]

    @property
    def texts(self) -> list[str]:
        """What the messages say; one that stands in two places comes twice."""
        return [*self.explained, *(text for group in self.groups for text in group.messages)]


def read(path: Path) -> Messages:
    """Read the file of messages.

    Args:
        path: The file.

    Raises:
        InputError: The file cannot be read, or a group lacks something or has a key that nothing reads.
    """
    content = read_toml(path, "the messages")
    refuse_keys(content, KEYS, (), "a list of messages", path)
    for group in content["group"]:
        refuse_keys(group, GROUP_KEYS, (), "a group", path)
    return Messages(content["explained"], [Group(**group) for group in content["group"]])


def read_if_there(path: Path) -> Messages:
    """Read the file of messages; no messages where there is no such file.

    Raises:
        InputError: As for `read`.
    """
    return read(path) if path.is_file() else Messages({}, [])


def find_heading(name: str, pages: Path) -> tuple[str, str]:
    """Return the text of the heading that a name stands for, and where it is, from the folder of the gallery.

    Args:
        name: The id of an entry of the gallery, or a page and the id of a heading of it: "how-to/nan#find".
        pages: The folder of the pages of a language.

    Raises:
        KeyError: There is no such heading.
    """
    page, _, id = name.rpartition("#")
    # An entry has a page of its own, or is a part of one.
    entries = [pages / GALLERY / f"{id}.md", *sorted((pages / GALLERY).glob("*.md"))]
    for place in [pages / f"{page}.md"] if page else entries:
        for heading in headings(place) if place.is_file() else ():
            if heading.id == id:
                address = posixpath.relpath(place.relative_to(pages).as_posix(), GALLERY)
                return heading.title, address if heading.level == 1 else f"{address}#{id}"
    raise KeyError(name)


class AllMessagesExtension(MarkerExtension):
    """Replace the marker by all messages."""

    markers = ("all-messages",)
    file = str(FILE)

    def made(self, marker: Marker) -> Iterator[str]:
        """Yield the list."""
        messages = read(self.path)
        number, explained = len(messages.texts), len(messages.explained)
        # A box of its own, so that what is made from the file can be told from what an author wrote.
        yield from ['<div class="error-index" markdown="1">', ""]
        yield from [COUNTS[self.language].format(number, explained, number - explained), ""]
        yield from [f"## {EXPLAINED[self.language]} {{ #explained }}", ""]
        # The search finds what explains these; it need not find the list as well.
        yield from ['<div markdown="1" data-search-exclude>', ""]
        for text, name in messages.explained.items():
            title, address = self._heading(name)
            yield from [f"- {_shown(text)}", f"    - [{title}]({address})"]
        yield from ["", "</div>", ""]
        for group in messages.groups:
            why = with_targets(group.why[self.language], lambda name: self._heading(name)[1])
            yield from [f"## {group.title[self.language]} {{ #{group.id} }}", ""]
            yield from [why, "", *(f"- {_shown(text)}" for text in group.messages), ""]
        yield "</div>"

    def _heading(self, name: str) -> tuple[str, str]:
        pages = find_file(self.md).pages
        try:
            return find_heading(name.removeprefix("#"), pages)
        except KeyError:
            what = f"no page of {relative(pages)} has a heading {name!r}."
            raise InputError(relative(self.path), 0, what, "Correct it, or add the heading.") from None


def _shown(text: str) -> str:
    return inline_code(text.replace(VALUE, "…"))


makeExtension = AllMessagesExtension  # noqa: N816 (the name is Python-Markdown's)
