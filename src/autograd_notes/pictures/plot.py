"""Plots and heat maps whose colours are the page's, and whose numbers are text as well."""

from __future__ import annotations

import html
import io
import itertools
import logging
import math
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from torch import Tensor

from autograd_notes.language import say
from autograd_notes.pictures import drawing, words
from autograd_notes.pictures.numbers import numbers_text

# On a fresh machine it would announce, in the middle of an example, that it is looking for fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

import matplotlib  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.collections import PathCollection  # noqa: E402
from matplotlib.container import BarContainer  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
# Matplotlib's own default colours stand for those of the page, so that any figure follows light and dark.
SERIES = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b"]
COLOURS = {colour: f"var(--picture-{number},{colour})" for number, colour in enumerate(SERIES, 1)} | {
    "#000000": "currentColor",
    "#ffffff": "var(--md-default-bg-color,#ffffff)",
    "#cccccc": "var(--picture-box-line,#cccccc)",
    "#b0b0b0": "var(--picture-box-line,#b0b0b0)",
}
STYLE: dict[Any, Any] = {key: value for key, value in matplotlib.rcParamsDefault.items() if key != "backend"} | {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.figsize": (4.6, 2.7),
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "autograd-notes",
}
DASHES = ["solid", "dashed", "dotted", "dashdot"]
# What part of the width or the height of a plot nobody can see.
CLOSE = 1e-4
# The label of the dots at jumps, which are no curve of their own.
DOTS = "_dots"
# What stands in the texts of a picture, and what a line of its description begins with.
SVG_TEXT = re.compile(r"(?<=>)[^<>]+(?=</text>)")
SERIES_LABEL = re.compile(r"(?m)^(?P<label>.+?)(?: \((?P<points>\d+) points\))?(?=: )")
SAMPLED = 9
LARGEST_SCALE = 1.45
LARGEST_MATRIX = 16
CELL = 44


@dataclass(frozen=True)
class Plot:
    """A snapshot of a figure; its `repr` is the numbers that it shows, of a long curve a sample."""

    svg: str
    width: float
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        title = say(en="Plot", zh="图像")
        label = html.escape(drawing.called(title, SERIES_LABEL.sub(_translated_series, self.text)))
        smallest = drawing.SMALLEST * self.width
        size = f"min-width:{smallest:.0f}px;max-width:{LARGEST_SCALE * self.width:.0f}px"
        svg = SVG_TEXT.sub(lambda text: html.escape(words.label(html.unescape(text[0])), quote=False), self.svg)
        svg = svg.replace("<svg", f'<svg class="plot" role="img" aria-label="{label}" style="{size}"', 1)
        return drawing.figure(drawing.scroll_box(svg, smallest, title))


@dataclass(frozen=True)
class Heatmap:
    """A matrix as a table of coloured cells; where there is a vector v, v beside it and their product below it."""

    name: str
    rows: tuple[tuple[float, ...], ...]
    v: tuple[float, ...] = ()
    product: tuple[float, ...] = ()

    def __repr__(self) -> str:
        indent = "\n" + " " * len(f"{self.name} = ")
        text = f"{self.name} = {indent.join(numbers_text(list(row)) for row in self.rows)}"
        if not self.v:
            return text
        return f"{text}\nv = {numbers_text(list(self.v))}\nvᵀ{self.name} = {numbers_text(list(self.product))}"

    def _repr_html_(self) -> str:
        title = say(en=f"The matrix {self.name} as a heat map", zh=f"矩阵 {self.name} 的热图")
        name, columns = html.escape(self.name), len(self.rows[0])
        numbers = [value for row in self.rows for value in row]
        corner = '<th scope="col">v</th>' if self.v else ""
        lines = [f'{corner}<th scope="colgroup" colspan="{columns}">{name}</th>']
        for number, row in enumerate(self.rows):
            beside = _cells(self.v[number : number + 1], self.v, "vector")
            lines.append(beside + _cells(row, numbers, "matrix"))
        if self.v:
            lines.append(f'<th scope="row">vᵀ{name}</th>{_cells(self.product, self.product, "vector")}')
        rows = "".join(f"<tr>{line}</tr>" for line in lines)
        table = f'<table class="heatmap" aria-label="{html.escape(title)}">{rows}</table>'
        return drawing.figure(drawing.scroll_box(table, CELL * (columns + bool(self.v)), title))


def plot(figure: Figure, digits: int = 4) -> Plot:
    """Return a picture of a matplotlib figure that follows the page's palette; the figure is closed.

    Matplotlib's default colours become those of the page, others stay as they are. Text stays text, in the page's font.
    Readable on a phone is what is at most 5 inches wide; a wider figure scrolls there.

    Args:
        figure: The figure.
        digits: How many digits of a number are part of its text: what computers agree on.

    Raises:
        ValueError: The figure shows no curve, point or bar.
    """
    text = "\n".join(line for axes in figure.axes for line in _describe(axes, digits))
    if not text:
        raise ValueError("this figure shows no curve, point or bar; draw one on its axes first.")
    buffer = io.StringIO()
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # The reader's browser has the fonts for Chinese labels; matplotlib need not have them.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure.savefig(buffer, format="svg", transparent=True, bbox_inches="tight", pad_inches=0.03)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    svg, width = page_svg(buffer.getvalue())
    return Plot(svg, width, text)


def curves(x: Tensor | Sequence[float], lines: Mapping[str, Tensor | Sequence[float]], *, xlabel: str = "") -> Plot:
    """Plot curves over the same x, told apart by dashes as well as by colour.

    Where x comes so close to a number that no eye can tell the two apart, and the curve does not, it jumps: the line
    ends in an open dot, and a filled one shows the value at the number itself, which is the one written shortest.

    Args:
        x: The numbers on the horizontal axis, in order.
        lines: The numbers of each curve, by its label.
        xlabel: What x is.

    Raises:
        ValueError: There is no curve, or one has not as many numbers as x.
    """
    if not lines:
        raise ValueError("there is no curve to plot; pass each one by its label, as in {'sin x': y}.")
    across = _numbers(x)
    with matplotlib.rc_context(STYLE):
        figure = Figure()
        axes = figure.subplots()
        for number, (label, values) in enumerate(lines.items()):
            up = _numbers(values)
            if len(up) != len(across):
                raise ValueError(f"curve {label!r} has {len(up)} numbers and x {len(across)}; pass one for each x.")
            _draw(axes, _pieces(across, up), label, DASHES[number % len(DASHES)])
        axes.set_xlabel(xlabel)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0)
        return plot(figure)


def heatmap(matrix: Tensor, *, v: Tensor | None = None, name: str = "J") -> Heatmap:
    """Show a matrix as a heat map and, where a vector v is given, v beside it and `v @ matrix` below it.

    Args:
        matrix: Two dimensions, at most 16×16.
        v: A number for each row.
        name: What the matrix is called.

    Raises:
        ValueError: The matrix has not two dimensions, is empty or too large, or v has not one number for each row.
    """
    if matrix.dim() != 2 or not all(0 < size <= LARGEST_MATRIX for size in matrix.shape):
        limit = f"{LARGEST_MATRIX}×{LARGEST_MATRIX}"
        raise ValueError(f"a heat map shows a matrix of up to {limit}, not a tensor of shape {tuple(matrix.shape)}.")
    if v is not None and v.shape != matrix.shape[:1]:
        raise ValueError(f"v has shape {tuple(v.shape)} and the matrix {len(matrix)} rows; pass one number for each.")
    rows = tuple(tuple(row) for row in matrix.tolist())
    return Heatmap(name, rows) if v is None else Heatmap(name, rows, tuple(v.tolist()), tuple((v @ matrix).tolist()))


def _pieces(across: Sequence[float], up: Sequence[float]) -> list[list[tuple[float, float]]]:
    """Return the points of a curve, cut where it jumps."""
    pieces: list[list[tuple[float, float]]] = [[]]
    width, height = max(across) - min(across), max(up) - min(up)
    for point in zip(across, up, strict=True):
        if pieces[-1]:
            before = pieces[-1][-1]
            if point[0] - before[0] <= CLOSE * width and abs(point[1] - before[1]) > CLOSE * height:
                pieces.append([])
        pieces[-1].append(point)
    return pieces


def _draw(axes: Axes, pieces: list[list[tuple[float, float]]], label: str, dashes: str) -> None:
    """Draw a curve of one or more pieces, and the dots at its jumps."""
    gap = (math.nan, math.nan)
    points = [point for piece in pieces for point in [*piece, gap]][:-1]
    (line,) = axes.plot(*zip(*points, strict=True), label=label, linestyle=dashes)
    width = pieces[-1][-1][0] - pieces[0][0][0]
    for before, after in itertools.pairwise(pieces):
        near = [point for point in (*before, *after) if abs(point[0] - after[0][0]) <= CLOSE * width]
        itself = min(near, key=lambda point: len(repr(point[0])))
        for end in (before[-1], after[0]):
            fill = line.get_color() if end == itself else "#ffffff"
            axes.plot(*end, "o", color=line.get_color(), markerfacecolor=fill, markersize=5, label=DOTS)


def _translated_series(found: re.Match[str]) -> str:
    name, count = words.label(found["label"]), found["points"]
    return name + (say(en=f" ({count} points)", zh=f"（{count} 个点）") if count else "")


def _numbers(values: Tensor | Sequence[float]) -> list[float]:
    return values.tolist() if isinstance(values, Tensor) else list(values)


def _cells(values: Sequence[float], among: Sequence[float], kind: str) -> str:
    """Return table cells, coloured the stronger the larger their number is among others."""
    largest = max(map(abs, among), default=0) or 1
    cells = []
    for value in values:
        sign = " negative" if value < 0 else ""
        share = 45 * abs(value) / largest
        cells.append(f'<td class="{kind}{sign}" style="--share:{share:.0f}%">{numbers_text(value)}</td>')
    return "".join(cells)


def _describe(axes: Axes, digits: int) -> Iterator[str]:
    """Yield a line of text for each curve, group of points or group of bars."""
    for number, line in enumerate(axes.lines, 1):
        if line.get_label() != DOTS and all(line.get_transform().contains_branch_seperately(axes.transData)):
            yield _series(axes, _label(line, f"curve {number}"), line.get_xdata(), line.get_ydata(), digits)
    for number, points in enumerate(axes.collections, 1):
        if isinstance(points, PathCollection):
            places: Any = points.get_offsets()
            yield _series(axes, _label(points, f"points {number}"), places[:, 0], places[:, 1], digits)
    for number, bars in enumerate(axes.containers, 1):
        if isinstance(bars, BarContainer):
            middles, heights = [bar.get_x() + bar.get_width() / 2 for bar in bars], [bar.get_height() for bar in bars]
            yield _series(axes, _label(bars, f"bars {number}"), middles, heights, digits)


def _label(artist: Any, otherwise: str) -> str:
    label = str(artist.get_label())
    return otherwise if label.startswith("_") else label


def _series(axes: Axes, label: str, x: Any, y: Any, digits: int) -> str:
    x, y = zip(*[point for point in zip(x, y, strict=True) if not math.isnan(point[0])], strict=True)
    places: Sequence[int] = range(len(x))
    if len(x) > SAMPLED:
        label += f" ({len(x)} points)"
        places = [round(place * (len(x) - 1) / (SAMPLED - 1)) for place in range(SAMPLED)]
    across, up = _texts(x, axes.get_xscale(), digits), _texts(y, axes.get_yscale(), digits)
    return f"{label}: " + ", ".join(f"{across[place]} -> {up[place]}" for place in places)


def _texts(values: Sequence[Any], scale: str, digits: int) -> list[str]:
    """Return numbers as text; on a linear scale, what nobody can tell from zero is zero, on any computer."""
    numbers = [float(value) for value in values]
    nothing = 1e-6 * max(map(abs, numbers), default=0) if scale == "linear" else 0
    return ["0" if abs(number) < nothing else numbers_text(number, digits) for number in numbers]


def page_svg(source: str) -> tuple[str, float]:
    """Turn matplotlib's SVG into one that may stand in a page any number of times: no ids, no styles for all.

    Returns:
        The SVG and its width.
    """
    root = ElementTree.fromstring(source[source.index("<svg") :])
    _inline(root, {element.get("id"): element for element in root.iter()})
    view = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({"viewBox": view, "fill": "currentColor", "font-family": "sans-serif"})
    for element in root.iter():
        element.attrib.pop("id", None)
        if element.get("transform", "").startswith("rotate(-0 "):
            del element.attrib["transform"]
        for key, value in element.attrib.items():
            element.set(key, _style(value) if key == "style" else re.sub(r"\d+\.\d{3,}", _rounded, value))
    ElementTree.register_namespace("", SVG.strip("{}"))
    text = re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode"))
    return text, float(view.split()[2])


def _inline(parent: ElementTree.Element, named: Mapping[str | None, ElementTree.Element]) -> None:
    """Replace references by what they refer to, and drop what only serves references."""
    for place, child in reversed(list(enumerate(parent))):
        if child.tag in (f"{SVG}metadata", f"{SVG}defs"):
            parent.remove(child)
            continue
        _inline(child, named)
        clip = child.attrib.pop("clip-path", None)
        if child.tag == f"{SVG}use":
            parent[place] = _copy(named[child.attrib[LINK][1:]], child)
        if clip:
            parent[place] = _clipped(parent[place], named[clip[len("url(#") : -1]])


def _copy(shape: ElementTree.Element, use: ElementTree.Element) -> ElementTree.Element:
    move = f"translate({use.get('x', '0')} {use.get('y', '0')})"
    style = use.get("style", "") or shape.get("style", "")
    return ElementTree.Element(shape.tag, {"d": shape.attrib["d"], "transform": move, "style": style})


def _clipped(element: ElementTree.Element, clip: ElementTree.Element) -> ElementTree.Element:
    """Put an element into an inner SVG, which shows nothing beyond its edges and needs no id for that."""
    box = clip.find(f"{SVG}rect")
    if box is None:
        return element
    place = {key: box.attrib[key] for key in ("x", "y", "width", "height")}
    inner = ElementTree.Element(f"{SVG}svg", place | {"viewBox": " ".join(place.values())})
    inner.append(element)
    return inner


def _style(style: str) -> str:
    """Return a style with the page's colours and without a font family."""
    style = re.sub(r"font: ([\d.]+px)[^;]*", r"font-size: \1", style)
    style = re.sub(r"font-family:[^;]*;?", "", style)
    return re.sub(r"#[0-9a-f]{6}", lambda match: COLOURS.get(match[0], match[0]), style)


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}"
