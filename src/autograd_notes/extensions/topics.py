"""The Markdown extension that lists the topics of the site, with the pages and the entries of the gallery on each.

What belongs to a topic stands in docs/topics.toml; the links have the headings of what they lead to. The list stands
where a page says `<!-- topics -->`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd_notes.engine.dialect import Marker
from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.marker import MarkerExtension, read_toml, refuse_keys
from autograd_notes.extensions.place import PageFile, address_from, find_file, headings, relative

KEYS = {"id", "en", "zh", "page"}
LISTS = {"more", "mistakes"}
GALLERY = "reference/errors/"
MISTAKES = {"en": "Mistakes: ", "zh": "常见错误："}
BETWEEN = {"en": "; ", "zh": "；"}


@dataclass(frozen=True)
class Topic:
    """A topic of the site, as one language has it.

    Attributes:
        id: Its name in addresses.
        name: What people call it.
        page: The page that explains it, from the folder of the language.
        more: Other pages about it, or headings of pages.
        mistakes: The pages of the gallery that belong to it.
    """

    id: str
    name: str
    page: str
    more: tuple[str, ...]
    mistakes: tuple[str, ...]


def read_topics(path: Path, language: str) -> list[Topic]:
    """Read the file of topics.

    Args:
        path: The file.
        language: Whose words to take.

    Raises:
        InputError: The file cannot be read, or a topic lacks something or has a key that nothing reads.
    """
    entries = read_toml(path, "the topics").get("topic", [])
    return [_topic(entry, language, path) for entry in entries]


def _topic(entry: dict[str, Any], language: str, path: Path) -> Topic:
    refuse_keys(entry, KEYS, LISTS, "a topic", path)
    mistakes = tuple(f"{GALLERY}{mistake}.md" for mistake in entry.get("mistakes", ()))
    return Topic(entry["id"], entry[language], entry["page"], tuple(entry.get("more", ())), mistakes)


class TopicsExtension(MarkerExtension):
    """Replace the marker by the list of topics."""

    markers = ("topics",)
    file = "docs/topics.toml"

    def made(self, marker: Marker) -> Iterator[str]:
        """Yield the list."""
        topics = read_topics(self.path, self.language)
        link = functools.partial(self._link, find_file(self.md))
        # A box of its own, so that what is made from the file can be told from what an author wrote on the page.
        yield from ['<div class="topics" markdown="1">', ""]
        for topic in topics:
            yield from [f"## {topic.name} {{ #{topic.id} }}", "", f"**{link(topic.page)}**", ""]
            yield from (f"- {link(address)}" for address in topic.more)
            if topic.mistakes:
                yield "- " + MISTAKES[self.language] + BETWEEN[self.language].join(map(link, topic.mistakes))
            yield ""
        yield from ["</div>", ""]

    def _link(self, page: PageFile, address: str) -> str:
        """Return a link from a page to another one, or to a heading of it, that is called by the heading."""
        path, mark, anchor = address.partition("#")
        name = relative(self.path)
        try:
            found = headings(page.pages / path)
        except InputError as error:
            raise InputError(name, 0, f"{address} is no page.", "Correct its name, or take it out.") from error
        titles = [heading.title for heading in found if anchor in ("", heading.id)]
        if not titles:
            raise InputError(name, 0, f"{path} has no heading {anchor or 'with an id'}.", "Correct the address.")
        return f"[{titles[0]}]({address_from(page.name, path)}{mark}{anchor})"


makeExtension = TopicsExtension  # noqa: N816 (the name is Python-Markdown's)
