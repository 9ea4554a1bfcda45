"""The record of a release: a file with each statement that prints something else there. Read, written, judged."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograd_notes.engine.snippet import FOLDER
from autograd_notes.engine.transcript import InputError, read_text
from autograd_notes.releases import examples

RECORDS = FOLDER / "releases"
SETTINGS = Path("pyproject.toml")
KINDS = {
    "value": "another value, or an exception where there was none",
    "message": "another wording of an exception",
    "warning": "another warning, or one more or less",
    "missing": "something that the statement needs is not there",
    "follow-up": "an earlier statement of the session failed, so nothing can be said",
}
HEAD = "# What PyTorch {release} prints where it is not the documented output. `make releases` writes this file.\n"
# What TOML cannot have in a literal string.
NOT_LITERAL = re.compile(r"'''|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Difference:
    """A statement that prints something else in another release.

    Attributes:
        file: Where it stands, as an author would type it.
        section: The name of its section there.
        digest: Its name (`examples.digests`).
        kind: One of `KINDS`.
        statement: Its code.
        output: What it prints in the other release; "" also for a follow-up, whose output says nothing.
    """

    file: str
    section: str
    digest: str
    kind: str
    statement: str
    output: str


@dataclass(frozen=True, eq=False)
class Record:
    """What is known of one release.

    Attributes:
        release: Its version.
        differences: The statements that print something else, in the order of files and lines.
        files: For each file that ran there, the name of its text at that time (`examples.digest_of_file`).
    """

    release: str
    differences: tuple[Difference, ...]
    files: Mapping[str, str]


def documented(project: Path = Path()) -> str:
    """Return the release whose outputs the pages of a project document.

    Raises:
        InputError: pyproject.toml does not pin one.
    """
    requirements: list[str] = _settings(project)["project"]["dependencies"]
    for requirement in requirements:
        if requirement.startswith("torch=="):
            return requirement.removeprefix("torch==")
    raise InputError(str(SETTINGS), 0, "pins no release of torch.", "Write the one that the pages document.")


def supported(project: Path = Path()) -> list[str]:
    """Return the other releases whose outputs a project records, oldest first.

    Raises:
        InputError: pyproject.toml does not list them.
    """
    listed: list[str] = _settings(project).get("tool", {}).get("autograd-notes", {}).get("releases", [])
    if not listed:
        problem = "lists no releases of PyTorch."
        raise InputError(str(SETTINGS), 0, problem, 'Write releases = ["…"] below [tool.autograd-notes].')
    return listed


def file_of(release: str, folder: Path = RECORDS) -> Path:
    """Return the file of a record."""
    return folder / f"{release}.toml"


def read(path: Path) -> Record:
    """Read a record.

    Raises:
        InputError: The file cannot be read, or is no record.
    """
    return _parsed(read_text(path), str(path))


def read_all(folder: Path = RECORDS) -> list[Record]:
    """Return all records in a folder, oldest release first."""
    return sorted(map(read, folder.glob("*.toml")), key=lambda record: order(record.release))


def write(record: Record, path: Path) -> None:
    """Write a record whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A file with another ending is no record, so that one which a sudden end leaves behind does no harm.
    unfinished = path.with_suffix(".unfinished")
    try:
        unfinished.write_text(_text(record), encoding="utf-8", newline="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def merged(old: Record | None, new: Record, kept: Sequence[str]) -> Record:
    """Return a record with the files that ran just now, and of an older one those files that are as they were.

    Args:
        old: The older record, if there is one.
        new: What ran.
        kept: The files that there are, in order.
    """
    parts = [record for record in (old, new) if record]
    files = {name: record.files[name] for record in parts for name in kept if name in record.files}
    found = [
        difference
        for name in kept
        for record in parts
        if record is new or name not in new.files
        for difference in record.differences
        if difference.file == name
    ]
    return Record(new.release, tuple(found), files)


def stale(record: Record) -> Iterator[Difference]:
    """Yield each difference of a record whose statement is not in the working directory any more."""
    known: dict[str, set[str]] = {}
    for difference in record.differences:
        if difference.file not in known:
            known[difference.file] = _digests_in(difference.file)
        if difference.digest not in known[difference.file]:
            yield difference


def order(release: str) -> tuple[int, ...]:
    """Return what sorts releases by age."""
    return tuple(int(number) for number in re.findall(r"\d+", release)[:3])


def minor(release: str) -> str:
    """Return a release as people name it: 2.9 for 2.9.1."""
    return ".".join(release.split(".")[:2])


def _digests_in(name: str) -> set[str]:
    if not Path(name).is_file():
        return set()
    blocks = [section.block for section in examples.sections(name)]
    return {digest for block in examples.digests(blocks) for digest in block}


def _settings(project: Path) -> dict[str, Any]:
    return tomllib.loads(read_text(project / SETTINGS))


@functools.lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> Record:
    try:
        found = tomllib.loads(text)
        differences = tuple(Difference(**{"output": "", **entry}) for entry in found.get("differences", ()))
        return Record(found["release"], differences, found["files"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        remedy = "Delete it, and let `make releases` write it anew."
        raise InputError(name, 0, f"not the record of a release ({error}).", remedy) from error


def _text(record: Record) -> str:
    parts = [HEAD.format(release=record.release), f"release = {_value(record.release)}\n"]
    for difference in record.differences:
        fields = {key: value for key, value in asdict(difference).items() if value or key != "output"}
        parts.append("\n[[differences]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in fields.items()))
    parts.append("\n# The files that ran, and a name for what stood there.\n[files]\n")
    parts += [f"{_value(name)} = {_value(digest)}\n" for name, digest in sorted(record.files.items())]
    return "".join(parts)


def _value(text: str) -> str:
    """Return a text as TOML writes it: lines as they are, where that can be."""
    if "\n" in text and not NOT_LITERAL.search(text):
        return f"'''\n{text}'''"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
