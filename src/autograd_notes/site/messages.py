"""The messages that the pages show, with the entries that explain them: for readers who paste one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from mkdocs.structure.pages import Page

from autograd_notes.engine.outcome import MESSAGE
from autograd_notes.extensions.all_messages import VALUE, Messages

GALLERY = "reference/errors/"
# The page with all messages, a section for each group.
LIST = f"{GALLERY}all-messages/"
# On an entry of the gallery: the box with the mistake.
MISTAKE = re.compile(r'<div class="admonition bug">.*?(?=<div class="admonition )', re.DOTALL)
# In the gallery: the page with questions, and their part of it.
CAUSES = re.compile(r'<h2 id="causes">.*?(?=<h2 )', re.DOTALL)
QUESTIONS = re.compile(r'<h3 id="(?P<id>[\w-]+)">(?P<title>.*?)<a class="headerlink".*?(?=<h3 |\Z)', re.DOTALL)
QUESTION = re.compile(r'<li>(?P<question>.*?)<a href="(?P<address>[^"]+)">(?P<title>.*?)</a>', re.DOTALL)
PROSE = re.compile(r"<p>(.*?)</p>", re.DOTALL)
OUTPUT = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
# No two messages differ only after so many characters.
LONGEST = 200
# So much of a listed message tells it from others; a page may show it behind the name of its class, and cut off.
BEGINNING = 120


def files(
    entries: Sequence[Mapping[str, str]],
    pages: Sequence[Page],
    sections: Sequence[Mapping[str, Any]],
    places: Mapping[str, str],
    typed: Mapping[str, Sequence[str]],
    listed: Messages,
    repository: str,
) -> dict[str, object]:
    """Return what the field for pasting an error and the search need to know, by the names of files.

    Args:
        entries: The sections as HTML, in reading order.
        pages: The pages, built.
        sections: The same sections as text, in the same order.
        places: The addresses of the sections, by the names that authors have for them: "how-to/nan/#find".
        typed: Messages that no page shows, with the names of the sections that explain them all the same.
        listed: All messages of autograd.
        repository: Where readers report a message that is missing; "" for nowhere.
    """
    gallery = [page for page in pages if page.url.startswith(GALLERY)]
    mistakes = {page.url: mistake[0] for page in gallery if (mistake := MISTAKE.search(page.content or ""))}
    shown: dict[str, dict[str, int]] = {}
    for entry in entries:
        for text, rank in _messages(entry, _lines(mistakes.get(entry["location"], ""))):
            known = shown.setdefault(text, {})
            known[entry["location"]] = min(rank, known.get(entry["location"], rank))
    for text, names in [*typed.items(), *_explained(listed, "\n".join(shown))]:
        if there := [places[name] for name in names if name in places]:
            shown[text] = dict.fromkeys(there, 0)
    found = dict.fromkeys(location for ranks in shown.values() for location in _first(ranks))
    addresses = sorted(found, key=_is_outside)
    numbers = {address: number for number, address in enumerate(addresses)}
    order = {section["location"]: section["number"] for section in sections}
    markup = {entry["location"]: entry["text"] for entry in entries}
    about = {
        address: {"address": address, "title": section["title"], "says": _says(markup[address])}
        for section in sections
        if (address := section["location"])
    }
    questions = [questions for page in gallery for questions in _questions(page)]
    others = {places[name]: group for group in listed.groups if (name := f"{LIST}#{group.id}") in places}
    return {
        # Each message with the numbers of its entries, and which sections these are: so many of the gallery, which come
        # first, and others.
        "messages.json": {
            "sections": [order[address] for address in addresses],
            "gallery": len(addresses) - sum(map(_is_outside, addresses)),
            "messages": [[text, *sorted(map(numbers.__getitem__, _first(ranks)))] for text, ranks in shown.items()],
        },
        "entries.json": {
            "entries": [about[address] for address in addresses],
            "questions": questions,
            "repository": repository,
        },
        # The messages that need no entry, in the same form, with the sections that say why.
        "others.json": {
            "messages": [
                [message.replace(VALUE, "…"), number]
                for number, group in enumerate(others.values())
                for message in group.messages
            ],
            "entries": [about[address] for address in others],
        },
    }


def _is_outside(location: str) -> bool:
    return not location.startswith(GALLERY)


def _explained(listed: Messages, shown: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the listed messages that an entry or a heading explains and no page shows, with the names of those."""
    for text, name in listed.explained.items():
        page, _, id = name.rpartition("#")
        if not re.search(".*".join(map(re.escape, text[:BEGINNING].split(VALUE))), shown):
            yield text.replace(VALUE, "…"), [f"{page}/#{id}" if page else f"{GALLERY}{id}/"]


def _messages(entry: Mapping[str, str], subject: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the messages of a section, each with how far it is from being about them: 0 is what a mistake printed."""
    is_gallery = entry["location"].startswith(GALLERY)
    for line in _lines(entry["text"]):
        if (match := MESSAGE.search(line)) and match["text"]:
            yield _beginning(f"{match['kind']}: {match['text']}"), 0 if line in subject else 1 if is_gallery else 2


def _beginning(message: str) -> str:
    """Return a message, of a long one the beginning in whole words, with dots."""
    return message if len(message) <= LONGEST else f"{message[:LONGEST].rpartition(' ')[0]} …"


def _lines(markup: str) -> list[str]:
    return [line for output in OUTPUT.findall(markup) for line in _text(output).splitlines()]


def _first(ranks: Mapping[str, int]) -> list[str]:
    """Return the sections that come closest to being about a message."""
    best = min(ranks.values())
    return [location for location, rank in ranks.items() if rank == best]


def _questions(page: Page) -> Iterator[dict[str, Any]]:
    for part in CAUSES.findall(page.content or ""):
        for match in QUESTIONS.finditer(part):
            asked = [
                {
                    "ask": _text(one["question"]),
                    "title": _text(one["title"]),
                    "entry": urljoin(page.url, one["address"]),
                }
                for one in QUESTION.finditer(match[0])
            ]
            yield {"location": f"{page.url}#{match['id']}", "title": _text(match["title"]), "asked": asked}


def _says(markup: str) -> str:
    """Return the first paragraph of a section."""
    return next((text for text in map(_text, PROSE.findall(markup)) if len(text) > 20), "")


def _text(markup: str) -> str:
    return html.unescape(TAG.sub("", markup)).strip()
