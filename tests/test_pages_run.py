"""Every pycon fence of a page runs, wherever it stands; what is wrong with one fails the build, with its place."""

import subprocess
import sys

import markdown
import pytest
from bs4 import BeautifulSoup
from mkdocs.config import load_config

from autograd_notes.engine.session import TRACEBACK
from autograd_notes.extensions import fence as fence_module
from tests.console import fence, section
from tests.small_project import SmallProject


@pytest.fixture
def small(tmp_path, monkeypatch, project):
    """A small project, as the current folder."""
    small = SmallProject(tmp_path, project)
    monkeypatch.chdir(tmp_path)
    return small


@pytest.fixture(scope="module")
def convert(project):
    """Markdown to the tree of its HTML, with the extensions of the site and without MkDocs."""
    config = load_config(str(project / "mkdocs.yml"))
    config = config.plugins.on_config(config)

    def run(text: str) -> BeautifulSoup:
        converter = markdown.Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)
        return BeautifulSoup(converter.convert(text), "html.parser")

    return run


CODE = ">>> 40 + 2\n42"


def _indented(text: str, by: str = "    ") -> str:
    return "".join(f"{by}{line}\n" for line in text.splitlines())


PLACES = {
    "the page": fence(CODE),
    "another spelling": fence(CODE).replace("```pycon", "``` {.pycon}"),
    "tildes": fence(CODE).replace("```", "~~~"),
    "four backticks": fence(CODE).replace("```", "````"),
    "a box": '!!! note "A box"\n\n' + _indented(fence(CODE)),
    "a folded box": '??? success "Solution"\n\n' + _indented(fence(CODE)),
    "a box in a box": "!!! note\n\n    !!! tip\n\n" + _indented(fence(CODE), " " * 8),
    "a list": "1. first\n\n" + _indented(fence(CODE)) + "\n2. second\n",
    "a box in a list": "- item\n\n    !!! note\n\n" + _indented(fence(CODE), " " * 8),
    "a block quote": "> quoted\n>\n" + _indented(fence(CODE), "> "),
    "a heading's shadow": "## Title\n" + fence(CODE) + "Text.\n",
}


@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES.keys())
def test_a_block_runs_wherever_it_stands(convert, text):
    page = convert(f"Before.\n\n{text}\nAfter.\n")
    assert [cell.get_text().strip() for cell in page.select(".cell-input code")] == ["40 + 2"]
    assert [cell.get_text().strip() for cell in page.select(".cell-output code")] == ["42"]
    assert "```" not in page.get_text() and ">>>" not in page.get_text()
    assert not page.select(".failure")


def test_blocks_of_a_page_share_a_session_across_boxes(convert):
    page = convert(
        fence(">>> x = 20") + "\n!!! note\n\n" + _indented(fence(">>> x = x + 1")) + "\n" + fence(">>> x\n21")
    )
    assert page.select_one(".cell-output code").get_text().strip() == "21"


def test_a_page_does_not_see_the_definitions_of_another(convert):
    convert(fence(">>> leaked = 1"))
    page = convert(fence(">>> 'leaked' in globals()\nFalse"))
    assert not page.select(".failure")


def test_an_output_stands_under_the_statement_that_made_it(convert):
    page = convert(fence(">>> x = 1\n>>> x\n1\n>>> y = 2\n>>> y\n2\n>>> z = 3"))
    shown = [[part.get_text().strip() for part in cell.select("code")] for cell in page.select(".cell")]
    assert shown == [["x = 1\nx", "1"], ["y = 2\ny", "2"], ["z = 3"]]


def test_code_is_shown_without_prompts_and_directives(convert):
    page = convert(fence(">>> def f():\n...     return 1\n>>> f()  # doctest: +ELLIPSIS\n1"))
    assert page.select_one(".cell-input code").get_text().strip() == "def f():\n    return 1\nf()"


def test_errors_and_warnings_are_marked(convert):
    documented = f"UserWarning: careful\n{TRACEBACK}ZeroDivisionError: division by zero"
    page = convert(fence(f">>> import warnings\n>>> warnings.warn('careful'); 1 / 0\n{documented}"))
    assert page.select_one(".cell-warning code").get_text().strip() == "UserWarning: careful"
    assert page.select_one(".cell-error code").get_text().strip() == "ZeroDivisionError: division by zero"


def test_a_figure_hides_the_code_that_draws_it(convert):
    code = [
        ">>> class Dot:",
        "...     def _repr_svg_(self): return '<svg id=\"dot\"></svg>'",
        "...     def __repr__(self): return 'dot'",
        ">>> Dot()",
        "dot",
    ]
    page = convert(fence("\n".join(code), 'input="hidden"'))
    assert page.select("svg#dot") and not page.select(".cell-input")


def test_other_fences_are_left_alone(convert):
    page = convert("```python\nprint(1)\n```\n\n~~~markdown\n```pycon\n>>> 1\n```\n~~~\n")
    assert not page.select(".cell")
    assert len(page.select("pre")) == 2


def test_an_unchanged_block_is_not_run_again(convert, tmp_path):
    trace = tmp_path / "trace"
    text = fence(f">>> with open({str(trace)!r}, 'a') as file:\n...     _ = file.write('x')")
    convert(text)
    convert(text)
    assert trace.read_text() == "x"


FAULTS = {
    "drift": (section("a", ">>> x = 1\n>>> x\n2"), '--8<-- "drift.md:a"', "8 (snippets/drift.md:4): output drifted"),
    "exit": (
        section("a", ">>> import sys; sys.exit(0)"),
        '--8<-- "exit.md:a"',
        "8 (snippets/exit.md:3): this statement ends Python",
    ),
    "chance": (
        section("a", ">>> import torch\n>>> torch.rand(1)"),
        '--8<-- "chance.md:a"',
        "8 (snippets/chance.md:4): this output depends on chance",
    ),
    "syntax-error": (section("a", ">>> x ="), '--8<-- "syntax-error.md:a"', "snippets/syntax-error.md:3: not Python"),
    "option": (
        section("a", ">>> 1", "colour=red"),
        '--8<-- "option.md:a"',
        "snippets/option.md:2: unknown fence option",
    ),
    "no-section": (
        section("a", ">>> 1\n1"),
        'Text.\n\n--8<-- "no-section.md:b"',
        "10: snippets/no-section.md has no section 'b'",
    ),
    "no-snippet": ("", '--8<-- "gone.md:a"', "8: there is no snippet 'gone.md'"),
    "no-end": (
        section("a", ">>> 1\n1").replace("<!-- --8<-- [end:a] -->", ""),
        '--8<-- "no-end.md:a"',
        "snippets/no-end.md:1: section 'a' has no end",
    ),
    "box": (section("a", ">>> 1\n2"), '!!! note\n\n    --8<-- "box.md:a"', "10 (snippets/box.md:3): output drifted"),
    "typed": ("", fence(">>> 1\n2"), "9: output drifted"),
    "formula": ("", "Text.\n\nA formula $\\frac{1$ here.", "10: cannot read the formula"),
}


@pytest.fixture(scope="module")
def said_of_faults(tmp_path_factory, project):
    """What one build says of all the faults, each on a page of its own."""
    with pytest.MonkeyPatch.context() as patch:
        small = SmallProject(tmp_path_factory.mktemp("faults"), project)
        patch.chdir(small.folder)
        for stem, (snippet, body, _) in FAULTS.items():
            small.write_snippet(snippet, stem)
            small.write_page(body, stem=stem)
        code, said = small.build()
    assert code == 1, said
    return said


@pytest.mark.parametrize("stem", FAULTS)
def test_a_fault_fails_the_build_with_the_lines_of_page_and_snippet(said_of_faults, stem):
    message = FAULTS[stem][2]
    assert (message if message.startswith("snippets/") else f"docs/en/{stem}.md:{message}") in said_of_faults


def test_a_fault_in_one_language_fails_the_build_of_both(small):
    small.write_page(fence(">>> 1\n2"), "zh")
    code, said = small.build()
    assert code == 1
    assert "docs/zh/index.md:9: output drifted" in said and "docs/en" not in said


def test_a_page_that_is_right_is_built_in_both_languages(small):
    small.write_snippet(section("a", CODE))
    small.write_page('--8<-- "index.md:a"')
    code, said = small.build()
    assert code == 0, said
    for language in ("en", "zh"):
        assert "42" in BeautifulSoup(small.html(language), "html.parser").select_one(".cell-output code").get_text()


def test_a_fence_is_run_by_the_formatter_that_superfences_calls(convert, tmp_path, monkeypatch):
    trace = tmp_path / "trace"
    seen = []

    def watched(self, code):
        before = trace.exists()
        html = run(self, code)
        seen.append((before, trace.exists()))
        return html

    run = fence_module.Page.run
    monkeypatch.setattr(fence_module.Page, "run", watched)
    convert(fence(f">>> open({str(trace)!r}, 'w').close()"))
    assert seen == [(False, True)]


def test_a_block_in_a_comment_is_told(convert, caplog):
    convert(f"<!--\n{fence(CODE)}-->\n\n{fence(CODE)}")
    assert "page:2: the page does not show this block: it stands in a comment" in caplog.text


def test_a_block_that_has_fallen_out_of_its_box_is_told(convert, caplog):
    block = "".join(f"    {line}\n" for line in fence(CODE).splitlines())
    convert(f"!!! note\n\n    In the box.\n\nBehind it.\n\n{block}")
    assert "page:7: the page does not show this block" in caplog.text
    assert "is indented where no box and no list goes on" in caplog.text


def test_a_block_that_cannot_run_is_named_and_those_of_its_session_say_so(convert):
    page = convert(
        fence(">>> x = 1") + fence(">>> import os; os._exit(1)") + fence(">>> x") + fence(">>> 2\n2", 'session="other"')
    )
    failures = [failure.get_text() for failure in page.select(".failure")]
    assert failures[1].startswith("page:5: this statement ends Python (exit code 1)")
    assert failures[0] == failures[2] == "not run: another block of this session cannot run"
    assert [cell.get_text() for cell in page.select(".cell-output code")] == ["2"]


def test_a_figure_that_cannot_be_drawn_says_why(convert, caplog):
    code = [">>> class A:", "...     def _repr_svg_(self): raise ValueError('no layout')", ">>> A()"]
    page = convert(fence("\n".join(code)))
    assert "page:4: a A cannot draw itself: ValueError: no layout." in page.select_one(".failure").get_text()
    assert "page:4: a A cannot draw itself" in caplog.text


def test_a_failure_of_our_own_says_what_failed(convert, monkeypatch):
    def fail(*_):
        raise LookupError("no such colour")

    monkeypatch.setattr(fence_module.cells, "render", fail)
    page = convert(fence(CODE))
    assert "page:1: LookupError: no such colour" in page.select_one(".failure").get_text()


def test_without_the_plugin_it_says_that_the_plugin_is_missing(caplog):
    converter = markdown.Markdown(
        extensions=[
            "pymdownx.superfences",
            "pymdownx.highlight",
            "pymdownx.snippets",
            "autograd_notes.extensions.fence",
        ]
    )
    converter.convert(fence(CODE))
    assert "page:1: this block did not run. The plugin markdown-exec" in caplog.text


UNREADABLE_INCLUDES = [
    '--8<-- "index.md:a b"',
    "--8<--\nindex.md\n--8<--",
    '--8<-- "../mkdocs.yml"',
    '--8<-- "index.md:1:3"',
]


@pytest.mark.parametrize("include", UNREADABLE_INCLUDES)
def test_an_include_that_is_none_is_shown_where_it_stands(convert, include):
    assert "page:3: " in convert(f"Text.\n\n{include}\n").select_one(".failure").get_text()


@pytest.mark.parametrize("flags", [[], ["--quiet"], ["--verbose"]])
def test_drift_and_broken_anchors_fail_a_build_however_much_it_says(small, flags):
    small.write_page(fence(">>> 1\n2"), "en")
    small.write_page("[there](#nowhere)", "zh")
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", *flags], capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "docs/en/index.md:9: output drifted" in result.stderr
    small.write_page("", "en")
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", *flags], capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "'#nowhere'" in result.stderr


@pytest.mark.parametrize("text", ["", "\n", "---\ntitle: New\n---\n"])
def test_an_empty_page_is_built_and_offers_nothing_of_what_it_was(small, text):
    small.write_page(fence(">>> 1\n1"), stem="new")
    assert small.build()[0] == 0
    for language in ("en", "zh"):
        (small.folder / f"docs/{language}/new.md").write_text(text, encoding="utf-8")
    code, said = small.build()
    assert code == 0, said
    assert not list((small.folder / "site").rglob("new.ipynb"))
