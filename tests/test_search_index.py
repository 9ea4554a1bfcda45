"""The search index holds the sections of all pages as plain text, and every page searches with our worker."""

import gzip
import importlib
import itertools
import json
import random
import sys
from types import ModuleType, SimpleNamespace

import pytest

from autograd_notes.engine.dialect import fences
from autograd_notes.engine.session import TRACEBACK, Outcome
from autograd_notes.engine.transcript import InputError, read_block
from autograd_notes.extensions import cells
from autograd_notes.extensions.all_messages import Group as MessageGroup
from autograd_notes.extensions.all_messages import Messages
from autograd_notes.extensions.formulas import mathml
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
NOTHING_LISTED = Messages({}, [])
TYPED = {"names": {"first/": ["what people say"], "gone/#heading": ["nothing"]}, "same": [["one", "eins"]]}


@pytest.fixture
def site(tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "search_index.json").write_text(json.dumps(INDEX))
    return tmp_path


def read(site, name):
    return json.loads((site / "search" / name).read_text(encoding="utf-8"))


def test_headings_are_plain_text_in_reading_order_with_their_other_names_and_without_lists_of_links(site):
    search.write_index(site, PAGES, TYPED, NOTHING_LISTED, "", offline=False)
    index = read(site, "index.json")
    assert (index["pages"], index["sections"], index["stride"]) == (2, 2, 1)
    assert index["same"] == [["one", "eins"]]
    assert read(site, "pages/0.json") == {"path": "first/", "sections": [["", "A name"]]}
    assert read(site, "pages/1.json") == {"path": "second/", "sections": [["", "Second"]]}
    assert read(site, "texts/0.json") == {"0": ["One & two.", "x < 1"], "1": []}
    # The heading is two words, and the other name three; no text has any of them but the summary: "What it is."
    names = {word: places[1] for word, places in read(site, "words/0.json").items() if places[1]}
    assert names == {
        "a": [0, 0, 20],
        "name": [0, 0, 20],
        "people": [0, 1, 30],
        "say": [0, 1, 30],
        "second": [1, 0, 10],
        "what": [0, 1, 30],
    }
    assert read(site, "search_index.json") == {**INDEX, "docs": []}


def test_each_word_is_in_the_file_that_the_index_says(site):
    words = " ".join(f"w{number:04}ord" for number in range(3000))
    many = [{"location": "first/", "title": "Many", "text": f"<p>{words}</p>"}]
    (site / "search" / "search_index.json").write_text(json.dumps({**INDEX, "docs": many}))
    search.write_index(site, PAGES, {}, NOTHING_LISTED, "", offline=False)
    index = read(site, "index.json")
    starts = [read(site, f"starts/{number}.json") for number in range(len(index["starts"]))]
    assert index["starts"] == [part[0] for part in starts]
    shelves = [first for part in starts for first in part]
    assert all(len(part) == index["shelves"] for part in starts[:-1])
    assert len(shelves) > 3
    for word in words.split():
        number = max(number for number, first in enumerate(shelves) if first <= word)
        assert word in read(site, f"words/{number}.json")


def test_a_name_in_code_is_found_by_its_parts_and_a_common_word_says_little_of_a_name(site):
    docs = [{"location": "first/", "title": "The retain_graph 怎么用梯度", "text": ""}]
    (site / "search" / "search_index.json").write_text(json.dumps({**INDEX, "docs": docs}))
    search.write_index(site, [], {"common": ["the", "怎么"]}, NOTHING_LISTED, "", offline=False)
    words = read(site, "words/0.json")
    # The parts of retain_graph are two words, 用梯度 two pairs; two common words are three tenths each.
    assert {word: places[1] for word, places in words.items()} == {
        "graph": [0, 0, -46],
        "retain": [0, 0, -46],
        "retain_graph": [0, 0, 46],
        "梯度": [0, 0, 46],
        "用梯": [0, 0, 46],
    }


def test_what_a_query_loads_hardly_grows_with_the_site(tmp_path, project):
    """With ten times as many sections there are ten times as many headings, and three times as many words."""
    small, large = (_most_loaded(_site_of(tmp_path / str(pages), pages), project) for pages in (60, 600))
    assert sum(large.values()) < 1.15 * sum(small.values()), f"the most bytes that a query loads: {small}, then {large}"


def _site_of(folder, pages):
    """Write the index of a site of ten sections a page, with words as rare as those of a language."""
    draw = random.Random(0)
    known = [
        f"{draw.choice('bcdfgklmnprst')}{draw.choice('aeiou')}{number:x}" for number in range(round(400 * pages**0.5))
    ]
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(known))))

    def some(count):
        return " ".join(draw.choices(known, cum_weights=weights, k=count))

    places = [f"page-{page}/{'#' if part else ''}{part or ''}" for page in range(pages) for part in range(10)]
    docs = [{"location": place, "title": some(4), "text": f"<p>{some(50)}</p>"} for place in places]
    (folder / "search").mkdir(parents=True)
    (folder / "search" / "search_index.json").write_text(json.dumps({**INDEX, "docs": docs}))
    search.write_index(folder, [], {"names": {place: [some(3)] for place in places}}, NOTHING_LISTED, "", offline=False)
    return folder / "search"


def _most_loaded(folder, project):
    """Return how many bytes a query loads at most: six words, ten pages that have them, and texts of four."""
    most = {"index.json": 1, "spelling.json": 1, "starts/*": 3, "words/*": 6, "pages/*": 10, "texts/*": 4}
    loaded = {"scripts": sum(map(_compressed, project.glob("docs/theme/assets/search/*.js")))}
    for name, count in most.items():
        loaded[name] = sum(sorted(map(_compressed, folder.glob(name)), reverse=True)[:count])
    return loaded


def _compressed(file):
    return len(gzip.compress(file.read_bytes()))


def test_a_formula_is_a_line_of_text_also_in_a_heading_and_its_powers_are_filed_as_they_are_typed():
    index = search.material.plugins.search.plugin.SearchIndex()
    power, content = mathml("3x^2", False), '<h1 id="a">Of {0}</h1><p>It is {0}, and 2^k.</p>'
    index.add_entry_from_context(SimpleNamespace(meta={}, title="A", content=content.format(power), url="", toc=[]))
    [entry] = index.entries
    assert (entry["title"], entry["text"]) == ("Of 3x²", "<p>It is 3x², and 2^k.</p>")
    assert {"3x2", "2k"} <= set(search.terms(entry["text"]))


def test_a_smaller_index_leaves_no_file_of_a_larger_one(site):
    (site / "search" / "words").mkdir()
    (site / "search" / "words" / "99.json").write_text("{}")
    search.write_index(site, PAGES, {}, NOTHING_LISTED, "", offline=False)
    assert not (site / "search" / "words" / "99.json").exists()


def test_a_site_for_reading_offline_has_its_index_in_a_script(site):
    search.write_index(site, PAGES, TYPED, NOTHING_LISTED, "", offline=True)
    [script] = (site / "search").iterdir()
    name, _, index = script.read_text().partition(" = ")
    assert (script.name, name) == ("search_index.js", "var __index")
    [files] = json.loads(index)["docs"]
    written = {"index.json", "starts/0.json", "words/0.json", "spelling.json", "pages/0.json", "texts/0.json"}
    assert written | {"messages.json", "entries.json"} <= set(files)


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("a/b/#c", "a/b/#c"),
        ("a/b.html#c", "a/b/#c"),
        ("a/index.html", "a/"),
        ("index.html#c", "#c"),
    ],
)
def test_a_section_is_named_the_same_where_addresses_end_in_file_names(location, place):
    assert search.place_of(location) == place


def test_a_message_leads_to_the_entry_that_is_about_it_rather_than_to_one_that_mentions_it(site):
    printed, lead = "<pre><code>RuntimeError: it went wrong</code></pre>", "<p>What it means, in a sentence.</p>"
    mistake, fix = '<div class="admonition bug">{}</div>', '<div class="admonition success">{}</div>'
    pages = [
        SimpleNamespace(url="reference/errors/it/", meta={}, content=lead + mistake.format(printed) + fix.format("")),
        SimpleNamespace(
            url="reference/errors/other/", meta={}, content=lead + mistake.format("") + fix.format(printed)
        ),
    ]
    docs = [
        {"location": "first/#seen", "title": "Seen", "text": f"<p>Prose.</p>{printed}"},
        {"location": "reference/errors/other/", "title": "Other", "text": f"{lead}{printed}"},
        {"location": "reference/errors/it/", "title": "It", "text": f"{lead}{printed}"},
    ]
    (site / "search" / "search_index.json").write_text(json.dumps({**INDEX, "docs": docs}))
    search.write_index(site, pages, {}, NOTHING_LISTED, "https://example.org", offline=False)
    assert read(site, "messages.json") == {
        "sections": [0],
        "gallery": 1,
        "messages": [["RuntimeError: it went wrong", 0]],
    }
    entries = read(site, "entries.json")
    address = "reference/errors/it/"
    assert entries["entries"] == [{"address": address, "title": "It", "says": "What it means, in a sentence."}]
    assert entries["repository"] == "https://example.org"


def test_what_people_type_names_headings_that_are_there(project):
    pages = {language: project / "docs" / language for language in ("en", "zh")}
    typed = {language: search.read_typed(project / search.TYPED, language) for language in pages}
    missing = []
    for language, folder in pages.items():
        for place in typed[language]["names"]:
            path, _, anchor = place.partition("#")
            file = _file_of(folder, path)
            # A page may be named before it is there; one that is there has the heading.
            if file and anchor and f"{{ #{anchor} }}" not in file.read_text(encoding="utf-8"):
                missing.append(f"{search.TYPED}: {language}: {place} is no heading: rename it here as well")
    assert not missing, "\n".join(missing)


def test_what_people_type_must_be_toml(tmp_path):
    (tmp_path / "search.toml").write_text("[en\n")
    with pytest.raises(InputError, match="not TOML"):
        search.read_typed(tmp_path / "search.toml", "en")


def _file_of(folder, path):
    stem = path.strip("/")
    files = [folder / f"{stem}.md", folder / f"{stem}.py", folder / stem / "index.md"]
    return next((file for file in files if file.is_file()), None)


def test_a_page_names_our_worker_in_place_of_materials():
    assert search.with_our_worker(f'"search": "../{MATERIAL}') == '"search": "../assets/search/worker.js"'


def test_a_page_that_names_no_worker_of_material_is_refused():
    with pytest.raises(ValueError, match="Material"):
        search.with_our_worker("<html></html>")


def test_an_installed_jieba_changes_nothing(monkeypatch):
    """Material is loaded anew where a module of that name is there, which cuts everything into signs."""
    jieba = ModuleType("jieba")
    jieba.cut = jieba.cut_for_search = list
    jieba.setLogLevel = jieba.set_dictionary = jieba.load_userdict = lambda *_: None
    monkeypatch.setitem(sys.modules, "jieba", jieba)
    plugin = search.material.plugins.search.plugin
    try:
        importlib.reload(plugin)
        assert plugin.jieba is jieba
        importlib.reload(search)
        _expect_whole_text()
    finally:
        monkeypatch.undo()
        importlib.reload(plugin)
        importlib.reload(search)


def _expect_whole_text():
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


def test_of_a_long_message_the_beginning_is_kept_in_whole_words(site):
    long = "RuntimeError: " + "word " * 60
    docs = [{"location": "first/", "title": "First", "text": f"<pre>{long}</pre>"}]
    (site / "search" / "search_index.json").write_text(json.dumps({**INDEX, "docs": docs}))
    search.write_index(site, PAGES, {}, NOTHING_LISTED, "", offline=False)
    [[text, *_]] = read(site, "messages.json")["messages"]
    assert text == "RuntimeError: " + "word " * 37 + "…"


def test_a_listed_message_leads_to_what_explains_it_or_why_nothing_does(site):
    printed = "<pre><code>RuntimeError: it went wrong 3 times</code></pre>"
    docs = [
        {"location": "reference/errors/it/", "title": "It", "text": printed},
        {"location": "how-to/that/#part", "title": "Part", "text": ""},
        {
            "location": "reference/errors/all-messages/#clear",
            "title": "Clear",
            "text": "<p>They say what is wrong.</p>",
        },
    ]
    (site / "search" / "search_index.json").write_text(json.dumps({**INDEX, "docs": docs}))
    listed = Messages(
        {"it went wrong {} times": "it", "{} is unseen": "it", "unseen, too": "how-to/that#part"},
        [MessageGroup("clear", {"en": "Clear"}, {"en": "They say what is wrong."}, ["no {} here"])],
    )
    search.write_index(site, PAGES, {}, listed, "", offline=False)
    assert read(site, "messages.json") == {
        "sections": [0, 1],
        "gallery": 1,
        "messages": [["RuntimeError: it went wrong 3 times", 0], ["… is unseen", 0], ["unseen, too", 1]],
    }
    assert read(site, "others.json") == {
        "messages": [["no … here", 0]],
        "entries": [
            {
                "address": "reference/errors/all-messages/#clear",
                "title": "Clear",
                "says": "They say what is wrong.",
            }
        ],
    }
