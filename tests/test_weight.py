"""What is taken out of the site's styles and scripts is missed on no page."""

import re
from pathlib import Path

import pytest

from autograd_notes.site import weight

CLASSES = re.compile(r'class="([^"]*)"')


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".md-tabs{color:red}.md-nav{color:red}", ".md-nav{color:red}"),
        (".md-tabs a,.md-nav a{color:red}", ".md-nav a{color:red}"),
        ("[dir=rtl] a{left:0}[dir=ltr] a{left:1px}", "[dir=ltr] a{left:1px}"),
        (".md-nav:not(.md-nav--lifted){color:red}", ".md-nav:not(.md-nav--lifted){color:red}"),
        ("a:is(.md-top,.md-nav){color:red}b:is(.md-top,.md-tag){color:red}", "a:is(.md-top,.md-nav){color:red}"),
        ("@media print{.md-top{color:red}}@media print{a{color:red}}", "@media print{a{color:red}}"),
        ('@charset "UTF-8";a:after{content:"}.md-top{"}', '@charset "UTF-8";a:after{content:"}.md-top{"}'),
        (
            ":root{--md-tag-icon:url('data:;x');--md-toc-icon:url('data:;y')}",
            ":root{--md-toc-icon:url('data:;y')}",
        ),
        (".keyword,.informed{color:red}", ".keyword,.informed{color:red}"),
    ],
)
def test_only_rules_that_apply_to_nothing_are_cut(css: str, kept: str):
    assert weight.cut_styles(css) == kept


def test_no_page_has_an_element_of_which_the_rules_were_cut(site: Path):
    used = {
        name
        for path in site.rglob("*.html")
        for names in CLASSES.findall(path.read_text(encoding="utf-8"))
        for name in names.split()
    }
    missed = sorted(name for name in used if weight.is_unused(f".{name}"))
    assert not missed, f"these have no styles any more; take them out of UNUSED in {weight.__file__}: {missed}"


@pytest.mark.parametrize(
    ("text", "suffix", "kept"),
    [
        ("/* What\n   it is. */\na {\n  /* Why. */\n  left: 0;\n}\n", ".css", "a {\n  left: 0;\n}\n"),
        ("// What it is.\nlet a = 1 // one\n", ".js", "let a = 1 // one\n"),
        ('const a = "http://x" /* x */\n', ".js", 'const a = "http://x" /* x */\n'),
        ("  //* not one in CSS\n", ".css", "  //* not one in CSS\n"),
    ],
)
def test_comments_on_lines_of_their_own_are_left_out(text: str, suffix: str, kept: str):
    assert weight.without_comment_lines(text, suffix) == kept


def test_the_site_has_our_files_without_their_comments(site: Path, project: Path):
    for source in (project / "docs/theme/assets").rglob("*.[cj]s*"):
        built = site / "assets" / source.relative_to(project / "docs/theme/assets")
        text = weight.without_comment_lines(source.read_text(encoding="utf-8"), source.suffix)
        assert built.read_text(encoding="utf-8") == text
