"""The Markdown extension that counts what a build runs, and shows it where a page says `<!-- figures -->`."""

from __future__ import annotations

import contextlib
import doctest
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from autograd_notes import edition
from autograd_notes.engine import files
from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.error_index import count_mistakes
from autograd_notes.extensions.place import page_file, snippet_folders
from autograd_notes.language import say, speaking
from autograd_notes.operations import record

MARKER = "<!-- figures -->"


class FiguresExtension(Extension):
    """Replace the marker by a list of figures."""

    def __init__(self, **options: object) -> None:
        self.config = {
            "language": ["en", "The language of the page."],
            "operations": [str(record.FILE), "The recorded table of operations."],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown: before HTML is taken out of the page (20)."""
        md.preprocessors.register(
            _Figures(md, self.getConfig("language"), Path(self.getConfig("operations"))), "figures", 26
        )


class _Figures(Preprocessor):
    def __init__(self, md: Markdown, language: str, operations: Path) -> None:
        super().__init__(md)
        self.language, self.operations = language, operations

    def run(self, lines: list[str]) -> list[str]:
        file = page_file(self.md)
        if MARKER not in lines or file is None:
            return lines
        position = lines.index(MARKER)
        gallery = Path(file.abs_src_path).parent / "reference" / "errors"
        snippets = snippet_folders(self.md)[0]
        with speaking(self.language):
            shown = _figures(count_statements(), count_mistakes(gallery, snippets), len(record.read(self.operations)))
        return [*lines[:position], self.md.htmlStash.store(shown), *lines[position + 1 :]]


def count_statements() -> int:
    """Return how many statements a build runs and compares: those of all snippets, and the tutorials' cells once."""
    compared = 0
    for path in files.all_files():
        if "zh" in path.parts:
            # The same cells.
            continue
        # A file that cannot be read is reported where it is shown.
        with contextlib.suppress(InputError):
            statements = [one for block in files.read(path) for one in block.statements]
            compared += sum(not one.flags & doctest.SKIP for one in statements)
    return compared


def _figures(statements: int, mistakes: int, operations: int) -> str:
    shown = [
        (f"{statements:,}", say(en="statements run in each build", zh="条语句，每次构建都运行")),
        (f"{mistakes:,}", say(en="mistakes reproduced, with the fix", zh="个错误，真实重现并给出改法")),
        (f"{operations:,}", say(en="operations measured", zh="种运算，逐一测量")),
        (f"PyTorch {edition.PYTORCH}", edition.day()),
    ]
    items = "".join(f"<li><b>{number}</b> <span>{what}</span></li>" for number, what in shown)
    return f'<ul class="figures">{items}</ul>'


def makeExtension(**options: object) -> FiguresExtension:  # noqa: N802 (the name is Python-Markdown's)
    """Return the extension to Python-Markdown."""
    return FiguresExtension(**options)
