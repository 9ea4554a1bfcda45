"""Machines get every page as Markdown with its outputs filled in, listed in llms.txt, in each language."""

import re

import pytest
import yaml

from autograd_notes.downloads.markdown_export import markdown
from autograd_notes.downloads.portable import parts
from autograd_notes.engine import dialect
from autograd_notes.engine.snippet import read_sections
from tests.console import page_run

LANGUAGES = pytest.mark.parametrize("folder", ["", "zh"], ids=["en", "zh"])
LISTED = re.compile(r"^- \[[^]]+\]\((?P<address>[^)]+)\): (?P<about>.+)$", re.MULTILINE)
# Between rows of as many backticks, in a line or as a block: there an author may write anything.
CODE = re.compile(dialect.CODE.pattern, re.DOTALL)
SITEMAP = re.compile(r"<loc>(.*?)</loc>")
PAGE = """# Title { #title }

中文一行，
再一行。

??? success "Solution"

    Before.

    ```pycon
    >>> x = 1
    >>> x + 1
    2
    ```

    - one
    - two
{ .caption }

```text
# not a heading { #id }
```
"""


@LANGUAGES
def test_llms_txt_lists_the_text_of_every_page_once(site, folder):
    listed = [match["address"] for match in LISTED.finditer(_read(site / folder / "llms.txt"))]
    pages = SITEMAP.findall(_read(site / folder / "sitemap.xml"))
    described = [_facts(_file(site, address))["url"] for address in listed]
    assert sorted(described) == sorted(pages), "llms.txt and the sitemap list different pages"


@LANGUAGES
def test_the_text_of_a_page_holds_all_of_its_outputs(site, project, folder):
    for path in sorted((project / "snippets").rglob("*.md")):
        stem = path.relative_to(project / "snippets")
        if not (site / folder / stem).exists() or path.name == "README.md":
            continue
        text = re.sub(r"(?m)^ +", "", _read(site / folder / stem))
        for section in read_sections(path):
            for statement in section.block.statements:
                for line in statement.documented.replace("<BLANKLINE>", "").splitlines():
                    assert line.strip() in text, f"{folder}/{stem} lacks the output {line!r} ({path}:{statement.line})"


@LANGUAGES
def test_the_text_of_a_page_holds_nothing_that_only_this_site_understands(site, folder):
    for match in LISTED.finditer(_read(site / folder / "llms.txt")):
        text = CODE.sub("", _read(_file(site, match["address"])))
        for site_only in (r"^(?:!!!|\?\?\?|--8<--)", r"\{ *[#.][^{}$]*\}$", r"</?\w+[ >]"):
            found = re.search(site_only, text, re.MULTILINE)
            assert not found, f"{match['address']}: {found[0]!r}"


@LANGUAGES
def test_the_foot_of_every_page_names_what_made_its_outputs_and_leads_to_its_files(site, folder):
    for match in LISTED.finditer(_read(site / folder / "llms.txt")):
        file = _file(site, match["address"])
        page = file.with_suffix("") / "index.html" if file.stem != "index" else file.with_suffix(".html")
        foot = re.search(r'<footer class="page-foot">.*?</footer>', _read(page), re.DOTALL)[0]
        assert re.search(r"\d{4}-\d\d-\d\d", foot), f"{page} names no date"
        links = re.findall(r'href="([^"]+)"', foot)
        assert all((page.parent / link).exists() for link in links), f"{page}: one of {links} leads nowhere"
        offered = {link.rpartition(".")[2] for link in links}
        if "```python" in _read(file):
            versions = _facts(file)["outputs"]
            assert all(version in foot for version in versions.split(", ")), f"{page} does not name {versions}"
            assert {"ipynb", "md"} <= offered, f"{page} offers only {links}"
        else:
            assert offered == {"md"}, f"{page} has no examples, but offers {links}"


def test_a_page_becomes_plain_markdown_with_outputs_below_the_code():
    assert _text_of(PAGE) == (
        "---\nurl: here\n---\n\n"
        "# Title\n\n"
        "中文一行，再一行。\n\n"
        "> **Solution**\n>\n> Before.\n\n"
        "```python\nx = 1\nx + 1\n```\n\n"
        "```text\n2\n```\n\n"
        "> - one\n> - two\n\n"
        "```text\n# not a heading { #id }\n```\n"
    )


def _text_of(page):
    return markdown(parts(page_run(page), str), {"url": "here"})


def _read(path):
    return path.read_text(encoding="utf-8")


def _facts(path):
    return yaml.safe_load(_read(path).split("---\n")[1])


def _file(site, address):
    return site / re.sub(r"^\w+://[^/]+/", "", address)
