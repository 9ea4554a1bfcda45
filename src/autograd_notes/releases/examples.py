"""The examples whose outputs are recorded: which files there are, and a name for each statement as it stands there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from autograd_notes.engine import tutorial
from autograd_notes.engine.snippet import FOLDER, Section, read_sections
from autograd_notes.engine.transcript import Block

# The code of a tutorial is the same in all languages.
TUTORIALS = Path("docs/en/tutorials")
LENGTH = 12


def names() -> list[str]:
    """Return the files with examples in the working directory, as an author would type them."""
    snippets = (path for path in FOLDER.rglob("*.md") if path.name != "README.md")
    return [path.as_posix() for path in [*sorted(snippets), *sorted(TUTORIALS.glob("*.py"))]]


def sections(name: str) -> list[Section]:
    """Return the sections of a file, or the cells of a tutorial as such.

    Raises:
        InputError: The file cannot be read, or breaks a rule.
    """
    path = Path(name)
    if not tutorial.is_file(path):
        return read_sections(path)
    blocks = tutorial.blocks(tutorial.read_file(path))
    return [Section(block.name, block.line, block) for block in blocks]


def digests(blocks: Sequence[Block]) -> list[list[str]]:
    """Return a name for each statement of the blocks of one file or page.

    It is made of what an output depends on, the code of the session up to there, and of the documented output, which
    the recorded one is compared with. So a statement whose name is in a record is still the one that was recorded.
    """
    sessions: dict[str, hashlib._Hash] = {}
    found = []
    for block in blocks:
        session, of_block = sessions.setdefault(block.session, hashlib.sha256()), []
        for statement in block.statements:
            session.update(json.dumps(statement.source).encode())
            whole = session.copy()
            whole.update(json.dumps([statement.documented]).encode())
            of_block.append(whole.hexdigest()[:LENGTH])
        found.append(of_block)
    return found


def digest_of_file(blocks: Sequence[Block]) -> str:
    """Return a name for all statements of a file with their documented outputs."""
    return hashlib.sha256(json.dumps(digests(blocks)).encode()).hexdigest()[:LENGTH]
