"""The table of operations says what autograd does now, and its formulas are those of autograd."""

import re

import markdown
import pytest
import sympy
import torch
from material.plugins.search.plugin import Parser

from autograd_notes.engine.dialect import Marker, elements
from autograd_notes.extensions import operation_table
from autograd_notes.operations import __main__ as command
from autograd_notes.operations import formulas, record, table
from autograd_notes.operations.record import OR
from autograd_notes.operations.samples import operations
from tests.judges.algebra import Algebra
from tests.judges.project import LANGUAGES
from tests.judges.tex import read_tex

SHARES = 4
# What a column says of most operations; the page lists the others.
USUAL = {
    "derivative": {"yes"},
    "again": {"raises"},
    "second": {"yes", "zero"},
    "forward": {"works"},
    "vmap": {"rule"},
    "view": {"new"},
    "result_changed": {"fine"},
    "repeats": {"yes"},
}
# Inside the domains of most functions, and then above 1 and below 0 for the others.
POINTS = [(0.3, 0.7), (0.6, 0.2), (1.7, 2.5), (2.2, 1.4), (-0.4, 1.5)]


def _share(number, shares):
    """Stands for `table.share` in the processes that measure: quick, and the same operation from each."""
    return {"torch.exp": {"again": "raises"}}


@pytest.fixture(scope="module")
def documented(project):
    return record.read(project / record.FILE)


@pytest.mark.parametrize("number", range(SHARES))
def test_every_cell_is_what_a_run_shows(documented, number):
    names = {operation.name for operation in table.listed()[number::SHARES]}
    shown = {name: row for name, row in documented.items() if name in names}
    wrong = list(record.differences(shown, table.share(number, SHARES)))
    assert not wrong, "\n".join(["record what is right with `make operations`", *wrong])


def test_make_operations_records_what_all_processes_measure_and_prints_what_changed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(table, "share", _share)
    monkeypatch.chdir(tmp_path)
    record.FILE.parent.mkdir(parents=True)
    command.main()
    assert set(record.read()) == {"torch.exp"}
    assert capsys.readouterr().out.splitlines() == [
        "torch.exp: not documented",
        f"{record.FILE}: 1 operations, 1 changes.",
    ]


def test_every_row_is_an_operation_of_the_list(documented):
    assert set(documented) <= {operation.name for operation in table.listed()}, "record them anew: make operations"


def test_a_wrong_cell_is_noticed_with_operation_column_and_both_values():
    exp = [operation for operation in operations() if operation.name == "torch.exp"]
    live = dict(table.measured(exp))
    planted = {"torch.exp": {**live["torch.exp"], "again": "works"}}
    assert list(record.differences(planted, live)) == ["torch.exp, again: documented 'works', live 'raises'"]
    assert list(record.differences({}, live)) == ["torch.exp: not documented"]
    assert list(record.differences(live, {})) == ["torch.exp: documented, but no longer measured"]


def test_samples_that_disagree_are_both_told():
    assert table.word(["works", "raises", "works"]) == "raises/works"
    assert table.word_unless_zero(["zero", "yes"]) == "yes"
    assert table.names([{"input", "weight"}, {"input"}]) == "input weight?"


def test_what_is_recorded_is_read_again_as_it_was(documented, project, tmp_path):
    copy = tmp_path / "operations.json"
    record.write(documented, copy)
    assert copy.read_text() == (project / record.FILE).read_text(), "record it anew: make operations"


def test_every_formula_is_the_derivative_that_autograd_computes():
    wrong = [fault for name, tex in formulas.read().items() if (fault := disagreement(name, tex))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("name", "false"), [("torch.tan", "1 - z^2"), ("torch.mul", "x, y"), ("torch.sqrt", "2 z")])
def test_a_false_formula_is_noticed(name, false):
    assert disagreement(name, false).startswith(f"{name}: at ")


def test_every_formula_belongs_to_a_row(documented):
    assert set(formulas.read()) <= set(documented)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exception_is_in_a_list_of_the_page(documented, project, language):
    page = (project / f"docs/{language}/reference/operations.md").read_text(encoding="utf-8")
    listed = {column: set() for column in USUAL}
    for marker in elements(page.splitlines()):
        if isinstance(marker, Marker) and marker.name == "operations":
            column, _, values = marker.argument.partition("=")
            listed.get(column, set()).update(values.split("|"))
    missing = [
        f"{name}: {column} is {row[column]!r}"
        for name, row in documented.items()
        for column in USUAL
        if row[column] not in USUAL[column] | listed[column]
    ]
    assert not missing, "\n".join(["add the values to a list of the page", *missing])


def test_every_word_of_the_table_has_a_chinese_one(documented):
    columns = [*USUAL, "vmap_gradient", "complex"]
    words = {word for row in documented.values() for column in columns for word in row[column].split(OR)}
    assert words - {"fine"} <= set(operation_table.CHINESE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_knows_the_names_and_nothing_else_of_the_table(documented, project, language, monkeypatch):
    monkeypatch.chdir(project)
    extension = "autograd_notes.extensions.operation_table"
    page = "# Title\n\n## Table\n\n<!-- operations -->\n\n## After\n\nText."
    html = markdown.markdown(page, extensions=["toc", extension], extension_configs={extension: {"language": language}})
    parser = Parser()
    parser.feed(html)
    texts = [re.sub(r"<[^>]+>", " ", "".join(section.text)).split() for section in parser.data]
    assert texts == [[], sorted(documented, key=operation_table.in_order), ["Text."]]


def disagreement(name: str, tex: str) -> str:
    """Return where a formula is not the derivative of an operation, "" where it is at all points of its domain."""
    tree = read_tex(tex)
    derivatives = getattr(tree, "items", (tree,))
    function = operation(name)
    compared = 0
    for point in POINTS:
        arguments = [
            torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in point[: len(derivatives)]
        ]
        result = function(*arguments)
        gradients = torch.autograd.grad(result, arguments)
        if not all(torch.isfinite(value) for value in (result, *gradients)):
            continue
        values = {"x": arguments[0].item(), "y": arguments[-1].item(), "z": result.item()}
        for derivative, gradient in zip(derivatives, gradients, strict=True):
            found = complex(sympy.sympify(Algebra().evaluate(derivative)).subs(values).evalf())
            if abs(found - gradient.item()) > 1e-9 * (1 + abs(gradient.item())):
                return f"{name}: at {point} autograd gives {gradient.item()}, and {tex} is {found}"
        compared += 1
    return "" if compared > 1 else f"{name}: no two points are in its domain: add some to POINTS"


def operation(name):
    found = torch
    for part in re.sub(r"^torch\.", "", name).split("."):
        found = getattr(found, part)
    return found
