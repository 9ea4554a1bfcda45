"""Run a computation for many values of one input, for a slider that shows what PyTorch printed for each of them."""

from __future__ import annotations

import itertools
import json
import math
import operator
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from torch import Tensor

from autograd_notes.language import say
from autograd_notes.pictures.numbers import numbers_text

FEWEST, MOST = 41, 201
# So many rows of the table stand where there is no script.
ROWS = 5
WIDTH, HEIGHT, MARGIN = 320, 190, 24
LONGEST_LINE = 100


@dataclass(frozen=True)
class Handle:
    """A table of what a computation gives for each value of its input; its `repr` is the table, column by column.

    Attributes:
        columns: The numbers as PyTorch prints them, by label; the first column is the input.
        start: The row that shows first.
        curve: The column that is plotted.
        slopes: The columns that are slopes of the curve.
        piece: The column that changes where the curve jumps, and is not drawn; "" for a curve of one piece.
        is_logarithmic: Whether both axes of the plot are.
    """

    columns: Mapping[str, tuple[str, ...]]
    start: int
    curve: str
    slopes: tuple[str, ...]
    piece: str = ""
    is_logarithmic: bool = False

    def __repr__(self) -> str:
        input_, *outputs = self.columns.items()
        head = f"{input_[0]}, {len(input_[1])} values:\n{_filled(input_[1])}"
        return "\n".join([head, *(f"{label}:\n{_filled(texts)}" for label, texts in outputs)])

    def _repr_html_(self) -> str:
        name, *_ = self.columns
        last = len(self.columns[name]) - 1
        slider = (
            f'<label class="handle-bar" hidden><code>{escape(name)}</code><input type="range" min="0" max="{last}" '
            f'value="{self.start}" aria-label="{escape(name)}"></label>'
        )
        table = json.dumps(self.columns, ensure_ascii=False, separators=(",", ":"))
        slopes = json.dumps(self.slopes, separators=(",", ":"))
        axes = " data-logarithmic" if self.is_logarithmic else ""
        return (
            f'<div class="picture" data-search-exclude><value-handle data-table="{escape(table)}" '
            f'data-curve="{escape(self.curve)}" data-slopes="{escape(slopes)}"{axes}>{self._plot()}'
            f'<div class="handle-side">{slider}{self._values()}{self._rows()}</div></value-handle></div>'
        )

    def _values(self) -> str:
        """Return what a row shows, one number below the other."""
        shown = "".join(
            f"<div><dt><code>{escape(label)}</code></dt>"
            f'<dd><code data-column="{escape(label)}">{escape(texts[self.start])}</code></dd></div>'
            for label, texts in self.columns.items()
        )
        return f'<dl class="handle-values">{shown}</dl>'

    def _rows(self) -> str:
        """Return a few rows of the table, for paper and where there is no script."""
        length = len(self.columns[next(iter(self.columns))])
        places = sorted({self.start, *(round(place * (length - 1) / (ROWS - 1)) for place in range(ROWS))})
        head = "".join(f'<th scope="col"><code>{escape(label)}</code></th>' for label in self.columns)
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(texts[place])}</td>' for texts in self.columns.values())}</tr>"
            for place in places
        )
        return f'<table class="handle-rows"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'

    def _plot(self) -> str:
        """Draw the curve in the coordinates of its numbers, with a dot and a tangent for each slope."""
        name, *_ = self.columns
        across, up = ([self._place(text) for text in self.columns[label]] for label in (name, self.curve))
        left, right, low, high = min(across), max(across), min(up), max(up)
        wide, tall = (WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (high - low or 1)
        place = f"matrix({wide:.4f} 0 0 {-tall:.4f} {MARGIN - wide * left:.2f} {HEIGHT - MARGIN + tall * low:.2f})"
        points = zip(self.columns.get(self.piece, [""] * len(up)), across, up, strict=True)
        pieces = (piece for _, piece in itertools.groupby(points, operator.itemgetter(0)))
        line = "".join("M" + "L".join(f"{x:g} {y:g}" for _, x, y in piece) for piece in pieces)
        x, y = across[self.start], up[self.start]
        tangents = "".join(
            _tangent(x, y, float(self.columns[label][self.start]), right - left) for label in self.slopes
        )
        axes = f"M{left:g} 0H{right:g}" * (low <= 0 <= high) + f"M0 {low:g}V{high:g}" * (left <= 0 <= right)
        if self.is_logarithmic:
            # There is no zero on them.
            axes = ""
        marks = "".join(
            f'<text x="{MARGIN + wide * (number - left):.0f}" y="{HEIGHT - 6}" text-anchor="middle">'
            f"{self._mark(number)}</text>"
            for number in (left, (left + right) / 2, right)
        )
        title = say(en=f"The curve of {self.curve}", zh=f"{self.curve} 的曲线")
        if self.slopes:
            title += say(en=" with its tangent", zh="，以及与它相切的直线")
        title += say(en="; the numbers stand beside it", zh="；数值列在旁边")
        return (
            f'<svg class="handle-plot" role="img" aria-label="{escape(title)}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="currentColor">'
            f'<g transform="{place}"><path class="handle-axes" d="{axes}"/><g class="handle-tangents">{tangents}</g>'
            f'<path class="handle-curve" d="{line}"/><path class="handle-dot" d="M{x:g} {y:g}h0"/></g>'
            f'<g class="handle-marks" fill="currentColor" stroke="none" font-size="11">{marks}</g></svg>'
        )

    def _mark(self, place: float) -> str:
        """Return the number at a place below the plot."""
        return f"{10**place:.0e}" if self.is_logarithmic else numbers_text(float(place))

    def _place(self, text: str) -> float:
        """Return the place of a printed number in the plot, as handle.js does."""
        return math.log10(float(text)) if self.is_logarithmic else float(text)


def handle(
    compute: Callable[[Any], Mapping[str, Any]],
    over: Sequence[Any],
    *,
    start: Any,
    curve: str,
    slopes: Sequence[str] = (),
    piece: str = "",
    is_logarithmic: bool = False,
) -> Handle:
    """Run a computation for each value of its input, and keep what PyTorch prints.

    Args:
        compute: Gets one value and returns numbers, or texts, by their labels: first the input, then what comes out.
        over: The values of the input, from 41 to 201 of them, in order.
        start: The value that shows first.
        curve: The label of the column to plot over the input.
        slopes: The labels of those columns that are slopes of this curve; a tangent shows each.
        piece: The label of a column that changes where the curve jumps.
        is_logarithmic: Whether both axes of the plot are, for numbers above zero.

    Raises:
        ValueError: There are too few or too many values, `start` is not one of them, or a label is not there.
    """
    if not FEWEST <= len(over) <= MOST:
        raise ValueError(f"a handle runs over {FEWEST} to {MOST} values, not over {len(over)}.")
    if start not in over:
        raise ValueError(f"the handle starts at {start!r}, which is not one of its values; take one of them.")
    rows = [compute(value) for value in over]
    if missing := {curve, *slopes, *([piece] if piece else [])} - {*rows[0]}:
        raise ValueError(f"the computation returns nothing called {', '.join(sorted(missing))}; it has {[*rows[0]]}.")
    columns = {label: tuple(_printed(row[label]) for row in rows) for label in rows[0]}
    return Handle(columns, list(over).index(start), curve, tuple(slopes), piece, is_logarithmic)


def _printed(number: Any) -> str:
    """Return a number as PyTorch prints it, without what PyTorch writes around it; a text as it is."""
    if isinstance(number, Tensor):
        return repr(number.detach()).removeprefix("tensor(").removesuffix(")")
    return str(number)


def _filled(texts: Sequence[str]) -> str:
    """Return a column as lines of text; a number that stands several times in a row stands once, with how often."""
    runs: list[list[Any]] = []
    for text in texts:
        if runs and runs[-1][0] == text:
            runs[-1][1] += 1
        else:
            runs.append([text, 1])
    shown = ", ".join(f"{text} (×{times})".replace(" ", "\xa0") if times > 1 else text for text, times in runs)
    indent = "  "
    return textwrap.fill(shown, LONGEST_LINE, initial_indent=indent, subsequent_indent=indent).replace("\xa0", " ")


def _tangent(x: float, y: float, slope: float, length: float) -> str:
    """Return a line of some slope through a point, as handle.js draws it; none where the slope is not finite."""
    path = (
        f"M{x - length:g} {y - slope * length:g}L{x + length:g} {y + slope * length:g}" if math.isfinite(slope) else ""
    )
    return f'<path class="handle-tangent" d="{path}"/>'
