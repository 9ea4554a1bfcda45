"""The card of a page: the same words give the same picture, and they stay on it."""

import io

import pytest
from PIL import Image

from autograd_notes.site import card

SITE, PROMISE = "自动微分笔记", "所有例子都在建站时真实运行。"


def test_the_same_words_give_the_same_bytes():
    first = card.draw("标量求导", SITE, PROMISE)
    card.draw.cache_clear()
    card._font.cache_clear()
    assert card.draw("标量求导", SITE, PROMISE) == first


def test_other_words_give_another_picture():
    assert card.draw("标量求导", SITE, PROMISE) != card.draw("非标量求导", SITE, PROMISE)


@pytest.mark.parametrize("title", ["Short", "A title of many words, one after the other, " * 3, "很长的标题" * 12])
def test_a_title_stays_on_the_card(title: str):
    font, lines = card._fit(title)
    assert len(lines) <= card.TITLE_LINES
    assert all(font.getlength(line) <= card.WIDTH - 2 * card.MARGIN for line in lines)
    with Image.open(io.BytesIO(card.draw(title, SITE, PROMISE))) as image:
        assert image.size == card.SIZE


def test_no_line_starts_with_a_closing_mark():
    _, lines = card._fit("怎样求导，怎样不求导，怎样只求一部分，怎样再求一次，以及为什么。")
    assert len(lines) > 1
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_a_character_that_the_font_lacks_is_named():
    assert card.unknown_characters("求导 gradient ∂ 龘") == "龘"
