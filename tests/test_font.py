"""The font of the formulas: cut to what the pages use, and no more."""

import io

from fontTools.ttLib import TTFont

from autograd_notes.extensions.formulas import mathml
from autograd_notes.site import font


def characters(woff2: bytes) -> set[str]:
    return {chr(code) for code in TTFont(io.BytesIO(woff2)).getBestCmap()}


def test_the_font_has_the_characters_of_every_formula():
    page = mathml(r"\mathbf{x} \cdot \nabla f = \sum_i h_i", display=True)
    assert set("𝐱⋅∇∑=") <= characters(font.cut([page]))


def test_a_variable_of_one_letter_gets_its_italic():
    assert {"𝑥", "ℎ", "𝜃", "𝜕"} <= characters(font.cut([mathml(r"\partial x + h \theta", display=False)]))


def test_a_root_gets_its_sign_though_no_text_has_it():
    assert "√" in characters(font.cut([mathml(r"\sqrt{x}", display=False)]))
    assert "√" in characters(font.cut([mathml(r"\sqrt[3]{x}", display=False)]))


def test_the_font_has_no_character_that_no_formula_uses():
    assert characters(font.cut(["<p>xyz</p>"])) == set(font.ALWAYS)


def test_the_font_keeps_what_brackets_and_fractions_are_built_with():
    cut = TTFont(io.BytesIO(font.cut([mathml(r"\begin{bmatrix} \frac{1}{2} \\ 1 \end{bmatrix}", display=True)])))
    assert "[" in characters(font.cut([mathml("[1]", display=False)]))
    assert cut["MATH"].table.MathVariants.VertGlyphConstruction


def test_the_same_pages_give_the_same_bytes():
    page = mathml("x + y", display=False)
    first = font.cut([page])
    font._cut.cache_clear()
    assert font.cut([page]) == first
