"""`make judge` says of one page what `make test` would say of it."""

import shutil

import pytest

from tests.judges import __main__ as judge

PAGE = "docs/en/notes/scalar.md"
NOTHING = "notes/scalar.md: nothing found.\n"


@pytest.fixture
def folder(tmp_path, project, monkeypatch):
    """A copy of the pages, with the working folder in it."""
    for name in ("docs", "snippets"):
        shutil.copytree(project / name, tmp_path / name, ignore=shutil.ignore_patterns("assets"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", [PAGE, "docs/zh/notes/scalar.md", "snippets/notes/scalar.claims.toml", "notes/scalar"])
def test_whatever_of_a_page_is_named_the_page_is_judged(folder, capsys, name):
    assert judge.main([name]) == 0
    assert capsys.readouterr().out == NOTHING


def test_a_fault_is_said_with_its_place(folder, capsys):
    text = (folder / PAGE).read_text(encoding="utf-8")
    line = text[: text.index("`x.grad`")].count("\n") + 1
    (folder / PAGE).write_text(text.replace("`x.grad`", "`x.grid`", 1), encoding="utf-8")
    assert judge.main([PAGE]) == 1
    assert f"{PAGE}:{line}: " in capsys.readouterr().out


@pytest.mark.parametrize(("gone", "there"), [("zh", "en"), ("en", "zh")])
def test_a_page_that_lacks_the_other_language_is_told_so(folder, capsys, gone, there):
    (folder / f"docs/{gone}/notes/scalar.md").unlink()
    assert judge.main([f"docs/{there}/notes/scalar.md"]) == 1
    assert f"docs/{gone}/notes/scalar.md: is missing; there is docs/{there}/notes/scalar.md." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "what"), [(["notes/scaler"], "There is no page 'notes/scaler.md'."), ([], "No page")]
)
def test_a_page_that_is_not_there_is_said_with_how_to_name_one(folder, capsys, names, what):
    assert judge.main(names) == 2
    assert what in (said := capsys.readouterr().err) and "make judge PAGE=" in said
