"""A tutorial: a notebook as py:percent text, and the record of its outputs, which all languages share."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from autograd_notes.engine import session
from autograd_notes.engine.outcome import TRACEBACK, Outcome
from autograd_notes.engine.snippet import FOLDER
from autograd_notes.engine.transcript import Block, InputError, Statement, read_text
from autograd_notes.engine.writing import replace, with_line_ends_of

PAGES = Path("docs")
FENCE = "# ---"
# Behind the name of a cell, as on a fence; it is what Jupyter takes for data about the cell.
HIDDEN = ' input="hidden"'
CELL = re.compile(rf"# %%(?: \[(?P<kind>\w+)\]| (?P<name>[a-z][a-z0-9-]*)(?:{HIDDEN})?)")
RECORDED = re.compile(r"%% (?P<name>[a-z][a-z0-9-]*)")


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook.

    Attributes:
        name: Its name, unique in the file; "" for a cell of prose.
        line: The line of its marker in the file, from 1.
        lines: Its lines as they stand in the file, the marker and the blank lines below it included.
    """

    name: str
    line: int
    lines: tuple[str, ...]

    @property
    def shows_input(self) -> bool:
        """Whether it is for readers; else it makes a figure of the page, and they get the figure alone."""
        return not self.lines[0].endswith(HIDDEN)

    @property
    def code(self) -> str:
        """The code, ending in a newline."""
        return "\n".join(self.lines[1:]).rstrip() + "\n"

    @property
    def prose(self) -> tuple[str, ...]:
        """The lines below the marker, without the signs that make them comments."""
        return tuple(line.removeprefix("#").removeprefix(" ") for line in self.lines[1:])


@dataclass(frozen=True)
class Tutorial:
    """A notebook.

    Attributes:
        name: Its file, as an author would type it.
        title: The title of its page.
        description: One sentence on what the page is about.
        header: The lines above its first cell.
        cells: Its cells, in order.
    """

    name: str
    title: str
    description: str
    header: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The cells that run."""
        return tuple(cell for cell in self.cells if cell.name)


def all_files() -> list[Path]:
    """Return the files of the working directory's tutorials, in all languages."""
    return sorted(PAGES.glob("*/tutorials/*.py"))


def is_file(path: Path) -> bool:
    """Whether a file holds a tutorial, and not Markdown."""
    return path.suffix == ".py"


def read(text: str, name: str) -> Tutorial:
    """Read the text of a tutorial.

    Args:
        text: The text.
        name: Its file, for messages.

    Raises:
        InputError: No header, a marker that is none, a second cell of one name, prose that is no comment, or a
            syntax error.
    """
    lines = text.rstrip().split("\n")
    first = next((number for number, line in enumerate(lines) if line.startswith("# %%")), len(lines))
    header = _front_matter(lines[:first], name)
    cells = tuple(_cells(lines, first, name))
    if not any(cell.name for cell in cells):
        raise InputError(name, 0, "a tutorial without a cell of code.", "Write one, below `# %% its-name`.")
    return Tutorial(name, header["title"], header["description"], tuple(lines[:first]), cells)


def read_file(path: Path) -> Tutorial:
    """Read a tutorial from its file.

    Raises:
        InputError: As `read`, or the file cannot be read.
    """
    return read(read_text(path), str(path))


def blocks(tutorial: Tutorial, *, with_lost: bool = False) -> list[Block]:
    """Return the cells of a tutorial as blocks of one statement, with the outputs that its record documents.

    Args:
        tutorial: The tutorial.
        with_lost: Whether its record may hold outputs of cells that are gone.

    Raises:
        InputError: The record cannot be read, or holds such outputs where it may not.
    """
    record = record_of(Path(tutorial.name))
    names = None if with_lost else {cell.name for cell in tutorial.code_cells}
    documented = _read_record(record, names) if record.exists() else {}
    return [
        Block(cell.line, "", cell.shows_input, (_statement(cell, documented.get(cell.name, "")),), cell.name)
        for cell in tutorial.code_cells
    ]


def _statement(cell: Cell, documented: str) -> Statement:
    return Statement(cell.code, documented, cell.line + 1, mode="exec")


def run(blocks: Sequence[Block], name: str) -> list[list[Outcome]]:
    """Run the cells of a tutorial as one session, once for each text: all languages have the same cells.

    Args:
        blocks: The cells.
        name: Their file, for messages.

    Returns:
        What `session.run` returns: here, a list with one `Outcome` for each cell.

    Raises:
        InputError: A cell cannot be run, raises, or both prints and draws.
    """
    outcomes = session.run_once(blocks, name)
    refuse_failures(blocks, outcomes, name)
    return outcomes


def refuse_failures(blocks: Sequence[Block], outcomes: Sequence[Sequence[Outcome]], name: str) -> None:
    """See that the cells of a tutorial did what a page can show.

    Raises:
        InputError: A cell raises, or both prints and draws.
    """
    for block, [outcome] in zip(blocks, outcomes, strict=True):
        if outcome.raised:
            raised = outcome.output.rpartition(TRACEBACK)[2].strip()
            remedy = "Correct it: a tutorial runs from top to bottom without an error."
            raise InputError(name, block.line + outcome.raised, f"this cell raises {raised}", remedy)
        text = outcome.output
        for echo in outcome.echoes if outcome.pictures else ():
            text = text.replace(echo, "", 1)
        if outcome.pictures and text.strip():
            problem = f"this cell prints and draws, and a page shows one of the two. It prints:\n{text.rstrip()}"
            raise InputError(name, block.line, problem, "Make two cells of it; one that draws ends with `plt.show()`.")


def record_of(path: Path) -> Path:
    """Return the file that holds the documented outputs of a tutorial, in whatever language it is.

    Raises:
        InputError: The file is not in the folder of a language.
    """
    # As it was typed, if that says enough.
    for typed in (path, path.resolve()):
        for language in typed.parents:
            if language.parent.name == PAGES.name:
                inside = typed.relative_to(language).with_suffix(".txt")
                return language.parent.parent / FOLDER / inside
    raise InputError(
        str(path), 0, "not in the folder of a language.", f"A tutorial is {PAGES}/<language>/tutorials/<name>.py."
    )


def as_record(blocks: Sequence[Block], outcomes: Sequence[Sequence[Outcome]], name: str) -> str:
    """Return the text of a record: the name of each cell that prints or draws, and below it the output.

    Raises:
        InputError: An output would be read as the name of a cell.
    """
    parts = []
    for block, [outcome] in zip(blocks, outcomes, strict=True):
        for line in outcome.output.split("\n"):
            if RECORDED.fullmatch(line):
                problem = f"the output {line!r} would be read as the name of a cell."
                raise InputError(name, block.line, problem, "Print something else.")
        if outcome.output:
            parts.append(f"%% {block.name}\n{outcome.output}")
    return "\n".join(parts)


def carry(path: Path) -> list[Path]:
    """Give the code of a tutorial to the same tutorial in every other language; return the files that changed.

    Cells are known by their names. Prose stays where it is; a cell that is new comes directly behind the one that it
    follows in the origin; a cell that is gone there goes.

    Raises:
        InputError: A file cannot be read, or the cells that both have are in another order.
    """
    origin, changed = read_file(path), []
    for other in all_files():
        if other.resolve() != path.resolve() and record_of(other.resolve()) == record_of(path.resolve()):
            text = _with_code(read_file(other), origin)
            if text != read_text(other):
                original = other.read_bytes()
                replace(other, with_line_ends_of(original, text), original)
                changed.append(other)
    return changed


def _with_code(other: Tutorial, origin: Tutorial) -> str:
    names = [cell.name for cell in origin.code_cells]
    kept = [cell.name for cell in other.code_cells if cell.name in names]
    if kept != [name for name in names if name in kept]:
        problem = f"its cells are in another order than those of {origin.name}."
        raise InputError(other.name, 0, problem, "Move them, with their prose; then carry the code.")
    follows: dict[str, list[Cell]] = {"": []}
    for cell in origin.code_cells:
        if cell.name in kept:
            follows[cell.name] = []
        follows[next(reversed(follows))].append(cell)
    first = next(number for number, cell in enumerate(other.cells) if cell.name)
    cells = [*other.cells[:first], *follows[""]]
    for cell in other.cells[first:]:
        cells += follows.get(cell.name, []) if cell.name else [cell]
    return _text(other.header, cells)


def _text(header: Sequence[str], cells: Sequence[Cell]) -> str:
    """Return the text of a tutorial, with a blank line at least between two cells."""
    lines = list(header)
    for cell in cells:
        lines += cell.lines if not cell.lines[-1] else [*cell.lines, ""]
    return "\n".join(lines).rstrip() + "\n"


def _front_matter(header: Sequence[str], name: str) -> dict[str, str]:
    remedy = f"Begin with the lines `{FENCE}`, `# title: …`, `# description: …` and `{FENCE}`."
    inner = [line.removeprefix("#").removeprefix(" ") for line in header[1:]]
    if not header or header[0] != FENCE or "---" not in inner:
        raise InputError(name, 1, "a tutorial without a header.", remedy)
    try:
        found = yaml.safe_load("\n".join(inner[: inner.index("---")]))
    except yaml.YAMLError as error:
        raise InputError(name, 1, f"a header that cannot be read: {error}.", remedy) from error
    keys = "title", "description"
    for key in keys:
        if not isinstance(found, dict) or not isinstance(found.get(key), str):
            raise InputError(name, 1, f"a header without a {key}.", remedy)
    return {key: found[key] for key in keys}


def _cells(lines: Sequence[str], first: int, name: str) -> Iterator[Cell]:
    """Yield the cells from the first marker on, and refuse what Jupyter would read in another way."""
    starts = [number for number in range(first, len(lines)) if lines[number].startswith("# %%")]
    seen = set()
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        match = CELL.fullmatch(lines[start])
        if not match or match["kind"] not in (None, "markdown"):
            remedy = (
                "Write `# %% [markdown]` above prose and `# %% its-name` above code; "
                f"`# %% its-name{HIDDEN}` where the page shows a figure and not the code."
            )
            raise InputError(name, start + 1, f"not the start of a cell: {lines[start]!r}.", remedy)
        cell = Cell(match["name"] or "", start + 1, tuple(lines[start:end]))
        if cell.name in seen:
            problem = f"a second cell {cell.name!r}."
            raise InputError(name, cell.line, problem, "Give each cell of code a name of its own.")
        if cell.name:
            seen.add(cell.name)
            _refuse_bad_code(cell, name)
        else:
            _refuse_bad_prose(cell, name)
        yield cell


def _refuse_bad_code(cell: Cell, name: str) -> None:
    if not (cell.lines[1:2] and cell.lines[1].strip()):
        raise InputError(name, cell.line, "this cell begins with an empty line.", "Begin it with code.")
    try:
        compile(cell.code, name, "exec")
    except (SyntaxError, ValueError) as error:
        line = cell.line + (getattr(error, "lineno", None) or 1)
        raise InputError(name, line, f"not Python: {error.args[0]}.", "Correct it; nothing was run.") from error


def _refuse_bad_prose(cell: Cell, name: str) -> None:
    for offset, line in enumerate("\n".join(cell.lines).rstrip().split("\n")):
        if not line.startswith("#"):
            problem = f"a cell of prose, but here stands {line!r}."
            raise InputError(
                name, cell.line + offset, problem, "Begin each line with #; code begins at `# %% its-name`."
            )


def _read_record(path: Path, names: Collection[str] | None) -> dict[str, str]:
    """Return the documented outputs of a record, by the names of their cells."""
    found: dict[str, str] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        match = RECORDED.fullmatch(line)
        is_lost = names is not None and match["name"] not in names if match else not found and line
        if is_lost:
            raise InputError(str(path), number, f"{line!r} is the output of no cell.", "`make accept` removes it.")
        if match:
            found[match["name"]] = ""
        elif found:
            found[next(reversed(found))] += f"{line}\n"
    return {name: f"{output.rstrip()}\n" for name, output in found.items()}
