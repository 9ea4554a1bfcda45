"""A handle is a table that PyTorch printed; tests/browser/test_handle.py moves it."""

import json
import math
import re
from html import unescape

import pytest
import torch

from autograd_notes.pictures.handle import handle

OVER = [n / 4 for n in range(-20, 21)]


def square(value):
    x = torch.tensor(value, requires_grad=True)
    y = x**2
    y.backward()
    return {"x": x, "y": y, "x.grad": x.grad}


@pytest.fixture
def made():
    return handle(square, OVER, start=3.0, curve="y", slopes=["x.grad"])


def test_the_text_is_all_of_the_table(made):
    lines = repr(made).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == ["x, 41 values:", "y:", "x.grad:"]
    numbers = [text for line in lines if line.startswith(" ") for text in re.findall(r"[^\s,]+", line)]
    assert list(map(float, numbers)) == [*OVER, *(x**2 for x in OVER), *(2 * x for x in OVER)]


def test_a_number_that_stands_many_times_in_a_row_stands_once():
    made = handle(lambda x: {"x": x, "y": max(0, x)}, range(-40, 2), start=0, curve="y", slopes=[])
    assert repr(made).endswith("y:\n  0 (×41), 1")


def test_the_page_gets_the_numbers_as_pytorch_prints_them(made):
    table = json.loads(unescape(re.search('data-table="(.*?)"', made._repr_html_())[1]))
    assert (table["x"][32], table["y"][1], table["x.grad"][32]) == ("3.", "22.5625", "6.")
    assert {len(column) for column in table.values()} == {len(OVER)}


def test_a_few_rows_stand_where_there_is_no_script(made):
    rows = re.findall("<tr><td>(.*?)</td>", made._repr_html_())
    assert rows == ["-5.", "-2.5000", "0.", "2.5000", "3.", "5."]


def test_where_there_is_no_slope_there_is_no_tangent():
    made = handle(lambda x: {"x": x, "y": x, "slope": float("nan")}, OVER, start=0.0, curve="y", slopes=["slope"])
    assert '<path class="handle-tangent" d=""/>' in made._repr_html_()


def test_a_curve_is_not_drawn_across_a_jump():
    made = handle(lambda x: {"x": x, "y": x // 20, "floor": x // 20}, range(41), start=0, curve="y", piece="floor")
    curve = re.search('class="handle-curve" d="(.*?)"', made._repr_html_())[1]
    assert [piece.split("L")[0] for piece in curve.split("M")[1:]] == ["0 0", "20 1", "40 2"]


def test_on_logarithmic_axes_equal_factors_are_equal_distances():
    over = [2.0**n for n in range(41)]
    made = handle(lambda x: {"x": x, "y": x * x}, over, start=1.0, curve="y", is_logarithmic=True)
    html = made._repr_html_()
    places = [float(point.split()[0]) for point in re.search('class="handle-curve" d="M(.*?)"', html)[1].split("L")]
    assert "data-logarithmic" in html
    assert places == pytest.approx([n * math.log10(2) for n in range(41)], abs=1e-4)


def test_a_text_stands_as_it_is():
    made = handle(lambda x: {"x": x, "y": x, "in words": f"2*{x}"}, range(41), start=0, curve="y")
    assert json.loads(unescape(re.search('data-table="(.*?)"', made._repr_html_())[1]))["in words"][3] == "2*3"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"over": OVER[:40]}, "41 to 201 values, not over 40"),
        ({"over": list(range(202))}, "41 to 201 values, not over 202"),
        ({"start": 3.1}, "starts at 3.1, which is not one of its values"),
        ({"curve": "z"}, "nothing called z"),
        ({"slopes": ["x.gard"]}, "nothing called x.gard"),
        ({"piece": "floor"}, "nothing called floor"),
    ],
)
def test_what_cannot_be_a_handle_is_refused_with_what_to_do(change, message):
    with pytest.raises(ValueError, match=message):
        handle(square, **{"over": OVER, "start": 3.0, "curve": "y", "slopes": ["x.grad"], **change})
