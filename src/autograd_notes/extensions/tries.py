"""Which blocks of a page the playground runs, below those before them; tests/browser/tries.py finds them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograd_notes.engine.transcript import Block
from autograd_notes.releases import examples

FILE = Path("docs/generated/tries.txt")


def tried(blocks: Sequence[Block], folders: Sequence[Path]) -> list[bool]:
    """Return for each block of a page whether the playground is known to run it.

    Args:
        blocks: All blocks of a session, in order.
        folders: Where the file may be.
    """
    named = examples.digests(blocks)
    files = (folder / FILE.name for folder in folders)
    known = {name for file in files if file.is_file() for name in file.read_text(encoding="utf-8").split()}
    return [block.shows_input and digests[-1] in known for block, digests in zip(blocks, named, strict=True)]
