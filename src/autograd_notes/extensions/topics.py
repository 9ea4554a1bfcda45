"""The Markdown extension that lists the topics of the site, with the pages and the entries of the gallery on each.

What belongs to a topic stands in docs/topics.toml; the links have the headings of what they lead to. The list stands
where a page says `<!-- topics -->`.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from autograd_notes.engine.transcript import InputError, read_text
from autograd_notes.extensions.place import Step, page_file, relative

MARKER = "<!-- topics -->"
KEYS = {"id", "en", "zh", "page"}
LISTS = {"more", "mistakes"}
GALLERY = "reference/errors/"
# In a page, or in a tutorial, where prose is commented out.
HEADING = re.compile(r"(?m)^(?:# )?#{1,3} (?P<title>.+?) \{ #(?P<id>[\w-]+) \}$")
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
    name = relative(path)
    try:
        with path.open("rb") as file:
            entries = tomllib.load(file)["topic"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise InputError(name, 0, f"the topics cannot be read: {error}.", "Correct it.") from error
    return [_topic(entry, language, name) for entry in entries]


def _topic(entry: dict[str, Any], language: str, name: str) -> Topic:
    called = entry.get("id", "a topic without an id")
    for problem, keys in (("lacks", KEYS - entry.keys()), ("has the unknown key", entry.keys() - KEYS - LISTS)):
        if keys:
            message = f"{called} {problem} {min(keys)!r}."
            raise InputError(name, 0, message, f"A topic has {', '.join(sorted(KEYS | LISTS))}.")
    mistakes = tuple(f"{GALLERY}{mistake}.md" for mistake in entry.get("mistakes", ()))
    return Topic(entry["id"], entry[language], entry["page"], tuple(entry.get("more", ())), mistakes)


class TopicsExtension(Extension):
    """Replace the marker by the list of topics."""

    def __init__(self, **options: object) -> None:
        self.config = {
            "language": ["en", "The language of the pages."],
            "file": ["docs/topics.toml", "The file of topics."],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown: before the page is run (30), which keeps its text for machines."""

        def fill(lines: list[str]) -> list[str]:
            file = page_file(md)
            if MARKER not in lines or file is None:
                return lines
            position = lines.index(MARKER)
            root = Path(file.abs_src_path[: -len(file.src_uri)])
            language, path = self.getConfig("language"), Path(self.getConfig("file"))
            listed = _List(root, file.src_uri, language, relative(path)).of(read_topics(path, language))
            return [*lines[:position], *listed, *lines[position + 1 :]]

        md.preprocessors.register(Step(md, fill), "topics", 31)


class _List:
    """Lists topics on a page.

    Args:
        root: The folder of the pages of a language.
        page: The page, from there.
        language: The language.
        name: The file of topics, for what is wrong in it.
    """

    def __init__(self, root: Path, page: str, language: str, name: str) -> None:
        self.root, self.page, self.language, self.name = root, page, language, name

    def of(self, topics: list[Topic]) -> Iterator[str]:
        """Yield the lines."""
        # A box of its own, so that what is made from the file can be told from what an author wrote on the page.
        yield from ['<div class="topics" markdown="1">', ""]
        for topic in topics:
            yield from [f"## {topic.name} {{ #{topic.id} }}", "", f"**{self._link(topic.page)}**", ""]
            yield from (f"- {self._link(address)}" for address in topic.more)
            if topic.mistakes:
                yield "- " + MISTAKES[self.language] + BETWEEN[self.language].join(map(self._link, topic.mistakes))
            yield ""
        yield from ["</div>", ""]

    def _link(self, address: str) -> str:
        path, _, anchor = address.partition("#")
        try:
            headings = HEADING.finditer(read_text(self.root / path))
        except (OSError, InputError) as error:
            raise InputError(self.name, 0, f"{address} is no page.", "Correct its name, or take it out.") from error
        titles = [match["title"] for match in headings if not anchor or match["id"] == anchor]
        if not titles:
            raise InputError(self.name, 0, f"{path} has no heading {anchor or 'with an id'}.", "Correct the address.")
        return (
            f"[{titles[0]}]({posixpath.relpath(path, posixpath.dirname(self.page) or '.')}{'#' * bool(anchor)}{anchor})"
        )


def makeExtension(**options: object) -> TopicsExtension:  # noqa: N802 (the name is Python-Markdown's)
    """Return the extension to Python-Markdown."""
    return TopicsExtension(**options)
