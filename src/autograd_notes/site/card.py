"""The card of a page: the picture that a chat or a social network shows with a link to it."""

from __future__ import annotations

import functools
import io
import re
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent / "fonts"
TEXT = FONTS / "NotoSansSC-Bold-gb2312.woff2"
SYMBOL = FONTS / "STIXTwoMath-Regular.ttf"
WIDTH, HEIGHT = SIZE = 1200, 630
MARGIN = 80
GROUND, INK, SOFT, ACCENT = "#ffffff", "#1f2430", "#586070", "#2f4ac2"
TITLE_SIZES = (84, 72, 60, 48)
TITLE_LINES = 3
# The bold italic ∂ of the logo.
PARTIAL = "\U0001d789"
# A line may end after a Latin word, and after any Chinese character that no closing mark follows.
PIECE = re.compile(r"[^\s\u2e80-\uffef]+[，。：；、？！）」》]*\s*|[（「《]?[\u2e80-\uffef][，。：；、？！）」》]*\s*")


@functools.lru_cache(maxsize=256)
def draw(title: str, site: str, promise: str) -> bytes:
    """Return the card of a page as PNG; the same words give the same bytes.

    Args:
        title: The title of the page.
        site: The name of the site, above it.
        promise: What the site is, below it.
    """
    card = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, HEIGHT - 14, WIDTH, HEIGHT), fill=ACCENT)
    pen.rounded_rectangle((MARGIN, MARGIN, MARGIN + 72, MARGIN + 72), radius=16, fill=ACCENT)
    pen.text((MARGIN + 36, MARGIN + 59), PARTIAL, GROUND, _font(SYMBOL, 64), anchor="ms")
    pen.text((MARGIN + 100, MARGIN + 36), site, INK, _font(TEXT, 38), anchor="lm")
    font, lines = _fit(title)
    line_height = 1.28 * font.size
    top = 360 - line_height * len(lines) / 2
    for number, line in enumerate(lines):
        pen.text((MARGIN, top + number * line_height), line, INK, font, anchor="la")
    small = _font(TEXT, 26)
    for number, line in enumerate(_wrap(promise, small)[:2]):
        pen.text((MARGIN, HEIGHT - 118 + number * 38), line, SOFT, small, anchor="la")
    result = io.BytesIO()
    card.quantize(32, Image.Quantize.FASTOCTREE).save(result, "PNG")
    return result.getvalue()


def unknown_characters(text: str) -> str:
    """Return the characters of a text that the font of the cards does not have."""
    font = _font(TEXT, 48)
    missing = bytes(font.getmask("\U0010fffd"))
    return "".join(dict.fromkeys(char for char in text if char.strip() and bytes(font.getmask(char)) == missing))


@functools.lru_cache(maxsize=16)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout is part of Pillow; the other one depends on what the machine has.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _fit(title: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """Return the largest font in which the title takes few lines, and those lines."""
    for size in TITLE_SIZES:
        font = _font(TEXT, size)
        lines = _wrap(title, font)
        if len(lines) <= TITLE_LINES:
            break
    return font, lines[:TITLE_LINES]


def _wrap(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines = [""]
    for piece in PIECE.findall(text):
        if lines[-1] and font.getlength((lines[-1] + piece).rstrip()) > WIDTH - 2 * MARGIN:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]
