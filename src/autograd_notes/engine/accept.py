"""Re-record: write live outputs into a file as its documented ones."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from autograd_notes.engine import session, tutorial
from autograd_notes.engine.drift import Drift, find_drifts
from autograd_notes.engine.session import Outcome
from autograd_notes.engine.transcript import Block, InputError, read_blocks, read_text

UNWRITABLE = re.compile(r"\s*(>>>|```|~~~|<!-- --8<--)")


def accept(path: Path) -> list[Drift]:
    """Replace each documented output of a file that drifted by the live one; leave the rest as it is.

    The file is replaced whole or not at all, and only after the new text was run again and agreed.

    Args:
        path: A Markdown file with pycon fences, or a tutorial, whose outputs are documented in its record.

    Returns:
        The drifts that were recorded; an empty list where the file was left untouched.

    Raises:
        InputError: The file cannot be read, run or written, its outputs differ between two runs, or somebody else is
            changing it.
    """
    if tutorial.is_file(path):
        return _accept_tutorial(path)
    name = str(path)
    with _alone(path):
        text = read_text(path)
        blocks = read_blocks(text, name)
        drifts = find_drifts(blocks, session.run(blocks, name))
        if not drifts:
            return []
        new = _rewritten(text, drifts, name)
        _refuse_chance(new, name)
        _replace(path, text, new)
    return drifts


def run(path: Path, blocks: Sequence[Block]) -> list[list[Outcome]]:
    """Run the blocks of a file: a tutorial's in a kernel, any other's in this process."""
    if tutorial.is_file(path):
        # Only who has tutorials needs Jupyter.
        from autograd_notes.engine import kernel

        return kernel.run(blocks, str(path))
    return session.run(blocks, str(path))


def _accept_tutorial(path: Path) -> list[Drift]:
    """Write the record of a tutorial, where it is not what the cells print."""
    from autograd_notes.engine import kernel

    name, record = str(path), tutorial.record_of(path)
    with _alone(record):
        old = read_text(record) if record.exists() else ""
        blocks = tutorial.blocks(tutorial.read_file(path), with_lost=True)
        outcomes = kernel.run(blocks, name)
        new = tutorial.as_record(blocks, outcomes, name)
        if new == old:
            return []
        drifts = find_drifts(blocks, outcomes)
        if drifts:
            session.refuse_chance(blocks, outcomes, kernel.run_anew(blocks, name, seed=session.SEEDS[1]), name)
        record.parent.mkdir(parents=True, exist_ok=True)
        record.touch()
        _replace(record, old, new)
    return drifts


def _rewritten(text: str, drifts: list[Drift], name: str) -> str:
    lines = text.split("\n")
    for drift in sorted(drifts, key=lambda drift: drift.statement.line, reverse=True):
        statement = drift.statement
        live = drift.live.splitlines()
        for line in live:
            if UNWRITABLE.match(line):
                raise InputError(
                    name,
                    statement.line,
                    f"the output {line!r} would be read as code or Markdown.",
                    "Print something else.",
                )
        first = statement.output_line - 1
        last = first + statement.documented.count("\n")
        lines[first:last] = [statement.prefix + (line if line.strip() else "<BLANKLINE>") for line in live]
    return "\n".join(lines)


def _refuse_chance(new: str, name: str) -> None:
    blocks = read_blocks(new, name)
    for drift in find_drifts(blocks, session.run(blocks, name)):
        raise InputError(
            name,
            drift.statement.line,
            f"the output differs between two runs:\n{drift}",
            "Seed what is random, and print no times or identities; nothing was written.",
        )


def _replace(path: Path, old: str, new: str) -> None:
    """Put `new` in the place of the file in one step."""
    mode = path.stat().st_mode
    if not mode & stat.S_IWUSR:
        raise InputError(str(path), 0, "is read-only.", "Make it writable (chmod u+w) and accept again.")
    original = path.read_bytes()
    if read_text(path) != old:
        raise InputError(str(path), 0, "was changed while its examples ran; nothing was written.", "Accept again.")
    line_end = "\r\n" if b"\r\n" in original else "\n"
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(new.replace("\n", line_end).encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(path)
    except OSError as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        raise InputError(
            str(path), 0, f"could not be written: {error.strerror}; it is as it was.", "Make room or check the rights."
        ) from error


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep a second accept away from the file; the lock goes with the process, however it ends."""
    key = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    lock = FileLock(Path(tempfile.gettempdir()) / f"autograd-notes-accept-{key}.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except Timeout as error:
        raise InputError(
            str(path), 0, "another accept is at work on it; nothing was written.", "Wait for it."
        ) from error
