"""What a reader can do with the table of operations: filter, sort, link to a row, and read it without script."""

import shutil
from pathlib import Path

import markdown
import pytest

from autograd_notes.extensions.operation_table import in_order
from autograd_notes.operations import record

ASSETS = Path(__file__).parents[2] / "docs" / "theme" / "assets"
EXTENSIONS = {"autograd_notes.extensions.operation_table": {"language": "en"}}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Operations</title>
<meta name="viewport" content="width=device-width"><style>{style}</style>
<script defer src="operations.js"></script>
<body data-md-color-scheme="default" data-md-color-primary="custom"><main class="md-content__inner md-typeset">
<h1>Operations</h1>{table}</main></body></html>"""


@pytest.fixture(scope="module")
def file(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("operations")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        table = markdown.markdown(
            "<!-- operations -->", extensions=[*EXTENSIONS], extension_configs=EXTENSIONS, tab_length=4
        )
    style = "".join((ASSETS / name).read_text(encoding="utf-8") for name in ("site.css", "operations.css"))
    (folder / "index.html").write_text(PAGE.format(style=style, table=table), encoding="utf-8")
    shutil.copy(ASSETS / "operations.js", folder)
    return folder / "index.html"


@pytest.fixture(scope="module")
def rows(project):
    """The rows of the table, in the order in which a page has them."""
    return dict(sorted(record.read(project / record.FILE).items(), key=lambda row: in_order(row[0])))


def shown(page):
    """Return the names in the rows that a reader can see, from top to bottom."""
    return page.eval_on_selector_all("tbody tr", "rows => rows.filter(row => row.checkVisibility()).map(row => row.id)")


def count(page):
    return page.locator("output").inner_text()


def test_all_rows_are_there_by_name_and_counted(visit, rows):
    page = visit()
    assert shown(page) == list(rows)
    assert count(page) == f"{len(rows)} of {len(rows)} operations"


def test_typing_a_part_of_a_name_leaves_the_rows_that_have_it(visit):
    page = visit()
    page.get_by_label("Filter by name").fill("torch.log1")
    assert shown(page) == ["torch.log10", "torch.log1p"]
    assert count(page).startswith("2 of ")
    page.get_by_label("Filter by name").fill("")
    assert len(shown(page)) > 400


def test_columns_filter_together_and_with_the_name(visit, rows):
    page = visit()
    page.get_by_text("Filter by column").click()
    page.get_by_label("Second derivative").select_option("raises")
    assert shown(page) == [name for name, row in rows.items() if "raises" in row["second"].split("/")]
    page.get_by_label("Saves").select_option("an argument")
    assert "torch.nn.functional.hardsigmoid" in shown(page)
    page.get_by_label("Filter by name").fill("hardsig")
    assert shown(page) == ["torch.nn.functional.hardsigmoid"]


def test_the_name_of_an_argument_is_not_taken_for_a_word(visit, rows):
    page = visit()
    page.get_by_text("Filter by column").click()
    page.get_by_label("Saves").select_option("result")
    assert shown(page) == [name for name, row in rows.items() if {"result", "result?"} & set(row["saves"].split())]


def test_a_key_sorts_by_a_column_and_back_and_says_so(visit):
    page = visit()
    names = shown(page)
    heading = page.locator("thead th").first
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert shown(page)[0] == names[-1]
    page.get_by_role("button", name="Complex").press("Enter")
    assert heading.get_attribute("aria-sort") is None
    column = page.eval_on_selector_all("tbody tr", "rows => rows.map(row => row.cells[10].textContent)")
    assert column == sorted(column)
    first = [name for name, cell in zip(shown(page), column, strict=True) if cell == column[0]]
    assert first == sorted(first, key=in_order), "rows that say the same must stay in the order of their names"


def test_a_link_to_a_row_shows_it_below_the_heading(visit):
    page = visit("#torch.sigmoid")
    box = page.locator('[id="torch.sigmoid"]').bounding_box()
    assert 0 < box["y"] < 900, "the row must be in view"


def test_a_link_to_a_row_that_is_filtered_out_shows_all_rows_again(visit):
    page = visit()
    page.get_by_label("Filter by name").fill("sigmoid")
    page.evaluate("location.hash = '#torch.exp'")
    page.wait_for_function("document.querySelector('input').value === ''")
    assert page.locator('[id="torch.exp"]').is_visible()


def test_without_script_all_rows_are_there_and_no_control_that_does_nothing(visit, rows):
    page = visit(java_script_enabled=False)
    assert page.locator("tbody tr").count() == len(rows)
    assert page.locator("thead button").count() == 0
    assert not page.get_by_label("Filter by name").is_visible()


def test_a_phone_shows_each_row_with_the_names_of_its_columns_and_never_scrolls_sideways(visit):
    page = visit(viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    label = page.eval_on_selector("tbody td:nth-child(5)", "cell => getComputedStyle(cell, '::before').content")
    assert label.strip('" ') == "Second derivative"
