"""The feed of what changed: the pages that changed last, in the format Atom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from autograd_notes import edition

ATOM = "http://www.w3.org/2005/Atom"
NAME = "feed.xml"
MOST = 20
# Where neither a commit nor the edition says it.
LONG_AGO = "1970-01-01"


@dataclass(frozen=True)
class Entry:
    """A page, and the day on which its text or its code last changed."""

    title: str
    address: str
    description: str
    day: str


def write(address: str, language: str, name: str, pages: Sequence[Entry]) -> bytes:
    """Return the feed of a site in one language.

    Args:
        address: Where the site is.
        language: Its language.
        name: What it is called.
        pages: Its pages; those without a day are left out.
    """
    # Pages of one day stay in their order.
    entries = sorted((page for page in pages if page.day), key=lambda page: page.day, reverse=True)[:MOST]
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _describe(feed, name, address, entries[0].day if entries else edition.day() or LONG_AGO)
    SubElement(feed, "link", rel="self", href=address + NAME)
    SubElement(SubElement(feed, "author"), "name").text = name
    for page in entries:
        entry = SubElement(feed, "entry")
        _describe(entry, page.title, page.address, page.day)
        SubElement(entry, "summary").text = page.description
    indent(feed)
    text: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return text


def _describe(element: Element, title: str, address: str, day: str) -> None:
    """Say what a feed and each of its entries must say of itself."""
    SubElement(element, "id").text = address
    SubElement(element, "title").text = title
    SubElement(element, "updated").text = f"{day}T00:00:00Z"
    SubElement(element, "link", href=address)
