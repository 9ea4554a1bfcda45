"""Lines of code as HTML in which names and operations can be lit up."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from pygments.lexers import PythonLexer
from pygments.token import STANDARD_TYPES, Name, _TokenType

from autograd_notes.pictures.program import Span

# What Pygments calls names, operators, punctuation and blanks has no colour of its own.
UNCOLOURED = {"", "n", "o", "p", "w"}


class Code:
    """Lines of code.

    Args:
        lines: The lines.
        names: The variables that can be lit up; where one comes first, a key can reach it.
    """

    def __init__(self, lines: Sequence[str], names: Collection[str]) -> None:
        self.lines, self.names = lines, names
        self.reached: set[str] = set()
        self.tokens: dict[int, list[tuple[int, _TokenType, str]]] = defaultdict(list)
        line, column = 1, 0
        for kind, text in PythonLexer(stripnl=False).get_tokens("\n".join(lines)):
            for number, piece in enumerate(text.split("\n")):
                line, column = (line + 1, 0) if number else (line, column)
                if piece:
                    self.tokens[line].append((column, kind, piece))
                column += len(piece)

    def html(self, parts: Mapping[Span, str], attributes: Sequence[str]) -> str:
        """Return the code as HTML.

        Args:
            parts: The attributes of pieces of it, which lie in one another or apart.
            attributes: The attributes of each line.
        """
        lines = [
            f"<span {attributes[number - 1]}>{''.join(self._line(number, parts))}\n</span>"
            for number in range(1, len(self.lines) + 1)
        ]
        return "".join(lines)

    def _line(self, number: int, parts: Mapping[Span, str]) -> Iterator[str]:
        opens: dict[int, list[str]] = defaultdict(list)
        closes: dict[int, int] = defaultdict(int)
        for span in sorted(parts, key=lambda span: (span.line, span.column, -span.end_line, -span.end_column)):
            if span.line <= number <= span.end_line:
                indent = len(self.lines[number - 1]) - len(self.lines[number - 1].lstrip())
                opens[span.column if number == span.line else indent].append(parts[span])
                closes[span.end_column if number == span.end_line else len(self.lines[number - 1])] += 1
        for column, kind, text in self.tokens[number]:
            yield "</span>" * closes.pop(column, 0)
            yield from (f'<span class="code-part"{attributes}>' for attributes in opens.pop(column, []))
            yield self._token(kind, text)
        yield "</span>" * sum(closes.values())

    def _token(self, kind: _TokenType, text: str) -> str:
        shown = html.escape(text)
        if kind in Name and text in self.names:  # type: ignore[comparison-overlap]  # its own "in" is not in the stub
            if text in self.reached:
                return f'<span data-name="{shown}">{shown}</span>'
            self.reached.add(text)
            return f'<button type="button" data-name="{shown}">{shown}</button>'
        colour = STANDARD_TYPES.get(kind, "")
        return shown if colour in UNCOLOURED else f'<span class="{colour}">{shown}</span>'
