"""Draw boxes and arrows as SVG whose colours are the page's; graphviz says where they go."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import sysconfig
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from autograd_notes.language import say

FONT, LINE, PADDING, MARGIN = 13, 17, 10, 6
HEAD, HALF_HEAD = 8, 3.6
# A phone shows a picture at this scale at least, and lets it scroll where it is wider still.
SMALLEST = 0.85
NARROWEST_SCREEN = 280


@dataclass(frozen=True)
class Text:
    """One line of text in a box; `role` becomes its CSS class, `data` its data attributes."""

    text: str
    role: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Box:
    """A box of lines, from top to bottom; texts of one line take turns in the same place."""

    kind: str
    lines: Sequence[Sequence[Text]]
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def width(self) -> float:
        """Its width in pixels, enough for the longest text."""
        longest = max((_width(text.text) for line in self.lines for text in line), default=0)
        return max(longest + 2 * PADDING, 44)

    @property
    def height(self) -> float:
        """Its height in pixels."""
        return len(self.lines) * LINE + PADDING


@dataclass(frozen=True)
class Arrow:
    """An arrow between two boxes, by their numbers.

    Attributes:
        source: Where it starts.
        target: Where its head is.
        message: A text beside it, which travels the other way; the arrow that belongs to it points back.
        data: Data attributes of the arrow.
        back: Data attributes of the message and the arrow back.
    """

    source: int
    target: int
    message: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    back: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Curve:
    """A Bézier curve of the layout with its two ends, and the place of the text beside it."""

    points: tuple[tuple[float, float], ...]
    start: tuple[float, float]
    end: tuple[float, float]
    text: tuple[float, float] | None


def figure(content: str) -> str:
    """Return a picture as a figure, which the search index leaves out."""
    return f'<figure class="picture" data-search-exclude>{content}</figure>'


def draw(boxes: Sequence[Box], arrows: Sequence[Arrow], title: str, description: str) -> str:
    """Return an SVG in a box that scrolls where the screen is too small for it.

    Args:
        boxes: What is drawn.
        arrows: What connects it; several between two boxes are all drawn.
        title: What the picture is.
        description: The same content in words, for those who cannot see it.
    """
    width, height, centres, curves = _layout(boxes, arrows)
    parts = [_arrow(arrow, curve) for arrow, curve in zip(arrows, curves, strict=True)]
    parts += [_box(box, centre) for box, centre in zip(boxes, centres, strict=True)]
    parts += [_message(arrow, curve.text) for arrow, curve in zip(arrows, curves, strict=True) if curve.text]
    label = html.escape(called(title, description))
    # The plain attributes stand in for pictures.css where a picture is shown without it, as in a notebook.
    svg = (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" style="min-width:{SMALLEST * width:.0f}px" fill="currentColor" text-anchor="middle" '
        f'font-family="monospace" font-size="{FONT}">{"".join(parts)}</svg>'
    )
    return scroll_box(svg, SMALLEST * width, title)


def called(title: str, description: str) -> str:
    """Return what a picture is called for those who cannot see it."""
    described = description.replace("\n", say(en="; ", zh="；"))
    return say(en=f"{title}: {described}", zh=f"{title}：{described}")


def scroll_box(content: str, width: float, title: str) -> str:
    """Return content that may need more width than a phone has in a box that scrolls, by keyboard too."""
    label = html.escape(say(en=f"{title} (scrolls)", zh=f"{title}（可滚动）"))
    focusable = f' tabindex="0" role="group" aria-label="{label}"' if width > NARROWEST_SCREEN else ""
    return f'<div class="picture-scroll"{focusable}>{content}</div>'


def _layout(
    boxes: Sequence[Box], arrows: Sequence[Arrow]
) -> tuple[float, float, list[tuple[float, float]], list[Curve]]:
    """Return the size of the picture, the centre of each box and the curve of each arrow."""
    heads = "both" if any(arrow.message for arrow in arrows) else "forward"
    lines = [f"digraph {{ nodesep=.32 ranksep=.4 edge [dir={heads} arrowsize=.7]"]
    lines.append('node [shape=box fixedsize=true label=""]')
    for number, box in enumerate(boxes):
        lines.append(f"{number} [width={box.width / 72:.4f} height={box.height / 72:.4f}]")
    for number, arrow in enumerate(arrows):
        size = f'width="{_width(arrow.message) + 16:.0f}" height="{LINE}"'
        label = f'label=<<table border="0" fixedsize="true" {size}><tr><td></td></tr></table>>' if arrow.message else ""
        lines.append(f'{arrow.source} -> {arrow.target} [id="{number}" {label}]')
    found = json.loads(_dot("\n".join([*lines, "}"])))
    width, height = (float(number) for number in found["bb"].split(",")[2:])

    def point(text: str) -> tuple[float, float]:
        x, y = text.split(",")
        return float(x) + MARGIN, height - float(y) + MARGIN

    centres = {int(item["name"]): point(item["pos"]) for item in found["objects"]}
    curves = {}
    for item in found.get("edges", []):
        ends = {part[0]: point(part[2:]) for part in item["pos"].split() if part[0] in "se"}
        points = tuple(point(part) for part in item["pos"].split() if part[0] not in "se")
        text = point(item["lp"]) if "lp" in item else None
        curves[int(item["id"])] = Curve(points, ends.get("s", points[0]), ends["e"], text)
    in_order = [centres[number] for number in range(len(boxes))], [curves[number] for number in range(len(arrows))]
    return width + 2 * MARGIN, height + 2 * MARGIN, *in_order


@lru_cache(256)
def _dot(source: str) -> str:
    """Lay out a graph in the DOT language; return graphviz's JSON."""
    program = shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")) or shutil.which("graphviz-pure")
    if program is None:
        raise RuntimeError("graphviz-pure is not installed, so no graph can be drawn; pip install graphviz-pure.")
    return subprocess.run([program, "-Tjson"], input=source, capture_output=True, text=True, check=True).stdout


def _box(box: Box, centre: tuple[float, float]) -> str:
    x, y = centre
    left, top = x - box.width / 2, y - box.height / 2
    radius = min(box.height / 2, 22) if box.kind.startswith("leaf") else 6
    parts = [
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:.0f}" '
        'fill="none" stroke="currentColor"/>'
    ]
    for number, line in enumerate(box.lines):
        baseline = top + PADDING / 2 + LINE * (number + 0.74)
        parts += [_text(text, x, baseline) for text in line]
    return f'<g class="box {box.kind}"{_data(box.data)}>{"".join(parts)}</g>'


def _text(text: Text, x: float, y: float) -> str:
    return f'<text class="{text.role}"{_data(text.data)} x="{x:.1f}" y="{y:.1f}">{html.escape(text.text)}</text>'


def _message(arrow: Arrow, place: tuple[float, float]) -> str:
    return _text(Text(arrow.message, "message", arrow.back), place[0], place[1] + FONT / 3)


def _arrow(arrow: Arrow, curve: Curve) -> str:
    forth = _line((curve.start, *curve.points)) + _head(curve.end, curve.points[-1])
    drawn = f'<g class="arrow"{_data(arrow.data)}>{forth}</g>'
    if arrow.message:
        back = _line((curve.end, *reversed(curve.points))) + _head(curve.start, curve.points[0])
        drawn += f'<g class="arrow back"{_data(arrow.back)}>{back}</g>'
    return drawn


def _line(points: Sequence[tuple[float, float]]) -> str:
    """Draw a line from the first point to the second, and a Bézier curve from there."""
    start, first, *rest = (f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="line" d="M{start}L{first}C{" ".join(rest)}" fill="none" stroke="currentColor"/>'


def _head(tip: tuple[float, float], behind: tuple[float, float]) -> str:
    """Draw an arrowhead with its tip at one point, coming from another."""
    along_x, along_y = tip[0] - behind[0], tip[1] - behind[1]
    length = (along_x**2 + along_y**2) ** 0.5 or 1
    along_x, along_y = along_x / length, along_y / length
    base_x, base_y = tip[0] - HEAD * along_x, tip[1] - HEAD * along_y
    corners = [tip, *((base_x - side * along_y, base_y + side * along_x) for side in (HALF_HEAD, -HALF_HEAD))]
    return f'<path class="head" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in corners)}z"/>'


def _width(text: str) -> float:
    """Estimate the width of a text in a monospaced font, where a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text) * 0.605 * FONT


def _data(data: Mapping[str, object]) -> str:
    """Return data attributes; what gives way to something else at some step is not part of the finished picture."""
    hidden = ' visibility="hidden"' if "until" in data else ""
    return "".join(f' data-{name}="{html.escape(str(value))}"' for name, value in data.items()) + hidden
