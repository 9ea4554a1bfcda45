"""The Markdown extension that joins the lines of a Chinese paragraph: a line break there is no space."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

HAN = r"\u2e80-\u9fff\uf900-\ufaff"
FULL_WIDTH = r"\u3000-\u303f\uff00-\uffef“”‘’…—"
# The lines of a list's item keep their indentation.
JOIN = re.compile(rf"(?<=[{FULL_WIDTH}])\n *|(?<=[{HAN}])\n *(?=[{HAN}{FULL_WIDTH}])|\n *(?=[{FULL_WIDTH}])")


class ChineseExtension(Extension):
    """Drop the line breaks of a source with one sentence a line where a space would be seen."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown: after attribute lists (8) were read, which stand on lines of their own."""
        md.treeprocessors.register(_Join(md), "chinese-join", 7)


class _Join(Treeprocessor):
    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.tag in {"code", "pre"}:
                continue
            inside = ["" if self.md.is_block_level(child.tag) else "".join(child.itertext()) for child in element]
            if element.text:
                element.text = _joined("", element.text, "".join(inside[:1]))
            for child, before, after in zip(element, inside, [*inside, ""][1:], strict=True):
                if child.tail:
                    child.tail = _joined(before, child.tail, after)


def _joined(before: str, text: str, after: str) -> str:
    """Join the lines of a text that stands between two others: what is at its ends decides, too."""
    before, after = before[-1:], after[:1]
    joined = JOIN.sub("", before + text + after)
    return joined[len(before) : len(joined) - len(after)]


makeExtension = ChineseExtension  # noqa: N816 (the name is Python-Markdown's)
