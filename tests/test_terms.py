"""A term is explained where a page mentions it first, in running text, and the glossary page lists all terms."""

import re
from pathlib import Path

import markdown
import pytest

from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.terms import read_glossary

PROJECT = Path(__file__).parents[1]
GLOSSARY = """
[[group]]
id = "graph"
en = "The graph"
zh = "计算图"

[[term]]
id = "leaf"
group = "graph"
en = "leaf"
zh = "叶子"
about = { en = "A tensor with `is_leaf`.", zh = "`is_leaf` 为真的张量。" }
home = "explanation/leaves.md#flags"
forms = { en = ["leaf", "leaves"], zh = ["叶子张量", "叶子"] }

[[term]]
id = "edge"
group = "graph"
en = "edge"
zh = "边"
about = { en = "A way.", zh = "一条路。" }
home = "explanation/graph.md"
"""
LEAF = '<button class="term" popovertarget="term-leaf" type="button">{}</button>'


@pytest.fixture
def convert(tmp_path):
    path = tmp_path / "glossary.toml"
    path.write_text(GLOSSARY, encoding="utf-8")

    def convert(text: str, language: str = "en") -> str:
        options = {"autograd_notes.extensions.terms": {"language": language, "file": str(path)}}
        extensions = ["attr_list", "md_in_html", "autograd_notes.extensions.terms"]
        return markdown.markdown(text, extensions=extensions, extension_configs=options)

    return convert


def test_the_first_mention_alone_is_a_button(convert):
    html = convert("A leaf and a *leaf*.\n\n- more leaves")
    assert html.startswith(f"<p>A {LEAF.format('leaf')} and a <em>leaf</em>.</p>")
    assert html.count("<button") == 1


def test_a_mention_may_stand_in_emphasis_a_list_or_at_the_start_of_a_sentence(convert):
    assert f"<em>{LEAF.format('Leaves')}</em>" in convert("- *Leaves* fall")


@pytest.mark.parametrize(
    "text",
    ["# A leaf", "[a leaf](leaf.md)", "`leaf`", "    leaf", "a leafless, overleaf tree", "leaf-like"],
    ids=["heading", "link", "code", "block of code", "part of a word", "part of a compound"],
)
def test_no_button_is_made_of_a_mention_in_a(convert, text):
    assert "<button" not in convert(text)


def test_a_button_opens_the_explanation_with_a_link_to_the_page_of_the_term(convert):
    html = convert("A leaf")
    note = '<div class="term-note" id="term-leaf" popover=""><strong>leaf</strong>'
    assert f"{note}<span> A tensor with <code>is_leaf</code>. </span>" in html
    assert '<a href="explanation/leaves.md#flags">Full explanation</a>' in html


def test_a_page_without_a_term_gets_nothing(convert):
    assert convert("Nothing.") == "<p>Nothing.</p>"


def test_in_chinese_the_longest_wording_is_taken_and_punctuation_stays_with_it(convert):
    html = convert("这是叶子张量，那也是叶子。", "zh")
    assert f'<span class="term-and-mark">{LEAF.format("叶子张量")}，</span>那也是叶子。</p>' in html


def test_the_glossary_page_lists_each_term_with_its_other_name_and_its_page(convert):
    html = convert("<!-- glossary -->")
    assert re.findall(r'<h[23] id="(\w+)">', html) == ["graph", "leaf", "edge"]
    assert '<em class="other-language">边</em>' in html
    assert '<a href="explanation/graph.md">Full explanation</a>' in html
    assert "<button" not in html


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("home = ", "house = "), "leaf lacks 'home'."),
        (("forms = ", "words = "), "leaf has the unknown key 'words'."),
        (('group = "graph"', 'group = "tree"'), "leaf is of the unknown group 'tree'."),
        (("[[term]]", "[[term]"), "the glossary cannot be read"),
    ],
)
def test_a_mistake_in_the_glossary_is_named(tmp_path, wrong, says):
    path = tmp_path / "glossary.toml"
    path.write_text(GLOSSARY.replace(*wrong, 1), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(says)):
        read_glossary(path, "en")


def test_the_terms_of_the_site_have_both_languages_and_no_wording_twice():
    for language in ("en", "zh"):
        terms = read_glossary(PROJECT / "docs" / "glossary.toml", language).terms
        assert all(term.name and term.other and term.about for term in terms)
        forms = [form.lower() for term in terms for form in term.forms]
        assert sorted(set(forms)) == sorted(forms), "a wording is listed for two terms; leave it with one."
        ids = [term.id for term in terms]
        assert sorted(set(ids)) == sorted(ids), "an id is used twice; rename one."
