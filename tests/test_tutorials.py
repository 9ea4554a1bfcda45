"""Tutorials: the same code in each language, run, compared, shown as pages, and offered to take away."""

import copy
import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from autograd_notes.__main__ import main
from autograd_notes.engine import session, tutorial, writing
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.transcript import InputError
from tests.another_processor import ANOTHER_PROCESSOR
from tests.console import written
from tests.judges.project import LANGUAGES
from tests.small_project import SmallProject

PROJECT = Path(__file__).parent.parent
NAMES = sorted(path.name for path in (PROJECT / "docs/en/tutorials").glob("*.py"))
FILES = [f"docs/{language}/tutorials/{name}" for language in LANGUAGES for name in NAMES]
TINY, CHINESE = "docs/en/tutorials/tiny.py", "docs/zh/tutorials/tiny.py"
WIDEST = 76
HEAVIEST = 40 * 1024

HEADER = "# ---\n# title: Tiny\n# description: A tutorial.\n# ---\n\n"
PROSE = "# %% [markdown]\n# # Tiny { #tiny }\n#\n# See [the page](../index.md).\n\n"
COUNT = "# %% count\nfor number in range(2):\n    print(number)\n\n"
DRAW = "# %% draw\nimport matplotlib.pyplot as plt\n\nplt.plot([1, 2], label='f')\nplt.legend()\nplt.show()\n\n"
FIGURE = """\
# %% squares input="hidden"
from autograd_notes.pictures.handle import handle

handle(lambda x: {"x": x, "y": x * x}, range(41), start=3, curve="y")

"""
CAPTION = "# %% [markdown]\n# A line that *rises*.\n# { .caption }\n#\n# Behind the picture.\n"
TEXT = HEADER + PROSE + COUNT + DRAW + CAPTION
RECORD = "%% count\n0\n1\n\n%% draw\nf: 0 -> 1, 1 -> 2\n"


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Path:
    """A tutorial in both languages with its record, in a project of its own, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    _write_tiny(tmp_path)
    return Path(TINY)


@pytest.fixture
def small(tmp_path, monkeypatch) -> SmallProject:
    """A small site with the same tutorial, as the current folder."""
    monkeypatch.chdir(tmp_path)
    small = SmallProject(tmp_path, PROJECT)
    _write_tiny(tmp_path)
    return small


def _write_tiny(folder: Path) -> None:
    written(folder, RECORD, "snippets/tutorials/tiny.txt")
    written(folder, TEXT.replace("rises", "上升"), CHINESE)
    written(folder, TEXT, TINY)


# What is in the files


def test_every_tutorial_is_in_every_language():
    assert NAMES
    for language in LANGUAGES:
        assert sorted(path.name for path in (PROJECT / f"docs/{language}/tutorials").glob("*.py")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_code_is_the_same_in_every_language(name):
    english, chinese = (tutorial.read_file(PROJECT / f"docs/{language}/tutorials/{name}") for language in LANGUAGES)
    assert [(cell.name, cell.shows_input, cell.code) for cell in english.code_cells] == [
        (cell.name, cell.shows_input, cell.code) for cell in chinese.code_cells
    ], f"carry the code from the language where you changed it: make carry FILE={english.name}"


@pytest.mark.parametrize("name", FILES)
def test_jupyter_reads_the_same_cells(name):
    ours = [
        ("code", cell.code.strip()) if cell.name else ("markdown", "\n".join(cell.prose).strip())
        for cell in tutorial.read_file(PROJECT / name).cells
    ]
    theirs = [(cell.cell_type, cell.source.strip()) for cell in jupytext.read(PROJECT / name).cells]
    # Jupytext makes a cell of the header.
    assert theirs[1:] == ours


@pytest.mark.parametrize("name", NAMES)
def test_code_is_narrow_enough_to_be_read_without_scrolling_on_a_desktop(name):
    for cell in tutorial.read_file(PROJECT / "docs/en/tutorials" / name).code_cells:
        for line in cell.code.splitlines():
            assert len(line) <= WIDEST, f"{name}, cell {cell.name}: break this line: {line}"


def test_the_autograd_of_the_first_tutorial_has_25_lines():
    cells = {
        cell.name: cell.code for cell in tutorial.read_file(PROJECT / "docs/en/tutorials/build-autograd.py").code_cells
    }
    lines = (cells["value"] + cells["backward"]).splitlines()
    assert len([line for line in lines if line.strip()]) == 25


UNUSABLE = {
    "no header": (PROSE + COUNT, 1, "a tutorial without a header"),
    "a header without an end": (HEADER.replace("# ---\n\n", "\n") + COUNT, 1, "a tutorial without a header"),
    "no title": (HEADER.replace("title", "name") + COUNT, 1, "a header without a title"),
    "a header that is no YAML": (HEADER.replace("Tiny", "{") + COUNT, 1, "a header that cannot be read"),
    "no code": (HEADER + PROSE, 0, "a tutorial without a cell of code"),
    "a cell without a name": (HEADER + COUNT.replace(" count", ""), 6, "not the start of a cell: '# %%'"),
    "a cell with another option": (
        HEADER + COUNT.replace("count", 'count input="shown"'),
        6,
        "not the start of a cell",
    ),
    "a cell of another kind": (HEADER + COUNT.replace("count", "[raw]"), 6, "not the start of a cell"),
    "two cells of one name": (HEADER + COUNT + COUNT, 10, "a second cell 'count'"),
    "code in prose": (HEADER + PROSE.replace("# See", "See") + COUNT, 9, "a cell of prose, but here stands 'See"),
    "a blank line first": (HEADER + COUNT.replace("\nfor", "\n\nfor"), 6, "this cell begins with an empty line"),
    "an empty cell": (HEADER + "# %% count\n", 6, "this cell begins with an empty line"),
    "no Python": (HEADER + COUNT.replace("in range", "on range"), 7, "not Python"),
}


@pytest.mark.parametrize(("text", "line", "problem"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_unusable_text_is_refused_with_file_and_line(text, line, problem):
    with pytest.raises(InputError) as caught:
        tutorial.read(text, TINY)
    assert str(caught.value).startswith(f"{TINY}:{line}: {problem}" if line else f"{TINY}: {problem}")


def test_a_file_outside_of_the_folders_of_languages_is_refused(tmp_path):
    with pytest.raises(InputError, match="not in the folder of a language"):
        tutorial.record_of(tmp_path / "tiny.py")


# One command carries code to the other languages


def test_carry_gives_changed_new_and_deleted_cells_to_the_other_language_and_leaves_its_prose(tiny, capsys):
    new = '# %% new\nprint("new")\n\n'
    tiny.write_text(HEADER + PROSE + COUNT.replace("2", "3") + new + CAPTION, encoding="utf-8")
    assert main(["carry", TINY]) == 0
    chinese = Path(CHINESE)
    assert chinese.read_text(encoding="utf-8") == (
        HEADER + PROSE + COUNT.replace("2", "3") + new + CAPTION.replace("rises", "上升")
    )
    assert capsys.readouterr().out == f"{chinese}: has the code of {TINY} now\n1 file changed.\n"
    assert main(["carry", TINY]) == 0
    assert capsys.readouterr().out == "0 files changed.\n"


def test_carry_also_says_that_a_cell_makes_a_figure(tiny):
    tiny.write_text(TEXT.replace("# %% draw", '# %% draw input="hidden"'), encoding="utf-8")
    assert main(["carry", TINY]) == 0
    assert '\n# %% draw input="hidden"\n' in Path(CHINESE).read_text(encoding="utf-8")


def test_carry_refuses_cells_in_another_order_and_changes_nothing(tiny, capsys):
    tiny.write_text(HEADER + DRAW + COUNT, encoding="utf-8")
    chinese = Path(CHINESE)
    before = chinese.read_text(encoding="utf-8")
    assert main(["carry", TINY]) == 2
    assert f"{chinese}: its cells are in another order than those of {TINY}" in capsys.readouterr().err
    assert chinese.read_text(encoding="utf-8") == before


def test_carry_leaves_the_other_file_whole_where_the_disk_is_full(tiny, monkeypatch, capsys):
    tiny.write_text(TEXT.replace("range(2)", "range(3)"), encoding="utf-8")
    before = Path(CHINESE).read_bytes()
    monkeypatch.setattr(writing.os, "fsync", _full)
    assert main(["carry", TINY]) == 2
    assert "could not be written: No space left on device; it is as it was" in capsys.readouterr().err
    assert Path(CHINESE).read_bytes() == before
    assert [path.name for path in Path(CHINESE).parent.iterdir()] == [Path(CHINESE).name]


def test_carry_leaves_line_ends_as_they_are(tiny):
    chinese = Path(CHINESE)
    chinese.write_bytes(chinese.read_bytes().replace(b"\n", b"\r\n"))
    tiny.write_text(TEXT.replace("range(2)", "range(3)"), encoding="utf-8")
    assert main(["carry", TINY]) == 0
    assert chinese.read_bytes().count(b"\r\n") == chinese.read_bytes().count(b"\n") > 0
    assert b"range(3)" in chinese.read_bytes()


def test_accept_of_a_new_tutorial_leaves_nothing_where_the_disk_is_full(tiny, monkeypatch, capsys):
    record = Path("snippets/tutorials/tiny.txt")
    record.unlink()
    monkeypatch.setattr(writing.os, "fsync", _full)
    assert main(["accept", TINY]) == 2
    assert "could not be written: No space left on device; nothing was written" in capsys.readouterr().err
    assert list(record.parent.iterdir()) == []


def _full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# Outputs are documented and compared


def test_check_of_what_agrees_exits_0(tiny, capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "2 files, 4 statements, 0 drifts.\n"


def test_a_changed_digit_fails_with_file_and_line(tiny, capsys):
    written(Path(), RECORD.replace("\n1\n", "\n2\n"), "snippets/tutorials/tiny.txt")
    assert main(["check", TINY]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{TINY}:12: output drifted (- documented, + live)\n")
    assert "  - 0\n  - 2\n  + 0\n  + 1\n" in out


def test_a_picture_that_is_gone_fails(tiny, capsys):
    written(Path(), f"{RECORD}two: 0 -> 1, 1 -> 2\n", "snippets/tutorials/tiny.txt")
    assert main(["check", TINY]) == 1
    assert f"{TINY}:16: output drifted" in capsys.readouterr().out


def test_a_changed_number_behind_a_slider_fails(tiny, capsys):
    tiny.write_text(TEXT.replace(DRAW, FIGURE + DRAW), encoding="utf-8")
    assert main(["accept", TINY]) == 0
    tiny.write_text(tiny.read_text(encoding="utf-8").replace("x * x", "x * x + x // 40"), encoding="utf-8")
    capsys.readouterr()
    assert main(["check", TINY]) == 1
    assert f"{TINY}:16: output drifted" in capsys.readouterr().out


def test_a_reversed_curve_fails(tiny, capsys):
    for path in (tiny, Path(CHINESE)):
        path.write_text(path.read_text(encoding="utf-8").replace("[1, 2]", "[1, 2][::-1]"), encoding="utf-8")
    assert main(["check", TINY, CHINESE]) == 1
    assert "  - f: 0 -> 1, 1 -> 2\n  + f: 0 -> 2, 1 -> 1\n" in capsys.readouterr().out


def test_an_output_of_a_cell_that_is_gone_is_refused_and_accept_removes_it(tiny, capsys):
    record = written(Path(), RECORD + "\n%% gone\n1\n", "snippets/tutorials/tiny.txt")
    assert main(["check", TINY]) == 2
    assert "snippets/tutorials/tiny.txt:8: '%% gone' is the output of no cell" in capsys.readouterr().err
    assert main(["accept", TINY]) == 0
    assert record.read_text(encoding="utf-8") == RECORD


def test_accept_records_for_every_language_at_once_and_again_changes_nothing(tiny, capsys):
    record = Path("snippets/tutorials/tiny.txt")
    record.unlink()
    assert main(["accept", TINY]) == 0
    assert record.read_text(encoding="utf-8") == RECORD
    assert "  - (nothing documented)\n  + 0\n  + 1\n" in capsys.readouterr().out
    assert main(["accept"]) == 0
    assert main(["check"]) == 0


def test_accept_refuses_an_output_that_depends_on_chance(tiny, capsys):
    tiny.write_text(HEADER + "# %% chance\nimport torch\n\nprint(torch.rand(1))\n", encoding="utf-8")
    assert main(["accept", TINY]) == 2
    assert f"{TINY}:7: this output depends on chance" in capsys.readouterr().err
    assert Path("snippets/tutorials/tiny.txt").read_text(encoding="utf-8") == RECORD


def test_accept_refuses_an_output_that_reads_like_the_name_of_a_cell():
    block = tutorial.Block(3, "", True, (), "count")
    with pytest.raises(InputError, match=r"tiny.py:3: the output '%% draw' would be read as the name of a cell"):
        tutorial.as_record([block], [[Outcome("%% draw\n")]], TINY)


# Cells run as one session, and only where something changed


def _blocks(path: Path) -> list[tutorial.Block]:
    return tutorial.blocks(tutorial.read_file(path))


def test_an_unchanged_tutorial_does_not_run_again_in_any_language_nor_for_a_change_of_prose(tiny, tmp_path):
    trace = tmp_path / "trace"
    note = f"# %% note\nwith open({str(trace)!r}, 'a') as file:\n    file.write('x')\n\n"
    for path in (tiny, Path(CHINESE)):
        text = path.read_text(encoding="utf-8").replace(COUNT, COUNT + note)
        for prose in ("See", "Look at"):
            path.write_text(text.replace("See", prose), encoding="utf-8")
            tutorial.run(_blocks(path), str(path))
    assert trace.read_text() == "x"
    tiny.write_text(text.replace("range(2)", "range(3)"), encoding="utf-8")
    tutorial.run(_blocks(tiny), TINY)
    assert trace.read_text() == "xx"


def test_a_tutorial_is_run_by_the_engine_that_runs_pages(tiny, monkeypatch):
    ran = session.run_once(_blocks(tiny), TINY)
    assert [outcome.output for [outcome] in ran] == ["0\n1\n", "f: 0 -> 1, 1 -> 2\n"]
    assert tutorial.run(_blocks(tiny), TINY) == ran


def test_a_cell_shows_the_value_of_its_last_line_as_jupyter_does(tmp_path):
    path = written(tmp_path, f"{HEADER}# %% value\nx = 1\nx\nx + 1\n", TINY)
    assert tutorial.run(_blocks(path), TINY)[0][0].output == "2\n"


def test_pictures_are_the_same_on_every_run(tiny):
    assert session.run(_blocks(tiny), TINY) == session.run(_blocks(tiny), TINY)


FAILING = {
    "raises": ("x = 1\n1 / 0", "{name}:8: this cell raises ZeroDivisionError: division by zero\n"),
    "raises in a function of an earlier cell": (
        "def fail():\n    x = 1\n    return x / 0\n\n# %% calls\nfail()",
        "{name}:12: this cell raises ZeroDivisionError",
    ),
    "never ends": ("while True:\n    pass", "{name}:7: this statement did not end within 2 seconds.\n"),
    "ends its process": ("import os\n\nos._exit(1)", "{name}:7: this statement ends Python (exit code 1)"),
    "ends Python": ("raise SystemExit(0)", "{name}:7: this statement ends Python (SystemExit: 0)"),
    "prints too much": (
        "print('x' * 2_000_000)",
        "{name}:7: this statement prints or draws more than 1,000,000 characters",
    ),
    "asks": ("input()", "{name}:7: this statement waits for input"),
    "prints and draws": (
        "import matplotlib.pyplot as plt\n\nprint('text')\nplt.plot([1, 2])\nplt.show()",
        "{name}:6: this cell prints and draws, and a page shows one of the two. It prints:\ntext\n",
    ),
}


@pytest.mark.parametrize(("code", "message"), FAILING.values(), ids=FAILING)
def test_a_cell_that_fails_is_named_by_file_and_line(tmp_path, code, message, monkeypatch):
    if "within 2 seconds" in message:
        monkeypatch.setattr(session, "SECONDS", 2)
    path = written(tmp_path, f"{HEADER}# %% fails\n{code}\n", TINY)
    with pytest.raises(InputError) as caught:
        tutorial.run(_blocks(path), TINY)
    assert str(caught.value).startswith(message.format(name=TINY))


# A tutorial is a page


def _page(folder: Path, language: str = "en", name: str = "tiny") -> BeautifulSoup:
    below = folder / ("" if language == "en" else language)
    return BeautifulSoup((below / f"tutorials/{name}/index.html").read_text(encoding="utf-8"), "html.parser")


def test_a_tutorial_looks_like_a_page_in_both_languages(small):
    code, said = small.build()
    assert code == 0, said
    for language, word in (("en", "rises"), ("zh", "上升")):
        page = _page(small.folder / "site", language)
        assert page.title.get_text(strip=True).startswith("Tiny")
        assert page.find("meta", {"name": "description"})["content"] == "A tutorial."
        assert page.find(id="tiny").name == "h1"
        assert page.article.find("a", string="the page")["href"] == "../../"
        inputs, outputs = page.select(".cells .cell-input code"), page.select(".cells .cell-output code")
        assert [tag.get_text().strip() for tag in inputs] == [
            "for number in range(2):\n    print(number)",
            DRAW.removeprefix("# %% draw\n").strip(),
        ]
        assert [tag.get_text() for tag in outputs] == ["0\n1"]
        picture = page.select_one(".cell-picture svg")
        assert picture["aria-label"].endswith(f"A line that {word}.")
        assert page.select_one("p.caption").get_text() == f"A line that {word}."


def test_a_figure_is_on_the_page_without_its_code_and_what_is_offered_leads_there(small):
    for path in (TINY, CHINESE):
        written(small.folder, TEXT.replace(DRAW, FIGURE + DRAW), path)
    assert main(["accept", TINY]) == 0
    code, said = small.build()
    assert code == 0, said
    for language in LANGUAGES:
        page = _page(small.folder / "site", language)
        assert page.select_one(".cells value-handle").select_one("[data-column=y]").get_text() == "9"
        assert "autograd_notes" not in page.article.get_text()
        taken = _taken(small.folder / "site", language, "tiny.py")
        for offered in (taken.read_text(encoding="utf-8"), taken.with_suffix(".ipynb").read_text(encoding="utf-8")):
            assert "autograd_notes" not in offered
            assert f"{'zh/' * (language == 'zh')}tutorials/tiny/#tiny)" in offered
        assert "x, 41 values:" in taken.parent.with_suffix(".md").read_text(encoding="utf-8")


def test_a_drift_fails_the_build_and_is_shown_in_place(small):
    written(small.folder, RECORD.replace("\n1\n", "\n2\n"), "snippets/tutorials/tiny.txt")
    code, said = small.build()
    assert code == 1
    assert f"{TINY}:12: output drifted (- documented, + live)" in said
    failure = _page(small.folder / "site").select_one(".cells .failure")
    assert failure.find_previous(class_="cell-output").get_text().endswith("0\n1")


def test_a_cell_that_raises_fails_the_build_and_is_shown_in_place(small):
    written(small.folder, TEXT.replace("print(number)", "1 / number"), TINY)
    code, said = small.build()
    assert code == 1
    assert f"{TINY}:13: this cell raises ZeroDivisionError" in said
    page = _page(small.folder / "site")
    assert "ZeroDivisionError" in page.select_one(".failure").get_text()
    assert page.select_one(".failure").find_previous(class_="cells").get_text().strip().startswith("for number")


def test_an_unreadable_tutorial_fails_the_build_and_says_why(small):
    written(small.folder, TEXT.replace("# %% draw", "# %% count"), TINY)
    code, said = small.build()
    assert code == 1
    assert f"{TINY}:15: a second cell 'count'" in said
    assert "a second cell" in _page(small.folder / "site").select_one(".failure").get_text()


def test_a_picture_without_a_caption_fails_the_build(small):
    written(small.folder, TEXT.replace("# { .caption }\n", ""), TINY)
    code, said = small.build()
    assert code == 1
    assert f"{TINY}:15: this cell draws, but no caption says what" in said


@pytest.mark.parametrize("name", [name.removesuffix(".py") for name in NAMES])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_weighs_little_besides_its_plots(site, language, name):
    page = _page(site, language, name)
    for picture in page.select(".cell-picture"):
        picture.decompose()
    # Without the navigation, which all pages have.
    assert len(str(page.find("article")).encode()) <= HEAVIEST


# What a reader takes away runs without this project


def _taken(site: Path, language: str, name: str) -> Path:
    return site / ("" if language == "en" else language) / "tutorials" / name.removesuffix(".py") / name


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_runs_in_a_kernel_without_this_project_and_prints_the_same(site, without_us, tmp_path, name):
    offered = nbformat.read(_taken(site, "en", name).with_suffix(".ipynb"), as_version=4)
    nbformat.validate(offered)
    live = copy.deepcopy(offered)
    for cell in live.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    NotebookClient(live, timeout=60, shutdown_kernel="immediate").execute(env=without_us, cwd=str(tmp_path))
    assert [_printed(cell) for cell in live.cells] == [_printed(cell) for cell in offered.cells]


def _printed(cell: nbformat.NotebookNode) -> str:
    """Return what a cell printed; of a picture only that there is one: its size is a matter of style."""
    outputs = cell.get("outputs", [])
    return "".join(output.text if "text" in output else "a picture\n" for output in outputs)


@pytest.mark.parametrize("name", NAMES)
def test_the_python_file_prints_the_same_without_this_project_on_another_processor(site, without_us, tmp_path, name):
    result = subprocess.run(
        [sys.executable, "-W", "ignore", str(_taken(site, "en", name))],
        env={**without_us, "MPLBACKEND": "agg", **ANOTHER_PROCESSOR},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    path = PROJECT / "docs/en/tutorials" / name
    blocks = _blocks(path)
    cells = zip(blocks, tutorial.run(blocks, str(path)), strict=True)
    texts = [block.statements[0].documented for block, [outcome] in cells if not outcome.pictures]
    documented = "".join(texts).splitlines()
    assert result.stdout.splitlines() == documented, "on another processor: print fewer digits, or exact numbers"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_offered_has_the_same_code_and_outputs_in_both_languages(site, name):
    english, chinese = (
        nbformat.read(_taken(site, language, name).with_suffix(".ipynb"), as_version=4) for language in LANGUAGES
    )
    code = [[cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (english, chinese)]
    # The words in a picture are those of the language.
    for cell in [*code[0], *code[1]]:
        cell.outputs = [output for output in cell.outputs if "image/svg+xml" not in output.get("data", {})]
    assert [(cell.source, cell.outputs) for cell in code[0]] == [(cell.source, cell.outputs) for cell in code[1]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_offered_holds_nothing_that_only_this_site_understands(site, language, name):
    notebook = nbformat.read(_taken(site, language, name).with_suffix(".ipynb"), as_version=4)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not re.findall(r"\{ *[#.][^}]*\}", prose)
    assert not re.findall(r"\]\((?!https?://)[^)]*\)", prose), "a link that leads nowhere outside of the site"
    text = _taken(site, language, name).read_text(encoding="utf-8")
    assert [cell.source for cell in jupytext.reads(text).cells] == [cell.source for cell in notebook.cells]
