"""The command line: `check` compares documented outputs, `accept` re-records them, `carry` moves a tutorial's code."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from autograd_notes.engine import files, tutorial
from autograd_notes.engine.accept import accept as accept_file
from autograd_notes.engine.drift import find_drifts
from autograd_notes.engine.transcript import InputError

AGREED, DRIFTED, UNUSABLE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 all agree, 1 drift, 2 unusable input."""
    for stream in (sys.stdout, sys.stderr):
        # Where a terminal or a file cannot take a sign, it gets its number.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    paths = options.files or files.all_files()
    if not paths:
        print("No snippets here.\n  Run this in the project's folder, or name the files.", file=sys.stderr)
        return UNUSABLE
    try:
        code: int = options.command(paths)
        return code
    except ModuleNotFoundError as error:
        return _refuse([error])


def check(paths: list[Path]) -> int:
    """Compare every documented output of the files with the live one; print each drift."""
    errors, drifted, statements = [], 0, 0
    for path in paths:
        try:
            blocks = files.read(path)
            drifts = find_drifts(blocks, files.run(path, blocks))
        except InputError as error:
            errors.append(error)
            continue
        statements += sum(len(block.statements) for block in blocks)
        for drift in drifts:
            print(f"{path}:{drift.statement.line}: output drifted (- documented, + live)\n{drift}\n")
        drifted += len(drifts)
    if errors:
        return _refuse(errors)
    print(f"{_count(len(paths), 'file')}, {_count(statements, 'statement')}, {_count(drifted, 'drift')}.")
    if drifted:
        print("Where the live output is right, record it with `python -m autograd_notes accept` (all: `make accept`).")
    return DRIFTED if drifted else AGREED


def accept(paths: list[Path]) -> int:
    """Write the live outputs into the files; print what changed."""
    errors, changed = [], 0
    for path in paths:
        try:
            files.read(path, with_lost=True)
            drifts = accept_file(path)
        except InputError as error:
            errors.append(error)
            continue
        for drift in drifts:
            print(f"{path}:{drift.statement.line}: recorded (- was, + is)\n{drift}\n")
        changed += len(drifts)
    print(f"{_count(len(paths) - len(errors), 'file')}, {_count(changed, 'output')} recorded.")
    return _refuse(errors) if errors else AGREED


def carry(paths: list[Path]) -> int:
    """Give the code of tutorials to the same tutorials in other languages; print which files changed."""
    errors, changed = [], 0
    for path in [path for path in paths if tutorial.is_file(path)]:
        try:
            for other in tutorial.carry(path):
                print(f"{other}: has the code of {path} now")
                changed += 1
        except InputError as error:
            errors.append(error)
    print(f"{_count(changed, 'file')} changed.")
    return _refuse(errors) if errors else AGREED


def _refuse(errors: Sequence[Exception]) -> int:
    for error in errors:
        print(error, file=sys.stderr)
    return UNUSABLE


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograd_notes", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (check, accept, carry):
        sub = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        sub.add_argument(
            "files", nargs="*", type=Path, metavar="FILE", help="Markdown files and tutorials (default: all)"
        )
        sub.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
