"""The card of a page: the picture that a chat or a social network shows with a link to it."""

from __future__ import annotations

import functools
import io
import re
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import Image, ImageColor, ImageDraw, ImageFont

from autograd_notes.engine.kept import kept

FONTS = Path(__file__).parent / "fonts"
TEXT = FONTS / "NotoSansSC-Bold-gb2312.woff2"
SYMBOL = FONTS / "STIXTwoMath-Regular.ttf"
WIDTH, HEIGHT = SIZE = 1200, 630
MARGIN = 80
ICON = 180
GROUND, INK, SOFT, ACCENT = "#ffffff", "#1f2430", "#586070", "#2f4ac2"
# Shades of each colour on the ground, for the edges of letters.
SHADES = 10
TITLE_SIZES = (84, 72, 60, 48)
LINE_HEIGHT = 1.28
TITLE_TOP, TITLE_HEIGHT = 166, 292
DESCRIPTION_TOP, DESCRIPTION_LINES = 480, 3
# The bold italic ∂ of the logo.
PARTIAL = "\U0001d789"
# A line may end after a Latin word, and after any Chinese character that no closing mark follows.
PIECE = re.compile(r"[^\s\u2e80-\uffef]+[，。：；、？！）」》]*\s*|[（「《]?[\u2e80-\uffef][，。：；、？！）」》]*\s*")


@dataclass(frozen=True)
class Line:
    """A line of text on the card, and its upper left corner."""

    text: str
    font: ImageFont.FreeTypeFont
    x: float
    y: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of its ink, in pixels."""
        left, top, right, bottom = self.font.getbbox(self.text)
        return self.x + left, self.y + top, self.x + right, self.y + bottom


def draw(title: str, site: str, description: str) -> bytes:
    """Return the card of a page as PNG; the same words give the same bytes.

    Args:
        title: The title of the page.
        site: The name of the site, above it.
        description: What the page answers, below it; cut where it is too long.
    """
    words = title, site, description
    return kept(("card", *words), lambda: _draw(*words))


def _draw(title: str, site: str, description: str) -> bytes:
    card = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, HEIGHT - 14, WIDTH, HEIGHT), fill=ACCENT)
    pen.rounded_rectangle((MARGIN, MARGIN, MARGIN + 72, MARGIN + 72), radius=16, fill=ACCENT)
    pen.text((MARGIN + 36, MARGIN + 59), PARTIAL, GROUND, _font(SYMBOL, 64), anchor="ms")
    pen.text((MARGIN + 100, MARGIN + 36), site, INK, _font(TEXT, 38), anchor="lm")
    titles, about = lay_out(title, description)
    for lines, colour in ((titles, INK), (about, SOFT)):
        for line in lines:
            pen.text((line.x, line.y), line.text, colour, line.font, anchor="la")
    return _png(card)


@functools.cache
def draw_icon() -> bytes:
    """Return the icon of the site on the screen of a phone, as PNG."""
    icon = Image.new("RGB", (ICON, ICON), ACCENT)
    pen = ImageDraw.Draw(icon)
    pen.text((ICON / 2, ICON * 0.79), PARTIAL, GROUND, _font(SYMBOL, 150), anchor="ms")
    return _png(icon)


def _png(image: Image.Image) -> bytes:
    result = io.BytesIO()
    image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(result, "PNG")
    return result.getvalue()


@functools.cache
def _palette() -> Image.Image:
    """Return the colours of all cards, as Pillow has them: those of an image of its mode P."""
    ground = ImageColor.getrgb(GROUND)
    colours = [
        round(start + (end - start) * shade / (SHADES - 1))
        for colour in (INK, SOFT, ACCENT)
        for shade in range(SHADES)
        for start, end in zip(ground, ImageColor.getrgb(colour), strict=True)
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    return palette


def lay_out(title: str, description: str) -> tuple[list[Line], list[Line]]:
    """Return the lines of the title, in the largest font in which they fit, and those of the description below."""
    font, texts = _fit(title)
    height = LINE_HEIGHT * font.size
    top = TITLE_TOP + (TITLE_HEIGHT - height * len(texts)) / 2
    titles = [Line(text, font, MARGIN, top + number * height) for number, text in enumerate(texts)]
    small = _font(TEXT, 26)
    wrapped = _wrap(description, small)
    if len(wrapped) > DESCRIPTION_LINES:
        wrapped = [*wrapped[: DESCRIPTION_LINES - 1], _shortened(wrapped[DESCRIPTION_LINES - 1], small)]
    return titles, [Line(text, small, MARGIN, DESCRIPTION_TOP + number * 36) for number, text in enumerate(wrapped)]


def unknown_characters(text: str) -> str:
    """Return the characters of a text that the font of the cards does not have."""
    return "".join(dict.fromkeys(char for char in text if char.strip() and ord(char) not in _characters()))


@functools.cache
def _characters() -> frozenset[int]:
    with TTFont(TEXT) as font:
        return frozenset(font.getBestCmap())


@functools.lru_cache(maxsize=16)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout is part of Pillow; the other one depends on what the machine has.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _fit(title: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """Return the largest font in which the title fits between the site's name and the description, and its lines."""
    for size in TITLE_SIZES:
        font = _font(TEXT, size)
        lines = _wrap(title, font)
        most = int(TITLE_HEIGHT // (LINE_HEIGHT * size))
        if len(lines) <= most:
            return font, lines
    return font, [*lines[: most - 1], _shortened(lines[most - 1], font)]


def _shortened(line: str, font: ImageFont.FreeTypeFont) -> str:
    """Return a line that goes on below the card, with a sign of that."""
    while font.getlength(f"{line}…") > WIDTH - 2 * MARGIN:
        line = line[:-1]
    return f"{line.rstrip('，。：；、,.;: ')}…"


def _wrap(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines = [""]
    for piece in PIECE.findall(text):
        # A word that is wider than the card, such as the name of a function, is broken anywhere.
        for part in piece if _is_wide(piece, font) else [piece]:
            if lines[-1] and _is_wide(lines[-1] + part, font):
                lines.append("")
            lines[-1] += part
    return [line.rstrip() for line in lines]


def _is_wide(text: str, font: ImageFont.FreeTypeFont) -> bool:
    return font.getlength(text.rstrip()) > WIDTH - 2 * MARGIN
