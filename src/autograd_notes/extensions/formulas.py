"""The Markdown extension that turns TeX formulas into MathML while the page is built: no script, no font service."""

from __future__ import annotations

import functools
import html
import re
from xml.etree.ElementTree import Element

import markdown_exec
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from math_core import LatexError, LatexToMathML

from autograd_notes.extensions.cells import failure
from autograd_notes.extensions.place import Place, Step, find_place

# What must not start a line. A browser may break a line after any formula.
CLOSING = tuple("，。：；、？！）」》,.:;?!)")
# A prime is drawn small and high as it is; as a superscript it would be smaller and higher still.
PRIME = re.compile(r"<msup>(<mi>[^<]*</mi>)<mo>([′″‴])</mo></msup>")
RAISED_ONCE = r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>'
LABELS = {"en": "Formula", "zh": "公式"}

log = markdown_exec.get_logger("autograd_notes")
converter = LatexToMathML(fancy_error=False)


@functools.lru_cache(maxsize=4096)
def mathml(tex: str, display: bool) -> str:
    """Return a TeX formula as MathML.

    Raises:
        LatexError: The formula cannot be read.
    """
    return PRIME.sub(RAISED_ONCE, converter.convert_with_local_state(tex, displaystyle=display))


class FormulasExtension(Extension):
    """Convert what `pymdownx.arithmatex` found (`generic: true`) to MathML."""

    def __init__(self, **options: object) -> None:
        self.config = {"language": ["en", "The language of the page, for the label of a formula's box."]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown: after inline patterns (20) have run."""
        formulas = _Formulas(md, LABELS[self.getConfig("language")])
        md.preprocessors.register(Step(md, formulas.remember), "formulas-remember", 34)
        md.treeprocessors.register(formulas, "formulas", 15)


class _Formulas(Treeprocessor):
    def __init__(self, md: Markdown, label: str) -> None:
        super().__init__(md)
        self.label = label
        self.place = Place()
        self.lines: list[str] = []

    def remember(self, lines: list[str]) -> list[str]:
        """Note where the page stands, for messages."""
        self.place, self.lines = find_place(self.md, lines), lines
        return lines

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.get("class") == "arithmatex":
                self._convert(element)

    def _convert(self, element: Element) -> None:
        display = element.tag == "div"
        # Arithmatex hands over HTML, in which the & of a matrix is escaped.
        tex = html.unescape(element.text or "").strip()[2:-2].strip()
        try:
            result = mathml(tex, display)
        except LatexError as error:
            message = f"{self.place.name}:{self._line(tex)}: cannot read the formula {tex!r}: {error}"
            log.warning("%s", message)
            result = failure(message)
        element.text = AtomicString(self.md.htmlStash.store(result))
        element.set("class", "math")
        if display:
            # A wide formula scrolls in its box, and a keyboard can only scroll what it can reach.
            element.attrib.update({"tabindex": "0", "role": "group", "aria-label": self.label})
        elif (tail := element.tail or "").startswith(CLOSING):
            element.text, element.tail = AtomicString(element.text + tail[0]), tail[1:]

    def _line(self, tex: str) -> int:
        first = tex.splitlines()[0] if tex else tex
        found = (number for number, line in enumerate(self.lines, 1) if first in line)
        return self.place.line(next(found, 1))


makeExtension = FormulasExtension  # noqa: N816 (the name is Python-Markdown's)
