"""Every guard bites: each fault, planted into a copy of the real pages, is found, and said with its place and remedy.

`pytest -s tests/test_guards_bite.py` prints the list: each fault, and what an author is told.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograd_notes.__main__ import main
from tests.console import fence
from tests.judges import built_site, glossary, parity, prose, sections, stamps
from tests.judges.formulas import FormulaJudge
from tests.judges.numbers import NumberJudge
from tests.judges.problem import Problem, listed
from tests.judges.project import LANGUAGES, Project
from tests.judges.sentences import SentenceJudge

STEM = "notes/scalar.md"
SNIPPET = f"snippets/{STEM}"
CLAIMS = "snippets/notes/scalar.claims.toml"
PAGES = [f"docs/{language}/{STEM}" for language in LANGUAGES]


class Copy:
    """A copy of the pages and snippets to plant faults into.

    Args:
        folder: Where it is.
        root: The real project.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        for name in ("docs/en", "docs/zh", "snippets"):
            shutil.copytree(root / name, folder / name)

    def change(self, name: str, old: str, new: str) -> int:
        """Replace the first place of a text in a file, and return its line."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"this fault cannot be planted any more: {name} has no {old!r}; plant it elsewhere"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    @property
    def project(self) -> Project:
        """The copy as it is now."""
        return Project(self.folder)


@pytest.fixture
def copy(tmp_path, project, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Copy(tmp_path, project)


@pytest.fixture
def say(request):
    """Print a fault and what an author is told of it."""

    def show(message: str) -> None:
        print(f"\n{request.node.callspec.id}\n    " + message.strip().replace("\n", "\n    "))

    return show


SECTION = "\n<!-- --8<-- [start:planted] -->\n```pycon\n{}\n```\n<!-- --8<-- [end:planted] -->\n"
IN_SNIPPETS = {
    "a changed digit": (SNIPPET, "8., 12.])", "8., 13.])", r"output drifted.*- tensor\(\[ 0\.,  4\.,  8\., 13\.\]\)"),
    "a changed sign": (SNIPPET, "8., 12.])", "8., -12.])", "output drifted"),
    "a changed dtype": (
        "snippets/reference/errors/float16-underflow.md",
        "tensor(0., dtype=torch.float16)",
        "tensor(0., dtype=torch.bfloat16)",
        "output drifted",
    ),
    "a changed grad_fn name": (SNIPPET, "<MulBackward0>", "<AddBackward0>", "output drifted"),
    "another exception": (SNIPPET, "\nRuntimeError: Only", "\nValueError: Only", "output drifted"),
    "another wording of an exception": (
        SNIPPET,
        "Only Tensors of floating",
        "Only tensors of floating",
        "output drifted",
    ),
    "another wording of a warning": (
        SNIPPET,
        "Its .grad attribute won't",
        "Its .grad attribute will not",
        "output drifted",
    ),
    "a missing line of output": (SNIPPET, "\ntensor([ 0.,  4.,  8., 12.])", "", r"- \(nothing documented\)"),
    "an extra line of output": (SNIPPET, "8., 12.])", "8., 12.])\ntensor(1.)", "output drifted"),
    "a section without end": (SNIPPET, "<!-- --8<-- [end:mark] -->\n", "", "section 'mark' has no end"),
    "an unseeded output": (SNIPPET, ">>> w.requires_grad\nFalse", ">>> torch.rand(1)", "depends on chance"),
    "a syntax error": (SNIPPET, ">>> w.requires_grad\n", ">>> w.requires_grad =\n", "not Python"),
    "an unknown fence option": (
        SNIPPET,
        "```pycon\n",
        "```pycon sesion=a\n",
        "unknown fence option 'sesion=a'|'sesion'",
    ),
    "sys.exit(0) in a block": (SNIPPET, ">>> w.requires_grad\n", ">>> import sys; sys.exit(0)\n", "ends Python"),
    "a comment": (SNIPPET, ">>> w.requires_grad\n", ">>> w.requires_grad  # not yet\n", "no words for humans"),
    "prose between sections": (
        SNIPPET,
        "\n<!-- --8<-- [start:mark]",
        "\nMark it.\n<!-- --8<-- [start:mark]",
        "no prose",
    ),
    "a stray line": (SNIPPET, "False\n>>> w.requires", "False\n\nTrue\n>>> w.requires", "nothing compares it"),
}


@pytest.mark.parametrize("fault", IN_SNIPPETS)
def test_a_fault_in_a_snippet_fails_the_check_with_file_and_line(copy, say, capsys, fault):
    name, old, new, expected = IN_SNIPPETS[fault]
    main(["check", name])
    before = capsys.readouterr().out.split("\n\n")
    line = copy.change(name, old, new)
    code = main(["check", name])
    printed = capsys.readouterr()
    said = printed.out if code == 1 else printed.err
    message = "\n\n".join(part for part in said.split("\n\n") if part not in before)
    say(message)
    assert code in (1, 2)
    assert re.search(expected, message, re.DOTALL)
    found = int(re.match(rf"{re.escape(name)}:(\d+): ", message)[1])
    assert abs(found - line) <= 9, f"it was planted in line {line}"


@dataclass(frozen=True)
class Fault:
    """A fault on pages: where to plant what, who must find it, and what it must say."""

    changes: tuple[tuple[str, str, str], ...]
    judge: Callable[[Project], list[Problem]]
    expected: str


def _pair(work: Project) -> list:
    return [work.page(language, STEM) for language in LANGUAGES]


def _prose(work: Project) -> list[Problem]:
    return [problem for page in _pair(work) for problem in prose.judge_prose(page, work.runs(STEM), work.root)]


def _formulas(work: Project) -> list[Problem]:
    judge = FormulaJudge(work)
    return [problem for page in _pair(work) for problem in judge.judge(page, STEM)]


def _numbers(work: Project) -> list[Problem]:
    judge = NumberJudge(work)
    return [problem for page in _pair(work) for problem in judge.judge(page, STEM)]


def _sections(work: Project) -> list[Problem]:
    return [problem for page in _pair(work) for problem in sections.judge_sections(work, page, STEM)]


def _parity(work: Project) -> list[Problem]:
    return parity.judge_parity(*_pair(work))


def _stamps(work: Project) -> list[Problem]:
    return stamps.judge_stamp(*_pair(work))


def _terms(work: Project) -> list[Problem]:
    return glossary.judge_terms(work.page("zh", STEM))


def _in_both(old: str, new: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((page, old, new) for page in PAGES)


ENGLISH, CHINESE = PAGES
BACKWARD, CHECK = '--8<-- "notes/scalar.md:backward"', '--8<-- "notes/scalar.md:check"'
ON_PAGES = {
    "a page that skips a section": Fault(
        ((ENGLISH, f"{CHECK}\n", ""),), _sections, "section 'notes/scalar.md:check' should come"
    ),
    "a page that repeats a section": Fault(((ENGLISH, CHECK, f"{CHECK}\n\n{CHECK}"),), _sections, "should come"),
    "a page that reorders sections": Fault(
        ((ENGLISH, BACKWARD, "HERE"), (ENGLISH, CHECK, BACKWARD), (ENGLISH, "HERE", CHECK)),
        _sections,
        "'notes/scalar.md:check' where section 'notes/scalar.md:backward' should come",
    ),
    "a missing section": Fault(
        ((ENGLISH, "scalar.md:check", "scalar.md:chek"),), _sections, "'notes/scalar.md:chek' where"
    ),
    "code typed into a page": Fault(((CHINESE, CHECK, "```pycon\n>>> 1\n1\n```"),), _sections, "a page holds no code"),
    "a stale stamp": Fault(
        ((ENGLISH, "We create a vector", "We make a vector"),),
        _stamps,
        "has changed since .* make reviewed PAGE=docs/zh/",
    ),
    "a wrong inline value in one language": Fault(
        ((CHINESE, "`16` 字节", "`17` 字节"),), _parity, "inline code '17' stands once .* in English nowhere"
    ),
    "a wrong inline value in both languages": Fault(
        ((ENGLISH, "`16` bytes", "`17` bytes"), (CHINESE, "`16` 字节", "`17` 字节")),
        _prose,
        "`17` is not in the output of the block directly above or below",
    ),
    "a misspelt name in both languages": Fault(
        _in_both("`retain_grad()`", "`keep_grad()`"), _prose, r"`keep_grad\(\)` .*Nearest: `"
    ),
    "an input quoted as if it were a result": Fault(
        _in_both("`0`", "`1`"), _prose, "`1` is not in the output of the block"
    ),
    "a message as prose": Fault(
        _in_both("`16` ", "RuntimeError: it went wrong. `16` "),
        _prose,
        "a message stands as prose: RuntimeError: it went",
    ),
    "a wrong number in the text": Fault(
        ((ENGLISH, "derivative of `x.sum()` is 1 ", "derivative of `x.sum()` is 7 "),),
        _numbers,
        "the number 7 is in no run",
    ),
    "a wrong derivative in both languages": Fault(
        _in_both("= 4\\mathbf{x}$", "= 5\\mathbf{x}$"), _formulas, r"is false: left is .*, right is "
    ),
    "a wrong sign of a formula in both languages": Fault(
        _in_both("$4x_i + 1$", "$4x_i - 1$"), _formulas, "is accounted for nowhere"
    ),
    "a wrong function in both languages": Fault(
        _in_both("y = 2\\mathbf{x}", "y = 3\\mathbf{x}"), _formulas, "is accounted for nowhere"
    ),
    "a formula that nobody can read": Fault(
        _in_both("$-t$", "$-t \\oplus 1$"), _formulas, r"cannot be worked out: cannot read"
    ),
    "another link": Fault(((CHINESE, "(errata.md#memory)", "(errata.md#clear)"),), _parity, "links 'errata.md#clear'"),
    "another kind of box": Fault(((CHINESE, "??? correction", "??? note"),), _parity, "the boxes under"),
    "another id of a heading": Fault(
        ((CHINESE, "{ #mark }", "{ #marks }"),), _parity, "here stands '## marks', in English '## mark'"
    ),
    "a heading without an id": Fault(_in_both(" { #mark }", ""), _parity, "has no id"),
    "a formula in one language only": Fault(((CHINESE, "$-t$", "这个函数"),), _parity, "formulas '-t' stands nowhere"),
    "a term that the site does not use": Fault(
        ((CHINESE, "反向传播", "反向传递"),), _terms, "'反向传递' is not this site's term.\n *Write 反向传播"
    ),
}


@pytest.mark.parametrize("fault", ON_PAGES)
def test_a_fault_on_a_page_is_found_with_file_and_line(copy, say, fault):
    planted = ON_PAGES[fault]
    before = {problem.what for problem in planted.judge(copy.project)}
    for name, old, new in planted.changes:
        copy.change(name, old, new)
    problems = [problem for problem in planted.judge(copy.project) if problem.what not in before]
    message = listed(problems)
    say(message)
    assert re.search(planted.expected, message, re.DOTALL)
    assert all(re.match(r"(docs/(en|zh)|snippets)/notes/scalar\.md:\d+: ", str(problem)) for problem in problems)


def test_a_missing_chinese_page_is_found(copy):
    (copy.folder / CHINESE).unlink()
    assert "docs/zh/notes/scalar.md: is missing" in listed(parity.judge_files(copy.project))


def test_a_missing_english_page_is_found(copy):
    (copy.folder / ENGLISH).unlink()
    assert "docs/en/notes/scalar.md: is missing" in listed(parity.judge_files(copy.project))


def test_a_snippet_without_a_page_is_found(copy):
    for page in PAGES:
        (copy.folder / page).unlink()
    assert "snippets/notes/scalar.md: no page shows it" in listed(sections.judge_pages(copy.project))


RESTS = """
[[sentence]]
starts = "PyTorch *adds* each new gradient"
after = "accumulate"
check = "torch.equal(x.grad, 4 * x + 1)"
"""
ADDS = ">>> y = x.sum()\n"
SENTENCES = {
    "an output that a sentence rests on": (SNIPPET, ADDS, f">>> x.grad = None\n{ADDS}", r"scalar\.md:\d+: .* is: 0\.0"),
    "a claimed sentence that is gone": (
        ENGLISH,
        "PyTorch *adds*",
        "PyTorch sums",
        "docs/en/notes/scalar.md has no sentences that start",
    ),
    "words that two sentences start with": (
        ENGLISH,
        "That is useful at times",
        "PyTorch *adds* each new gradient",
        "docs/en/notes/scalar.md has 2 sentences that start",
    ),
    "a claimed sentence without a check": (CLAIMS, 'check = "torch.equal(x.grad, 4 * x + 1)"', "", "has no check"),
    "a check that cannot be run": (CLAIMS, "x.grad, 4", "missing, 4", "NameError: name 'missing' is not defined"),
    "a check after a section that is not there": (
        CLAIMS,
        '"accumulate"\ncheck = "torch.eq',
        '"gone"\ncheck = "torch.eq',
        "there is no section 'gone'",
    ),
}


@pytest.mark.parametrize("fault", SENTENCES)
def test_a_sentence_that_no_longer_holds_is_found_with_its_check(copy, say, fault):
    claims = copy.folder / CLAIMS
    claims.write_text(claims.read_text(encoding="utf-8") + RESTS, encoding="utf-8")
    assert not SentenceJudge(copy.project).judge(STEM)
    name, old, new, expected = SENTENCES[fault]
    copy.change(name, old, new)
    message = listed(SentenceJudge(copy.project).judge(STEM))
    say(message)
    assert re.search(expected, message, re.DOTALL)


LEAKS = {
    "set_default_dtype": "torch.set_default_dtype(torch.float64)",
    "set_printoptions": "_ = torch.set_printoptions(precision=1, sci_mode=True)",
    "grad mode": "_ = torch.set_grad_enabled(False)",
    "a patch": "torch.Tensor.__repr__ = lambda tensor: 'patched'",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_state_leak_reaches_no_other_page_and_would_be_seen_if_it_did(copy, monkeypatch, capsys, leak):
    first = copy.folder / "snippets/leak.md"
    first.write_text(SECTION.format(f">>> import torch\n>>> {LEAKS[leak]}"))
    assert main(["check", "snippets/leak.md", SNIPPET]) == 0
    shared = fence(f">>> import torch\n>>> {LEAKS[leak]}") + (copy.folder / SNIPPET).read_text(encoding="utf-8")
    (copy.folder / "shared.md").write_text(shared, encoding="utf-8")
    assert main(["check", "shared.md"]) == 1
    assert "shared.md:" in capsys.readouterr().out


PAGE = '<html lang="en"><body><article><h1 id="a">A</h1>{}</article></body></html>'
BUILT = {
    "a literal fence": ("<p>```pycon</p>", "shows raw Markdown or Python"),
    "a prompt in prose": ("<p>&gt;&gt;&gt; x</p>", "shows raw Markdown or Python"),
    "a traceback in prose": ("<p>Traceback (most recent call last):</p>", "shows raw Markdown or Python"),
    "an include that was not expanded": ('<p>--8&lt;-- "a.md:b"</p>', "shows raw Markdown or Python"),
    "an empty header": ("<table><tr><th></th><th>x</th></tr></table>", "has a table with an empty header: 'x'"),
    "a dead link": ('<a href="gone/">x</a>', "links to gone/, which is not there"),
    "a dead anchor": ('<a href="#gone">x</a>', "that page has no such id"),
    "an id twice": ('<p id="a">x</p>', "has the id 'a' 2 times"),
    "a foreign script": ('<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js"),
    "a foreign style": ('<link rel="stylesheet" href="//cdn.example/x.css">', "loads //cdn.example/x.css"),
    "a foreign picture": ('<img src="http://cdn.example/x.png">', "loads http://cdn.example/x.png"),
}


@pytest.mark.parametrize("fault", BUILT)
def test_a_fault_of_the_built_site_is_found(tmp_path, say, fault):
    html, expected = BUILT[fault]
    (tmp_path / "index.html").write_text(PAGE.format('<a href="#a">fine</a> <code>&gt;&gt;&gt; x</code>'))
    assert not built_site.judge_every_page(built_site.BuiltSite(tmp_path))
    (tmp_path / "index.html").write_text(PAGE.format(html))
    message = listed(built_site.judge_every_page(built_site.BuiltSite(tmp_path)))
    say(message)
    assert expected in message


def test_a_page_in_the_wrong_language_is_found(tmp_path):
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh/index.html").write_text(PAGE.format(""))
    assert "says lang='en'" in listed(built_site.judge_every_page(built_site.BuiltSite(tmp_path)))


PICTURE = '<figure class="picture"><svg><text class="value">loss = 4</text>{}</svg></figure>'
WORDS = {
    "a label of an axis": ("<text>层</text>", "<text>layer</text>", "layer"),
    "a legend": ("<text>tanh</text>", "<text>by hand</text>", "by"),
    "what a node says": ('<text class="note">保存 self 2</text>', '<text class="note">54 nodes</text>', "nodes"),
    "a plot of code": ("<text>x.clamp(min=0)</text>", "<text>x.clamp(min=0) kept</text>", "kept"),
}


@pytest.mark.parametrize("fault", WORDS)
def test_an_english_word_in_a_picture_of_a_chinese_page_is_found(tmp_path, fault):
    fine, wrong, word = WORDS[fault]
    (tmp_path / "zh").mkdir()
    chinese = tmp_path / "zh/index.html"
    page = PAGE.replace('"en"', '"zh"')
    (tmp_path / "index.html").write_text(PAGE.format(PICTURE.format(wrong)), encoding="utf-8")
    chinese.write_text(page.format(PICTURE.format(fine)), encoding="utf-8")
    assert not built_site.judge_every_page(built_site.BuiltSite(tmp_path))
    chinese.write_text(page.format(PICTURE.format(wrong)), encoding="utf-8")
    message = listed(built_site.judge_every_page(built_site.BuiltSite(tmp_path)))
    assert f"site/zh/index.html: the English word {word!r} stands in a picture" in message


def test_a_style_that_loads_a_foreign_font_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@font-face { src: url(https://fonts.example/a.woff2) }")
    assert "loads https://fonts.example/a.woff2" in listed(built_site.judge_styles(built_site.BuiltSite(tmp_path)))


CELL = (
    '<div class="cells"><div class="cell-input"><code>{}</code></div>'
    '<div class="cell-output"><code>{}</code></div></div>'
)


def test_a_cell_that_shows_what_did_not_run_is_found(tmp_path, copy):
    work = copy.project
    page = work.page("en", "index.md")
    runs = list(work.runs("index.md").values())
    cells = [CELL.format("".join(run.inputs), "".join(run.outputs)) for run in runs]
    built = tmp_path / "site/index.html"
    built.parent.mkdir()

    def judged(shown: list[str]) -> str:
        built.write_text(PAGE.format("".join(shown)))
        site = built_site.BuiltSite(built.parent)
        problems = built_site.judge_shown(site.page("en", "index.md"), page, [], work.runs("index.md"))
        return "\n".join(
            line for line in listed(problems).splitlines() if "formulas" not in line and "inline" not in line
        )

    assert not [line for line in judged(cells).splitlines() if "docs/" in line]
    figure, first, *others = cells
    assert "the output of index.md:first" in judged([figure, first.replace("tensor(7.)", "tensor(8.)"), *others])
    assert "the code of index.md:first" in judged([figure, first.replace("x**2", "x**3"), *others])
    assert "blocks of cells, the page 4 sections" in judged(cells[1:])
