"""Which pages a browser has to look at: so many that each kind of element of the site is on one of them.

Colours, names and widths come from kinds of elements, and not from the page that has them. What can be read from the HTML
is read from that of every page (tests/judges/built_site.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

# Words are told apart by so many letters: a page can be too wide for a phone by a long one.
STEP = 8
LATIN = re.compile(r"[!-~]+")
EMPTY = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def kinds(page: str) -> set[str]:
    """Return the kinds of elements in the HTML of a page: name and classes, what it stands in, and its longest word."""
    reader = _Reader()
    reader.feed(page)
    return reader.found


def one_of_each(pages: Mapping[str, Iterable[str]]) -> list[str]:
    """Return few pages, in their order, that have all kinds between them: each time the one that adds most.

    Args:
        pages: The kinds of each page.
    """
    missing = {kind for kinds_of_one in pages.values() for kind in kinds_of_one}
    chosen = []
    while missing:
        chosen.append(max(pages, key=lambda name: len(missing.intersection(pages[name]))))
        missing.difference_update(pages[chosen[-1]])
    return sorted(chosen, key=list(pages).index)


class _Reader(HTMLParser):
    """Collects the kinds while the elements open and close."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[tuple[str, str]] = []
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        classes = dict(attributes).get("class") or ""
        kind = ".".join([tag, *sorted(classes.split())])
        around = next((one for _, one in reversed(self.opened) if "." in one), "")
        self.found.add(f"{around} > {kind}")
        if tag not in EMPTY:
            self.opened.append((tag, kind))

    def handle_data(self, text: str) -> None:
        # What is preformatted scrolls by itself, and Chinese can be broken anywhere.
        if "pre" not in [tag for tag, _ in self.opened]:
            self.found |= {f"a word of {len(word) // STEP * STEP}" for word in LATIN.findall(text)}

    def handle_endtag(self, tag: str) -> None:
        while self.opened and self.opened.pop()[0] != tag:
            pass
