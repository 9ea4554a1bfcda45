"""A plot follows the page's palette, documents its numbers, and leaves matplotlib as it was."""

import os
import re
import subprocess
import sys
import warnings
from xml.etree import ElementTree

import matplotlib
import pytest
import torch
from matplotlib import pyplot

from autograd_notes.language import LANGUAGE, speaking
from autograd_notes.pictures.plot import COLOURS, curves, heatmap, plot


@pytest.fixture
def x():
    return torch.linspace(-1, 1, 5, requires_grad=True)


def test_the_numbers_of_a_plot_are_its_text(x):
    assert repr(curves(x, {"x^2": x**2, "2x": 2 * x}, xlabel="x")).splitlines() == [
        "x^2: -1 -> 1, -0.5 -> 0.25, 0 -> 0, 0.5 -> 0.25, 1 -> 1",
        "2x: -1 -> -2, -0.5 -> -1, 0 -> 0, 0.5 -> 1, 1 -> 2",
    ]


JUMP = [-1.0, -1e-7, 0.0, 1e-7, 1.0]


def test_a_jump_is_drawn_as_two_open_ends_and_a_dot_for_the_value_at_the_number_itself():
    picture = curves(JUMP, {"f": [-1.0, -1.0, 0.0, 1.0, 1.0]})
    dots = re.findall(r"fill: (var\([^)]*\)); stroke: var\(--picture-1", picture.svg)
    assert [("bg-color" in fill) for fill in dots] == [True, False, False, True], "open, filled, filled, open"
    assert repr(picture) == "f: -1 -> -1, 0 -> -1, 0 -> 0, 0 -> 1, 1 -> 1"


def test_a_kink_is_no_jump():
    assert "fill: var(--picture-1" not in curves(JUMP, {"f": [1.0, 1e-7, 0.0, 1e-7, 1.0]}).svg


def test_a_long_curve_is_sampled_from_end_to_end():
    text = repr(curves(range(101), {"n": range(101)}))
    assert text.startswith("n (101 points): 0 -> 0, 12 -> 12, ")
    assert text.endswith(", 100 -> 100")


def test_what_is_nearly_zero_is_zero_on_any_computer():
    assert repr(curves([-1.0, 4.47e-8, 1.0], {"f": [1.0, -2e-9, 0.5]})) == "f: -1 -> 1, 0 -> 0, 1 -> 0.5"


def test_any_figure_is_described_curves_points_and_bars():
    figure, (left, right) = pyplot.subplots(1, 2)
    left.bar([0, 1], [1e-9, 1.0], label="norm")
    left.set_yscale("log")
    right.scatter([1, 2], [3, 4])
    right.plot([0, 1], [0, 1])
    right.axhline(0.5)
    assert repr(plot(figure)).splitlines() == [
        "norm: 0 -> 1e-09, 1 -> 1",
        "curve 1: 0 -> 0, 1 -> 1",
        "points 1: 1 -> 3, 2 -> 4",
    ]


def test_text_stays_text_in_the_font_of_the_page(x):
    html = curves(x, {"梯度": x}, xlabel="输入")._repr_html_()
    texts = [
        element.text
        for element in ElementTree.fromstring(html.replace(" data-search-exclude", "")).iter()
        if element.text
    ]
    assert {"梯度", "输入", "−1.0"} <= set(texts)
    assert "DejaVu" not in html


def test_chinese_labels_make_no_warning(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curves(x, {"梯度": x}, xlabel="输入")


def test_every_colour_is_one_of_the_page(x):
    svg = curves(x, {str(number): x * number for number in range(6)}).svg
    assert all(f"var(--picture-{number}," in svg for number in range(1, 7))
    assert "currentColor" in svg
    fixed = set(re.findall(r"#[0-9a-f]{6}", re.sub(r"var\([^)]*\)", "", svg)))
    assert not fixed, f"{fixed} would not follow light and dark; map them in COLOURS ({', '.join(COLOURS)})"


def test_a_plot_may_stand_on_a_page_twice(x):
    html = curves(x, {"x": x})._repr_html_()
    assert not re.search(r'\sid="|url\(#|href|<style|<defs|<metadata', html), "ids of two plots would clash; do without"


def test_a_curve_is_cut_off_at_the_edge_of_the_axes():
    figure, axes = pyplot.subplots()
    axes.plot([0, 1, 2], [0, 100, 0])
    axes.set_ylim(0, 1)
    assert re.search(r'<svg x="[\d.]+" y="[\d.]+" width="[\d.]+" height="[\d.]+"[^>]*><path', plot(figure).svg)


def test_matplotlib_is_left_as_it_was(x):
    before, figures = dict(matplotlib.rcParams), pyplot.get_fignums()
    curves(x, {"x": x})
    figure, axes = pyplot.subplots()
    axes.plot([0, 1])
    plot(figure)
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == figures, "close the figure: an open one is never freed"


def test_a_plot_does_not_depend_on_settings_of_the_reader_or_of_the_page_before(x):
    expected = curves(x, {"x": x})
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "svg.fonttype": "path"}):
        assert curves(x, {"x": x}) == expected


def test_a_plot_has_the_same_bytes_in_every_run():
    code = "from autograd_notes.pictures.plot import curves; print(curves([0, 1, 2], {'f': [0, 1, 4]})._repr_html_())"
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    here = curves([0, 1, 2], {"f": [0, 1, 4]})._repr_html_()
    assert other.stdout == f"{here}\n", "another run drew another plot; let nothing depend on dates, ids or hashes"


def test_a_plot_has_its_numbers_as_text_alternative(x):
    html = curves(x, {"f": x})._repr_html_()
    assert 'role="img" aria-label="Plot: f: -1 -&gt; -1, ' in html


def test_curves_that_do_not_fit_are_refused_with_what_to_do(x):
    with pytest.raises(ValueError, match="'f' has 2 numbers and x 5; pass one for each x"):
        curves(x, {"f": [1, 2]})
    with pytest.raises(ValueError, match="pass each one by its label"):
        curves(x, {})
    with pytest.raises(ValueError, match="shows no curve, point or bar; draw one"):
        plot(pyplot.figure())


def test_a_heat_map_shows_the_matrix_a_vector_and_their_product():
    jacobian, v = torch.diag(torch.tensor([0.0, 2.0, -4.0])), torch.tensor([1.0, 1.0, 0.5])
    shown = heatmap(jacobian, v=v)
    assert repr(shown).splitlines() == [
        "J = [0, 0, 0]",
        "    [0, 2, 0]",
        "    [0, 0, -4]",
        "v = [1, 1, 0.5]",
        "vᵀJ = [0, 2, -2]",
    ]
    table = ElementTree.fromstring(shown._repr_html_().replace(" data-search-exclude", "")).find(".//table")
    rows = [["".join(cell.itertext()) for cell in row] for row in table]
    assert rows == [
        ["v", "J"],
        ["1", "0", "0", "0"],
        ["1", "0", "2", "0"],
        ["0.5", "0", "0", "-4"],
        ["vᵀJ", "0", "2", "-2"],
    ]


def test_a_heat_map_colours_by_size_and_sign():
    html = heatmap(torch.tensor([[4.0, -2.0], [0.0, 1.0]]))._repr_html_()
    shares = re.findall(r'class="([^"]*)" style="--share:(\d+)%"', html)
    assert shares == [("matrix", "45"), ("matrix negative", "22"), ("matrix", "0"), ("matrix", "11")]


@pytest.mark.parametrize("matrix", [torch.ones(3), torch.ones(17, 2), torch.ones(0, 2)])
def test_what_is_no_small_matrix_is_refused(matrix):
    with pytest.raises(ValueError, match="a heat map shows a matrix of up to 16×16"):
        heatmap(matrix)


def test_a_vector_that_does_not_fit_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match="the matrix 2 rows; pass one number for each"):
        heatmap(torch.eye(2), v=torch.ones(3))


def test_a_label_is_translated_in_the_picture_and_in_its_text_alternative_and_numbers_and_code_are_not(x):
    shown = curves(range(10), {"loss": range(10), "x.exp()": range(10)}, xlabel="step")
    with speaking("zh"):
        html = shown._repr_html_()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", html)
    assert {"损失", "x.exp()", "步"} <= set(texts)
    assert 'aria-label="图像：损失（10 个点）: 0 -&gt; 0, ' in html
    assert "loss" in shown._repr_html_()


def test_a_label_without_a_translation_is_refused_with_where_to_add_it(x):
    shown = curves(x, {"an unknown word": x})
    shown._repr_html_()
    with speaking("zh"), pytest.raises(LookupError, match=r"no 'zh' for the label 'an unknown word'.*add it to LABELS"):
        shown._repr_html_()


def test_plots_and_heat_maps_speak_the_language_of_the_page(x):
    token = LANGUAGE.set("zh")
    try:
        assert "矩阵 J 的热图" in heatmap(torch.eye(2))._repr_html_()
        assert "Plot" not in curves(x, {"f": x})._repr_html_()
    finally:
        LANGUAGE.reset(token)
