"""The head of each page: what search engines, chats and browsers read there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

HOME = re.compile(r'<link rel="canonical" href="([^"]+)">')
LANGUAGES = re.compile(r'<link rel="alternate " hreflang="([^"]+)" href="([^"]+)">')
CARD = re.compile(r'<meta property="og:image" content="([^"]+)">')
TITLE = re.compile(r"<title>(.+?)</title>")
DESCRIPTION = re.compile(r'<meta name="description" content="([^"]+)">')
LANGUAGE = re.compile(r'<html lang="([^"]+)"')


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, str]:
    """Every page of both languages, by the place where a reader finds it."""
    files = [file for file in site.rglob("index.html") if file.parent.name != "assets"]
    return {file.parent.relative_to(site): file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="module")
def root(pages: dict[Path, str]) -> str:
    """The address of the site."""
    return HOME.search(pages[Path()])[1]


def address(root: str, place: Path) -> str:
    return root if place == Path() else f"{root}{place.as_posix()}/"


def test_every_page_names_its_own_address(pages: dict[Path, str], root: str):
    assert {place: HOME.search(page)[1] for place, page in pages.items()} == {
        place: address(root, place) for place in pages
    }


def test_every_page_names_itself_in_each_language(pages: dict[Path, str], root: str):
    for place, page in pages.items():
        english = Path(*place.parts[1:]) if place.parts[:1] == ("zh",) else place
        assert dict(LANGUAGES.findall(page)) == {
            "en": address(root, english),
            "zh-Hans": address(root, "zh" / english),
            "x-default": address(root, english),
        }, place


def test_every_page_declares_the_language_that_it_is_in(pages: dict[Path, str]):
    assert {place: LANGUAGE.search(page)[1] for place, page in pages.items()} == {
        place: "zh" if place.parts[:1] == ("zh",) else "en" for place in pages
    }


def test_a_shared_link_comes_with_words_for_its_picture(pages: dict[Path, str]):
    for place, page in pages.items():
        assert re.search(r'<meta property="og:image:alt" content="[^"]+: [^"]+">', page), place


def test_a_phone_finds_an_icon_for_its_screen(site: Path, pages: dict[Path, str]):
    for place, page in pages.items():
        icon = site / place / re.search('<link rel="apple-touch-icon" href="([^"]+)">', page)[1]
        with Image.open(icon) as image:
            assert image.size == (180, 180)


def test_search_engines_hear_of_every_sitemap(site: Path, root: str):
    lines = (site / "robots.txt").read_text(encoding="utf-8").splitlines()
    named = [line.removeprefix("Sitemap: ") for line in lines if line.startswith("Sitemap: ")]
    assert named == [f"{root}sitemap.xml", f"{root}zh/sitemap.xml"]
    assert all((site / name.removeprefix(root)).is_file() for name in named)


@pytest.mark.parametrize("pattern", [TITLE, DESCRIPTION], ids=["title", "description"])
def test_no_two_pages_share(pages: dict[Path, str], pattern: re.Pattern):
    found: dict[str, Path] = {}
    for place, page in pages.items():
        text = pattern.search(page)[1]
        assert text not in found, f"{place} and {found[text]} both have {text!r}"
        found[text] = place


def test_every_page_has_a_card_of_its_own(pages: dict[Path, str], root: str, site: Path):
    cards = {place: CARD.search(page)[1] for place, page in pages.items()}
    assert len(set(cards.values())) == len(pages)
    for place, card in cards.items():
        with Image.open(site / card.removeprefix(root)) as image:
            assert image.size == (1200, 630), place


def test_a_page_with_formulas_asks_for_their_font_early_and_others_do_not(pages: dict[Path, str]):
    for place, page in pages.items():
        assert ("formulas.woff2" in page) == ("<math" in page), place


def test_no_page_names_a_resource_of_another_site(site: Path, root: str):
    loading = re.compile(r"""<(?:script|img|iframe|link|source|video)\b[^>]*?(?:src|href)="(?:https?:)?//([^"]*)""")
    host = root.split("/")[2]
    for file in site.rglob("*.html"):
        strangers = [found for found in loading.findall(file.read_text(encoding="utf-8")) if not found.startswith(host)]
        assert not strangers, f"{file.relative_to(site)}: {strangers}"


@pytest.mark.parametrize(("folder", "name"), [("", "Permanent link"), ("zh", "本节的链接")], ids=["en", "zh"])
def test_the_links_of_headings_are_named_in_the_language_of_their_page(site, folder, name):
    page = (site / folder / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'class="headerlink" href="[^"]*" title="([^"]*)"', page)) == {name}
