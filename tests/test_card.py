"""The card of a page: the same words give the same picture, and they stay on it."""

import io
import itertools

import pytest
from PIL import Image

from autograd_notes.engine import kept
from autograd_notes.site import card
from tests.judges.project import LANGUAGES

SITE, ABOUT = "自动微分笔记", "怎样求一个标量的导数，以及为什么梯度会累积。"


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FOLDER", tmp_path)


def test_the_same_words_give_the_same_bytes():
    first = card._draw("标量求导", SITE, ABOUT)
    card._font.cache_clear()
    assert card._draw("标量求导", SITE, ABOUT) == first


def test_other_words_give_another_picture():
    assert card.draw("标量求导", SITE, ABOUT) != card.draw("非标量求导", SITE, ABOUT)


# Ink may stand out by a pixel or two.
INK = 2
TITLES = ["Short", "A title of many words, one after the other, " * 3, "很长的标题" * 12, "Unbreakable" * 12]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("about", ["Short.", ABOUT * 9, "One word after the other. " * 20])
def test_no_two_lines_of_a_card_overlap_and_none_leaves_it(title: str, about: str):
    boxes = [line.box for lines in card.lay_out(title, about) for line in lines]
    assert all(above[3] < below[1] for above, below in itertools.pairwise(boxes))
    assert boxes[0][1] > card.MARGIN + 72, "the title runs into the name of the site"
    assert boxes[-1][3] < card.HEIGHT - 14, "the description runs into the lower edge"
    assert all(right <= card.WIDTH - card.MARGIN + INK for _, _, right, _ in boxes)
    with Image.open(io.BytesIO(card.draw(title, SITE, about))) as image:
        assert image.size == card.SIZE


def test_the_card_of_every_page_has_its_whole_title(work):
    cut = [
        page.name
        for language in LANGUAGES
        for page in (work.page(language, stem) for stem in work.page_stems(language))
        if any(line.text.endswith("…") for line in card.lay_out(page.heading, "")[0])
    ]
    assert not cut, f"shorten the titles of {cut}"


def test_no_line_starts_with_a_closing_mark():
    _, lines = card._fit("怎样求导，怎样不求导，怎样只求一部分，怎样再求一次，以及为什么。")
    assert len(lines) > 1
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_a_character_that_the_font_lacks_is_named():
    assert card.unknown_characters("求导 gradient ∂ 龘") == "龘"
