"""Re-record: write live outputs into a file as its documented ones."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from autograd_notes.engine import files, session, tutorial
from autograd_notes.engine.dialect import FENCE, SCISSORS
from autograd_notes.engine.drift import Drift, find_drifts
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.transcript import CONTINUED, PROMPT, Block, InputError, read_blocks, read_text
from autograd_notes.engine.writing import replace, with_line_ends_of

REMEDY = "Seed what is random, sort sets, and print no times, paths or identities; nothing was written."


def accept(path: Path) -> list[Drift]:
    """Replace each documented output of a file that drifted by the live one; leave the rest as it is.

    The file is replaced whole or not at all, and only after the new text was run again and agreed: in another process,
    in another folder, and with another order in sets.

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
        original = path.read_bytes()
        blocks = read_blocks(text, name)
        drifts = find_drifts(blocks, files.run(path, blocks))
        if not drifts:
            return []
        new = _rewritten(original, drifts, name)
        again = read_blocks(new.decode("utf-8-sig").replace("\r\n", "\n"), name)
        for drift in find_drifts(again, session.run_elsewhere(again, name)):
            problem = f"the output differs between two runs:\n{drift}"
            raise InputError(name, drift.statement.line, problem, REMEDY)
        replace(path, new, original)
    return drifts


def _accept_tutorial(path: Path) -> list[Drift]:
    """Write the record of a tutorial, where it is not what the cells print."""
    name, record = str(path), tutorial.record_of(path)
    with _alone(record):
        original = record.read_bytes() if record.exists() else None
        blocks = files.read(path, with_lost=True)
        outcomes = files.run(path, blocks)
        new = tutorial.as_record(blocks, outcomes, name)
        if original is not None and new == read_text(record):
            return []
        drifts = find_drifts(blocks, outcomes)
        _refuse_what_differs_elsewhere(blocks, outcomes, drifts, name)
        if new or original is not None:
            replace(record, with_line_ends_of(original or b"", new), original)
    return drifts


def _refuse_what_differs_elsewhere(
    blocks: Sequence[Block], outcomes: Sequence[Sequence[Outcome]], drifts: Sequence[Drift], name: str
) -> None:
    if drifts:
        _refuse_what_is_only_here(drifts, name)
        problem = "the output differs between two runs: {}, then {}."
        session.refuse_difference(blocks, outcomes, session.run_elsewhere(blocks, name), name, problem, REMEDY)


def _rewritten(original: bytes, drifts: Sequence[Drift], name: str) -> bytes:
    """Return a file with the live outputs in the places of the documented ones, and each other line as it is."""
    _refuse_what_is_only_here(drifts, name)
    lines = original.decode().split("\n")
    for drift in sorted(drifts, key=lambda drift: drift.statement.line, reverse=True):
        statement = drift.statement
        live = drift.live.removesuffix("\n").split("\n") if drift.live else []
        for number, line in enumerate(live):
            if _is_code_or_markdown(line, is_first=not number):
                raise InputError(
                    name,
                    statement.line,
                    f"the output {line!r} would be read as code or Markdown.",
                    "Print something else.",
                )
        first = statement.output_line - 1
        last = first + statement.documented.count("\n")
        end = "\r" if lines[statement.line - 1].endswith("\r") else ""
        lines[first:last] = [statement.prefix + (line if line.strip() else "<BLANKLINE>") + end for line in live]
    return "\n".join(lines).encode()


def _is_code_or_markdown(line: str, *, is_first: bool) -> bool:
    """Whether a line of an output would be read as something else; the first one could go on with its statement."""
    is_code = PROMPT.match(line) or (is_first and CONTINUED.match(line))
    return bool(is_code or FENCE.match(line) or SCISSORS.search(line))


def _refuse_what_is_only_here(drifts: Sequence[Drift], name: str) -> None:
    """Refuse outputs that hold what another run on this computer prints as well, but no other computer or day."""
    today = datetime.now(UTC).astimezone()
    only_here = {
        "a path of this computer": {sys.prefix, sys.base_prefix, str(Path.cwd()), str(Path.home())},
        "today's date": {today.strftime(form) for form in ("%Y-%m-%d", f"%Y, {today.month}, {today.day}", "%b %d %Y")},
    }
    for drift in drifts:
        for what, texts in only_here.items():
            if any(text in drift.live for text in texts if len(text) > 1):
                problem = f"the output holds {what}: {drift.live.strip()!r}."
                raise InputError(name, drift.statement.line, problem, REMEDY)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep a second accept away from the file; the lock goes with the process, however it ends."""
    key = hashlib.sha256(f"{getpass.getuser()} {path.resolve()}".encode()).hexdigest()[:16]
    lock = Path(tempfile.gettempdir(), f"autograd-notes-accept-{key}.lock")
    try:
        with FileLock(lock, timeout=0):
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    lock.unlink()
    except Timeout as error:
        raise InputError(
            str(path), 0, "another accept is at work on it; nothing was written.", "Wait for it."
        ) from error
