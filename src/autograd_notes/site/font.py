"""The mathematics font of a site: STIX Two Math, cut down to the glyphs that its formulas use."""

from __future__ import annotations

import functools
import html
import io
import re
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset

SOURCE = Path(__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"
FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
# So that a preview can show a small change before the font is cut again.
ALWAYS = "0123456789()+=−,."
# What a browser draws for an element, without a character in the page.
DRAWN = {"<msqrt": "√", "<mroot": "√"}
# A browser shows a variable of one letter by its mathematical italic. From, to, first italic of each range.
ITALICS = [
    ("a", "z", 0x1D44E),
    ("A", "Z", 0x1D434),
    ("α", "ω", 0x1D6FC),
    ("Α", "Ω", 0x1D6E2),
    ("∂", "∂", 0x1D715),
    ("∇", "∇", 0x1D6FB),
]
# Unicode had this one before the others, and left its place in their row empty.
PLANCK = {0x1D455: "\u210e"}
# Letters below accents, and wide accents. Not "ssty", other shapes for scripts: it would double the weight.
FEATURES = ["dtls", "flac"]


def cut(pages: Iterable[str]) -> bytes:
    """Return the font, as WOFF2, with what the formulas of the pages need.

    Args:
        pages: The HTML of pages.
    """
    return _cut(frozenset(ALWAYS).union(*(_characters(page) for page in pages)))


@functools.lru_cache(maxsize=4)
def _cut(characters: frozenset[str]) -> bytes:
    options = subset.Options(flavor="woff2", hinting=False, layout_features=FEATURES)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(characters)))
    result = io.BytesIO()
    with subset.load_font(SOURCE, options) as font:
        cutter.subset(font)
        subset.save_font(font, result, options)
    return result.getvalue()


def _characters(page: str) -> set[str]:
    formulas = FORMULA.findall(page)
    found = {character for formula in formulas for character in html.unescape(TAG.sub("", formula))}
    found |= {character for element, character in DRAWN.items() if any(element in formula for formula in formulas)}
    return found | {_italic(character) for character in found}


def _italic(character: str) -> str:
    for first, last, italic in ITALICS:
        if first <= character <= last:
            code = italic + ord(character) - ord(first)
            return PLANCK.get(code, chr(code))
    return character
