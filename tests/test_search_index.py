"""The search index holds the sections of all pages as plain text, and every page searches with our worker."""

import json
from types import SimpleNamespace

import pytest

from autograd_notes.engine.session import TRACEBACK, Outcome
from autograd_notes.engine.transcript import fences, read_block
from autograd_notes.extensions import cells
from autograd_notes.releases.lookup import Elsewhere, Group, Span
from autograd_notes.site import search
from tests.console import fence

MATERIAL = 'assets/javascripts/workers/search.0123abcd.min.js"'
INDEX = {
    "config": {"lang": ["en"]},
    "docs": [
        {"location": "second/", "title": "Second", "text": ""},
        {"location": "second/#next", "title": "Read next", "text": "<p>First</p>"},
        {
            "location": "first/",
            "title": "A <code>name</code>",
            "text": "<p>One &amp; two.</p>\n<pre><code>x &lt; 1</code></pre>",
        },
    ],
}
PAGES = [
    SimpleNamespace(url="first/", meta={"description": "What it is."}),
    SimpleNamespace(url="second/", meta={}),
]
SECTIONS = [
    {"location": "first/", "title": "A name", "summary": "What it is.", "blocks": ["One & two.", "x < 1"]},
    {"location": "second/", "title": "Second", "summary": "", "blocks": []},
]


@pytest.fixture
def site(tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "search_index.json").write_text(json.dumps(INDEX))
    return tmp_path


def test_sections_are_plain_text_in_reading_order_without_lists_of_links(site):
    search.write_sections(site, PAGES, offline=False)
    assert json.loads((site / "search" / "sections.json").read_text()) == SECTIONS
    assert json.loads((site / "search" / "search_index.json").read_text()) == {**INDEX, "docs": []}


def test_a_site_for_reading_offline_has_its_sections_in_a_script(site):
    search.write_sections(site, PAGES, offline=True)
    [script] = (site / "search").iterdir()
    name, _, index = script.read_text().partition(" = ")
    assert (script.name, name) == ("search_index.js", "var __index")
    assert json.loads(index)["docs"] == SECTIONS


def test_a_page_names_our_worker_in_place_of_materials():
    assert search.with_our_worker(f'"search": "../{MATERIAL}') == '"search": "../assets/search/worker.js"'


def test_a_page_that_names_no_worker_of_material_is_refused():
    with pytest.raises(ValueError, match="Material"):
        search.with_our_worker("<html></html>")


def test_an_installed_jieba_changes_nothing():
    index = search.material.plugins.search.plugin.SearchIndex()
    page = SimpleNamespace(meta={}, title="计算图", content="<p>自动微分</p>", url="", toc=[])
    index.add_entry_from_context(page)
    assert index.entries == [{"location": "", "title": "计算图", "text": "<p>自动微分</p>"}]


def test_what_other_releases_print_can_be_searched_and_their_names_are_no_noise():
    index = search.material.plugins.search.plugin.SearchIndex()
    message = Group((Span("2.6", "2.7"),), "message", f"{TRACEBACK}RuntimeError: an older wording\n")
    value = Group((Span("2.8", "2.8"),), "value", "3\n")
    block = read_block(next(fences(fence(">>> 1\n1").splitlines())), "page")
    elsewhere = Elsewhere((Span("2.6", "2.8"),), (value, message))
    content = cells.render(block, [Outcome("1\n")], [], [elsewhere], lambda code, _: code, "")
    index.add_entry_from_context(SimpleNamespace(meta={}, title="A", content=content, url="", toc=[]))
    [entry] = index.entries
    blocks = search._blocks(entry["text"])
    assert "RuntimeError: an older wording" in blocks
    assert not any("2.6" in block or "release" in block for block in blocks)
