"""The messages that the pages show, with the entries that explain them: for readers who paste one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from mkdocs.structure.pages import Page

MESSAGE = re.compile(r"\b(?P<kind>(?:[A-Za-z_]\w*\.)*[A-Za-z]\w*(?:Error|Exception|Warning)): (?P<text>.+)")
GALLERY = "reference/errors/"
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
LONGEST = 280


def files(
    entries: Sequence[Mapping[str, str]],
    pages: Sequence[Page],
    sections: Sequence[Mapping[str, Any]],
    typed: Mapping[str, Sequence[str]],
    repository: str,
) -> dict[str, object]:
    """Return what the field for pasting an error and the search need to know, by the names of files.

    Args:
        entries: The sections as HTML, in reading order.
        pages: The pages, built.
        sections: The same sections as text, in the same order.
        typed: Messages that no page shows, with the sections that explain them all the same.
        repository: Where readers report a message that is missing; "" for nowhere.
    """
    gallery = [page for page in pages if page.url.startswith(GALLERY)]
    mistakes = {page.url: mistake[0] for page in gallery if (mistake := MISTAKE.search(page.content or ""))}
    shown: dict[str, dict[str, int]] = {}
    for entry in entries:
        for text, rank in _messages(entry, _lines(mistakes.get(entry["location"], ""))):
            known = shown.setdefault(text, {})
            known[entry["location"]] = min(rank, known.get(entry["location"], rank))
    titles = {section["location"]: section["title"] for section in sections}
    shown |= {text: dict.fromkeys(locations, 0) for text, locations in typed.items() if locations}
    addresses = dict.fromkeys(location for ranks in shown.values() for location in _first(ranks))
    numbers = {address: number for number, address in enumerate(addresses)}
    markup = {entry["location"]: entry["text"] for entry in entries}
    questions = [questions for page in gallery for questions in _questions(page)]
    return {
        # Each message with the numbers of its sections, which the other file describes in order.
        "messages.json": {
            "addresses": list(addresses),
            "messages": [[text, *map(numbers.__getitem__, _first(ranks))] for text, ranks in shown.items()],
        },
        "entries.json": {
            "entries": [{"title": titles[address], "says": _says(markup[address])} for address in addresses],
            "questions": questions,
            "repository": repository,
        },
    }


def _messages(entry: Mapping[str, str], subject: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the messages of a section, each with how far it is from being about them: 0 is what a mistake printed."""
    is_gallery = entry["location"].startswith(GALLERY)
    for line in _lines(entry["text"]):
        if match := MESSAGE.search(line):
            yield f"{match['kind']}: {match['text']}"[:LONGEST], 0 if line in subject else 1 if is_gallery else 2


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
