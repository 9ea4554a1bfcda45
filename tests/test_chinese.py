"""The lines of a Chinese paragraph are joined without a space, and Latin words keep theirs."""

import markdown
import pytest

JOINED = {
    "between sentences": ("第一句。\n第二句。", "第一句。第二句。"),
    "inside a sentence": ("一行\n又一行", "一行又一行"),
    "behind what is emphasised": ("**第一句。**\n第二句。", "<strong>第一句。</strong>第二句。"),
    "before what is emphasised": ("一行\n**又一行**", "一行<strong>又一行</strong>"),
    "between Chinese and Latin": ("一行\nand one", "一行\nand one"),
    "behind code": ("`x`\n又一行", "<code>x</code>\n又一行"),
    "before a comma": ("`x`\n，又一行", "<code>x</code>，又一行"),
}

BLOCKS = "# 标题\n\n一行。\n\n- 一项\n- 又一项"


@pytest.mark.parametrize(("text", "shown"), JOINED.values(), ids=JOINED.keys())
def test_a_line_break_is_a_space_only_where_one_is_wanted(text, shown):
    assert markdown.markdown(text, extensions=["autograd_notes.extensions.chinese"]) == f"<p>{shown}</p>"


def test_a_line_break_between_blocks_stays():
    plain, joined = (
        markdown.markdown(BLOCKS, extensions=names) for names in ([], ["autograd_notes.extensions.chinese"])
    )
    assert joined == plain
