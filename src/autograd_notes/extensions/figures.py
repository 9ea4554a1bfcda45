"""The Markdown extension that counts what a build runs, and shows it where a page says `<!-- figures -->`."""

from __future__ import annotations

import contextlib
import doctest
import json
from collections.abc import Iterator
from pathlib import Path

from autograd_notes import edition
from autograd_notes.engine import files
from autograd_notes.engine.dialect import Marker
from autograd_notes.engine.transcript import InputError, read_text
from autograd_notes.extensions.error_index import count_mistakes
from autograd_notes.extensions.marker import MarkerExtension
from autograd_notes.extensions.place import find_file, relative, snippet_folders
from autograd_notes.language import say, speaking
from autograd_notes.operations import record

# Beside the table of operations; `make mutation` writes it.
CHANGES = "mutation.json"


class FiguresExtension(MarkerExtension):
    """Replace the marker by a list of figures."""

    markers = ("figures",)
    file = str(record.FILE)
    is_html = True

    def made(self, marker: Marker) -> Iterator[str]:
        """Yield what stands for the list."""
        gallery = find_file(self.md).path.parent / "reference" / "errors"
        snippets = snippet_folders(self.md)[0]
        counted = (
            count_statements(),
            count_mistakes(gallery, snippets),
            count_noticed(self.path.with_name(CHANGES)),
            len(record.read(self.path)),
        )
        with speaking(self.language):
            shown = _figures(*counted)
        yield self.md.htmlStash.store(shown)


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


def count_noticed(file: Path) -> int:
    """Return how many changes to documented facts the checks noticed when somebody asked them last.

    Args:
        file: What that run has written.

    Raises:
        InputError: It cannot be read.
    """
    try:
        noticed: int = json.loads(read_text(file))["noticed"]
    except (json.JSONDecodeError, KeyError) as error:
        raise InputError(relative(file), 0, "is not what was counted.", "Count anew: make mutation.") from error
    return noticed


def _figures(statements: int, mistakes: int, noticed: int, operations: int) -> str:
    shown = [
        (f"{statements:,}", say(en="statements run and compared", zh="条语句，实际运行并核对")),
        (f"{mistakes:,}", say(en="mistakes reproduced, with the fix", zh="种错误，逐一重现，附改法")),
        (f"{noticed:,}", say(en="deliberate errors caught by the checks", zh="次故意改错，被检查发现")),
        (f"{operations:,}", say(en="operations measured", zh="种运算，逐一测量")),
        (edition.PYTORCH, f"PyTorch{_edition()}"),
    ]
    items = "".join(f"<li><b>{number}</b> <span>{what}</span></li>" for number, what in shown)
    return f'<ul class="figures">{items}</ul>'


def _edition() -> str:
    """Return what stands behind the name of PyTorch: the day of this edition, where it is known."""
    day = edition.day()
    return say(en="; edition of ", zh="；本版日期 ") + f"<time>{day}</time>" if day else ""


makeExtension = FiguresExtension  # noqa: N816 (the name is Python-Markdown's)
