"""A formula in one line of text, for where no MathML can be: x² + 1, x_i, ∂y/∂x, √(a + b), [1, 0; 0, 1]."""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
# XML knows no names of signs but these.
ENTITY = re.compile(r"&(?!lt;|gt;|amp;)\w+;")
INVISIBLE = re.compile(r"[\u2061-\u2064\ufe00]")
# What stands between two terms; + and −, with nothing before them, are signs of what follows.
BETWEEN = "=≠≈<>≤≥→←∈∘⋅×+−±"
OPENING = "([{,"
# In a product: what a factor can end and begin with, and after what another stands without a space: 2x, xw, ∂y.
ENDS = re.compile(r"[\w)\]∑∏∫]$")
BEGINS = re.compile(r"[\w√∂∇∑∏∫]")
LETTER = r"[^\W\d_⁰¹²³⁴-⁹ⁿᵀ]"
TIGHT = re.compile(rf"\d+|{LETTER}|[∂∇]")
NAME_OR_FRACTION = re.compile(rf"{LETTER}{{2}}|.*/")
# What needs no parentheses: above the bar of a fraction; below it, under a root and with an exponent; as a script.
TERM = re.compile(r"[^ /]+")
FACTOR = re.compile(rf"√?(?:\d+|[∂d]?{LETTER}(?:_\w+)?[⁰¹²³⁴-⁹]*|\([^()]*\))")
SCRIPT = re.compile(r"\w+|\([^()]*\)|.")
RAISED = str.maketrans("0123456789+−nT⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵀᵀ")
ACCENTS = {"ˆ": "\u0302", "˜": "\u0303", "¯": "\u0304", "˙": "\u0307", "¨": "\u0308"}


def with_formulas_as_text(markup: str) -> str:
    """Return a piece of HTML with each formula, which is MathML, as a line of text."""
    return FORMULA.sub(lambda formula: html.escape(text_of(formula[0]), quote=False), markup)


@functools.lru_cache(maxsize=4096)
def text_of(formula: str) -> str:
    """Return a formula, given as MathML, in one line of text."""
    return _line(ElementTree.fromstring(ENTITY.sub(lambda sign: html.unescape(sign[0]), formula)))


def _line(element: Element) -> str:
    line, last, is_after_sign = "", "", False
    for part in filter(None, _parts(element)):
        is_apart = line and not is_after_sign and _is_apart(last, part)
        is_after_sign = part in "+−±" and (not line or last in BETWEEN + OPENING)
        line += f" {part}" if is_apart and not (is_after_sign and last in OPENING[:-1]) else part
        last = part
    return line


def _is_apart(left: str, right: str) -> bool:
    """Whether there is a space between two parts of a line."""
    if left in OPENING[:-1]:
        return False
    if left == "," or left in BETWEEN or right in BETWEEN:
        return True
    if "/" in left and right.startswith("("):
        return True
    is_product = ENDS.search(left) and BEGINS.match(right)
    return bool(is_product and not (TIGHT.fullmatch(left) and not NAME_OR_FRACTION.match(right)))


def _parts(element: Element) -> Iterator[str]:
    """Yield what stands side by side: letters, numbers, operators, and what is closer together than a product."""
    children = list(element)
    match element.tag:
        case "mi" | "mn" | "mo" | "mtext":
            yield INVISIBLE.sub("", unicodedata.normalize("NFKC", element.text or "")).strip()
        case "mfrac":
            above, below = map(_line, children)
            yield f"{_grouped(above, TERM)}/{_grouped(below, FACTOR)}"
        case "msqrt":
            yield "√" + _grouped("".join(_line(child) for child in children), FACTOR)
        case "mroot":
            yield f"{_grouped(_line(children[0]), FACTOR)}^(1/{_line(children[1])})"
        case "mover" if element.get("accent"):
            yield _line(children[0]) + ACCENTS.get(children[1].text or "", "\u0304")
        case "msub" | "munder" | "msup" | "mover" | "msubsup" | "munderover":
            yield _with_scripts(element.tag, *children)
        case "mtable":
            yield "; ".join(", ".join(map(_line, row)) for row in children)
        case _:
            for child in children:
                yield from _parts(child)


def _with_scripts(tag: str, base: Element, *scripts: Element) -> str:
    line = _line(base)
    if len(list(filter(None, _parts(base)))) > 1 or base.tag in ("mfrac", "msqrt"):
        line = _grouped(line, FACTOR)
    texts = [_line(script).replace(" ", "") for script in scripts]
    if tag not in ("msup", "mover"):
        line += "_" + _grouped(texts.pop(0), SCRIPT)
    for text in texts:
        raised = text.translate(RAISED)
        line += raised if set(text) <= set(map(chr, RAISED)) else "^" + _grouped(text, SCRIPT)
    return line


def _grouped(text: str, plain: re.Pattern[str]) -> str:
    return text if plain.fullmatch(text) else f"({text})"
