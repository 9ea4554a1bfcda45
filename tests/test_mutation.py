"""The mutation run changes every kind of fact, sees what the judges see, and says what they do not."""

import json

import pytest

from tests.mutation import __main__ as command
from tests.mutation import figures, run
from tests.mutation.mutants import change_code, change_output, change_tex
from tests.mutation.run import Mutation

STEM = "index.md"


def test_every_digit_sign_dtype_and_name_of_an_output_is_changed_once():
    changes = {(change.kind, change.text) for change in change_code("tensor([ 0., -4.], dtype=torch.float64)")}
    assert changes == {
        ("name", "tensorr([ 0., -4.], dtype=torch.float64)"),
        ("digit", "tensor([ 1., -4.], dtype=torch.float64)"),
        ("sign", "tensor([ -0., -4.], dtype=torch.float64)"),
        ("digit", "tensor([ 0., -5.], dtype=torch.float64)"),
        ("sign", "tensor([ 0., 4.], dtype=torch.float64)"),
        ("name", "tensor([ 0., -4.], dtypee=torch.float64)"),
        ("name", "tensor([ 0., -4.], dtype=torchh.float64)"),
        ("dtype", "tensor([ 0., -4.], dtype=torch.float32)"),
    }


def test_every_word_of_a_message_is_changed_and_every_line_removed_and_doubled():
    lines = ["1", "ValueError: no way"]
    changed = [new for _, new in change_output(lines)]
    assert ["1", "ValueError: noo way"] in changed
    assert ["1", "ValueErrorr: no way"] in changed
    for line in range(2):
        assert lines[:line] + lines[line + 1 :] in changed
        assert [*lines[: line + 1], *lines[line:]] in changed


def test_every_digit_sign_function_and_letter_of_a_formula_is_changed_and_no_command():
    changes = {change.text for change in change_tex(r"\frac{2}{x} - \sin x", {"x", "y"})}
    assert changes == {
        r"\frac{3}{x} - \sin x",
        r"\frac{2}{a} - \sin x",
        r"\frac{2}{y} - \sin x",
        r"\frac{2}{x} + \sin x",
        r"\frac{2}{x} - \cos x",
        r"\frac{2}{x} - \sin a",
        r"\frac{2}{x} - \sin y",
        r"-\frac{2}{x} - \sin x",
    }


@pytest.fixture(scope="module")
def results(work):
    return Mutation(work).results(STEM)


def test_the_judges_notice_every_change_to_the_first_page(results):
    assert {result.where for result in results} == {"output", "inline code", "number", "formula", "include"}
    assert [result for result in results if not result.noticed] == []
    assert figures.missed_targets(results) == []


def test_what_a_blind_judge_misses_is_named_with_file_and_line_and_fails_the_run(work, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "find_drifts", lambda blocks, outcomes: [])
    monkeypatch.setattr(command, "_results", lambda project: Mutation(work).results(STEM))
    monkeypatch.chdir(tmp_path)
    assert command.main([]) == 1
    printed = capsys.readouterr().out
    assert "snippets/index.md:37: output, digit: '7.' -> 'tensor(8.)'" in printed
    assert "Of the changes to output at least 100% must be noticed, but only 0" in printed
    assert (tmp_path / "docs/generated/mutation.zh.markdown").is_file()


def test_the_figures_that_the_site_shows_are_those_of_one_run(project):
    tables = [(project / f"docs/generated/mutation.{language}.markdown").read_text() for language in ("en", "zh")]
    english, chinese = ([line.split("|")[2:-1] for line in table.splitlines()[1:]] for table in tables)
    assert english == chinese, "write them anew: make mutation"
    changes = json.loads((project / "docs/generated/mutation.json").read_text())["changes"]
    assert changes == sum(int(row[0]) for row in english[1:]), "write them anew: make mutation"
