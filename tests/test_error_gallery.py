"""The error gallery is whole: every entry fails and is mended in view of the reader, and nobody misses the way to it."""

import re

import pytest
from bs4 import BeautifulSoup
from markdown import markdown

from autograd_notes.engine.snippet import read_sections
from autograd_notes.extensions.error_index import Message, find_messages
from tests.judges.page import read_page

GROUPS = {
    "not-connected": 11,
    "grad-is-none": 14,
    "backward": 15,
    "in-place": 12,
    "modes": 6,
    "numerics": 12,
    "custom-function": 12,
    "transforms": 14,
    "hooks-and-more": 15,
}
MISTAKES = {"fails", "silent", "warns"}
# What the parts of an entry are called, in the order in which a reader needs them; some have nothing for the last two.
PARTS = {
    "en": ['!!! bug "The mistake"', '!!! success "The fix"', "**What it means.**", "**Is this yours?**"],
    "zh": ['!!! bug "错误写法"', '!!! success "怎么改"', "**含义**：", "**如何判断**："],
}
FOLDED = {
    "en": ['??? warning "Not this"', '??? note "Seen elsewhere"'],
    "zh": ['??? warning "不要这样改"', '??? note "别处的记录"'],
}
MORE = {"en": "**More.**", "zh": "**延伸阅读**："}
# A question of a triage page, with the entry that it leads to; an address from before is the id.
QUESTION = re.compile(r"^- .+[?？] ?\[.+\]\((?P<file>[\w-]+)\.md\)\n  \{ #(?P<id>[\w-]+) \}$", re.MULTILINE)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@pytest.fixture(scope="module")
def entries(project):
    """The pages of the entries, by language and name."""
    folders = {language: project / "docs" / language / "reference/errors" for language in ("en", "zh")}
    return {
        language: {
            path.stem: read_page(path.read_text(encoding="utf-8"), path.name)
            for path in sorted(folder.glob("*.md"))
            if path.stem not in (*GROUPS, "index", "all-messages")
        }
        for language, folder in folders.items()
    }


@pytest.fixture(scope="module")
def sections(project, entries):
    """The names of the sections of each entry's snippet."""
    folder = project / "snippets/reference/errors"
    return {name: [section.name for section in read_sections(folder / f"{name}.md")] for name in entries["en"]}


@LANGUAGES
def test_all_111_entries_are_there(entries, language):
    found = [page.front_matter["up"].removesuffix(".md") for page in entries[language].values()]
    assert {group: found.count(group) for group in GROUPS} == GROUPS, "change GROUPS in this test if that was meant"
    assert len(found) == sum(GROUPS.values()) == 111


@LANGUAGES
def test_every_entry_has_its_parts_in_the_order_in_which_a_reader_needs_them(entries, language):
    for page in entries[language].values():
        wanted = [*PARTS[language], *(part for part in FOLDED[language] if part in page.text), MORE[language]]
        lines = page.text.split("\n")
        places = [next((at for at, line in enumerate(lines) if line.startswith(part)), None) for part in wanted]
        assert None not in places, f"{page.name} lacks {wanted[places.index(None)]!r}"
        assert places == sorted(places), f"{page.name}: the order is {wanted}"


@LANGUAGES
def test_every_entry_has_the_id_of_its_address(entries, language):
    for name, page in entries[language].items():
        assert page.parts[1].id == name, f"{page.name}: the heading has the id {page.parts[1].id!r}"


def test_every_entry_shows_the_mistake_and_the_fix(sections):
    for name, found in sections.items():
        assert found[0] in MISTAKES, f"{name} does not begin with its mistake: a section fails, warns or silent"
        assert "fixed" in found, f"{name} does not show its fix: add a section fixed"


def test_no_example_of_an_entry_goes_on_behind_another_one(project, sections):
    """In the notebook all of them share their names."""
    for name in sections:
        read = read_sections(project / f"snippets/reference/errors/{name}.md")
        order = [section.block.session for section in read]
        begun = [session for at, session in enumerate(order) if order[at - 1 : at] != [session]]
        assert len(begun) == len(set(begun)), f"{name}: {order}: give what comes later a session of its own"


@LANGUAGES
def test_every_entry_that_prints_a_message_shows_it_on_top_and_is_in_the_index_of_messages(
    project, entries, sections, language
):
    messages = find_messages(project / "docs" / language / "reference/errors", project / "snippets")
    printing = {message.address.removesuffix(".md") for message in messages}
    lost = {name for name, found in sections.items() if "fails" in found} - printing
    assert not lost, f"{lost}: does the first block print a message?"
    for name, page in entries[language].items():
        has_marker = "\n<!-- message -->\n" in page.text
        assert has_marker == (name in printing), f"{page.name}: <!-- message --> stands where the mistake prints one"


def test_a_message_with_backticks_is_shown_as_it_is():
    message = Message("UserWarning", "`parameters` is an empty generator", "", "")
    assert markdown(message.shown) == "<p><code>UserWarning: `parameters` is an empty generator</code></p>"


@LANGUAGES
def test_every_silent_entry_can_be_found_by_its_symptom_or_its_message(project, sections, language):
    folder = project / "docs" / language / "reference/errors"
    by_symptom = (folder / "index.md").read_text(encoding="utf-8")
    by_message = {message.address for message in find_messages(folder, project / "snippets")}
    for name, found in sections.items():
        if "silent" in found:
            address = f"{name}.md"
            assert f"({address})" in by_symptom or address in by_message, f"name {address} under a symptom in index.md"


@LANGUAGES
def test_a_triage_page_asks_for_each_of_its_entries_under_its_old_address(project, entries, language):
    for group in GROUPS:
        text = (project / f"docs/{language}/reference/errors/{group}.md").read_text(encoding="utf-8")
        asked = [(match["file"], match["id"]) for match in QUESTION.finditer(text)]
        wanted = {name for name, page in entries[language].items() if page.front_matter["up"] == f"{group}.md"}
        assert {file for file, _ in asked} == wanted, f"{group}.md: a question for each entry, and an entry for each"
        assert all(file == old for file, old in asked), f"{group}.md: the id of a question is the name of its entry"


@pytest.mark.parametrize("language", ["", "zh/"], ids=["en", "zh"])
def test_entries_are_in_no_navigation_and_lead_up(site, entries, language):
    home = BeautifulSoup((site / language / "index.html").read_text(encoding="utf-8"), "html.parser")
    linked = {link["href"] for link in home.select(".md-nav a[href]")}
    sitemap = (site / language / "sitemap.xml").read_text(encoding="utf-8")
    for name, page in entries[language.strip("/") or "en"].items():
        assert f"reference/errors/{name}/" not in linked, f"the navigation of each page names {name}"
        assert f"/{language}reference/errors/{name}/</loc>" in sitemap
        built = (site / language / "reference/errors" / name / "index.html").read_text(encoding="utf-8")
        path = BeautifulSoup(built, "html.parser").select(".md-path a")
        group = page.front_matter["up"].removesuffix(".md")
        assert [link["href"] for link in path] == ["../../..", "../", f"../{group}/"], f"{name}: its way up"
