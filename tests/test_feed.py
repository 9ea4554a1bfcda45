"""Who follows the site hears of the pages that changed last, in each language."""

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from autograd_notes.site import feed

ATOM = {"": feed.ATOM}
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
PAGES = [
    feed.Entry(f"Page {n} <b>&", f"https://example.org/{n}/", "What it is.", f"2026-01-{n:02}") for n in range(1, 31)
]


def read(text):
    """Return a feed as what it says of itself, and its entries; what Atom demands must be there, once."""
    root = ElementTree.fromstring(text)
    assert root.tag == f"{{{feed.ATOM}}}feed"
    entries = root.findall("entry", ATOM)
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(name, ATOM)) == 1, f"{name} of {element.tag}"
        assert datetime.fromisoformat(element.findtext("updated", "", ATOM)).tzinfo
    assert root.findtext("author/name", "", ATOM)
    assert [link.get("href") for link in root.findall("link[@rel='self']", ATOM)]
    ids = [entry.findtext("id", "", ATOM) for entry in entries]
    assert len(set(ids)) == len(ids)
    return root, entries


def test_the_pages_that_changed_last_come_first_and_no_more_than_a_few():
    root, entries = read(feed.write("https://example.org/", "en", "Notes", PAGES))
    days = [entry.findtext("updated", "", ATOM)[:10] for entry in entries]
    assert days == [f"2026-01-{n:02}" for n in range(30, 10, -1)]
    assert root.findtext("updated", "", ATOM) == "2026-01-30T00:00:00Z"
    assert entries[0].findtext("title", "", ATOM) == "Page 30 <b>&"


def test_a_page_without_a_day_is_left_out():
    unknown = feed.Entry("New", "https://example.org/new/", "", "")
    assert len(read(feed.write("https://example.org/", "en", "Notes", [unknown, PAGES[0]]))[1]) == 1
    assert not read(feed.write("https://example.org/", "en", "Notes", [unknown]))[1]


@LANGUAGES
def test_each_page_leads_to_the_feed_of_its_language_which_leads_to_its_pages(site, language):
    folder = site if language == "en" else site / language
    root, entries = read((folder / feed.NAME).read_bytes())
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    address = root.findtext("id", "", ATOM)
    for entry in entries:
        page = folder / entry.findtext("id", "", ATOM).removeprefix(address) / "index.html"
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        assert entry.findtext("updated", "", ATOM)[:10] in soup.select_one(".page-foot").get_text()
        assert entry.findtext("summary", "", ATOM) == soup.select_one("meta[name=description]")["content"]
        [link] = soup.select("link[type='application/atom+xml']")
        assert (page.parent / link["href"]).resolve() == (folder / feed.NAME).resolve()
    last = re.findall(r"<updated>(.+?)T", (folder / feed.NAME).read_text(encoding="utf-8"))
    assert last[0] == max(last)
