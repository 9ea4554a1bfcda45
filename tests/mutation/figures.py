"""The figures of a mutation run: as a table for the terminal, and as the table and the number that the site shows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.extensions.figures import CHANGES
from tests.judges.project import LANGUAGES
from tests.mutation.run import CODE, FORMULA, INCLUDE, NUMBER, OUTPUT, Result

FOLDER = Path("docs/generated")
SWAP = "swap"
# What must be noticed: of outputs, and of everything that pages say.
TARGETS = {OUTPUT: 1.0, CODE: 0.98, NUMBER: 0.98, FORMULA: 0.98, INCLUDE: 1.0}
ROWS = {
    "en": {
        OUTPUT: "outputs",
        CODE: "code in the text",
        NUMBER: "numbers in the text",
        FORMULA: "formulas",
        INCLUDE: "examples left out",
        SWAP: "a name for another one nearby",
    },
    "zh": {
        OUTPUT: "输出",
        CODE: "正文中的代码",
        NUMBER: "正文中的数字",
        FORMULA: "公式",
        INCLUDE: "删去的例子",
        SWAP: "把一个名字换成附近的另一个名字",
    },
}
HEADS = {
    "en": ("What was changed", "Changes", "Noticed", "Noticed if both languages are wrong alike"),
    "zh": ("改动了什么", "改动数", "被发现", "两种语言同错时被发现"),
}


@dataclass(frozen=True)
class Row:
    """How many changes there were, and how many the judges noticed: in one language, and in both alike."""

    changes: int
    noticed: int
    alike: int


def count(results: Iterable[Result], key: Callable[[Result], object]) -> dict[object, Row]:
    """Return the figures for each value of a key, in the order in which they come."""
    results = list(results)
    changes = Counter(map(key, results))
    noticed = Counter(key(result) for result in results if result.noticed)
    alike = Counter(key(result) for result in results if result.noticed_alike)
    return {value: Row(changes[value], noticed[value], alike[value]) for value in changes}


def by_where(results: Iterable[Result]) -> dict[str, Row]:
    """Return the figures for what was changed; swapped names are counted by themselves."""
    return count(results, lambda result: SWAP if result.kind == SWAP else result.where)


def missed_targets(results: Sequence[Result]) -> list[str]:
    """Return a sentence for each target that was missed."""
    rows = by_where(results)
    return [
        f"Of the changes to {where} at least {TARGETS[where]:.0%} must be noticed, but only {_share(row)} were."
        for where, row in rows.items()
        if where in TARGETS and row.noticed < TARGETS[where] * row.changes
    ]


def table(results: Sequence[Result]) -> str:
    """Return the figures by what was changed and how, for the terminal."""
    rows = count(sorted(results, key=lambda result: (result.where, result.kind)), lambda r: (r.where, r.kind))
    lines = [("changed", "kind", "changes", "noticed", "", "both alike", "")]
    for (where, kind), row in rows.items():
        lines.append((where, kind, str(row.changes), str(row.noticed), _share(row), str(row.alike), _alike(row)))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def write(results: Sequence[Result], root: Path) -> list[Path]:
    """Write the number that the site shows, and the table in each language, and return the files."""
    rows = by_where(results)
    number = root / FOLDER / CHANGES
    number.parent.mkdir(parents=True, exist_ok=True)
    noticed = sum(row.noticed for row in rows.values())
    number.write_text(json.dumps({"changes": len(results), "noticed": noticed}) + "\n", encoding="utf-8")
    written = [number]
    for language in LANGUAGES:
        lines = [HEADS[language], ("---", "---:", "---:", "---:")]
        for where in (where for where in ROWS[language] if where in rows):
            lines.append((ROWS[language][where], f"{rows[where].changes}", _share(rows[where]), _alike(rows[where])))
        path = root / FOLDER / f"mutation.{language}.markdown"
        path.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), encoding="utf-8")
        written.append(path)
    return written


def _share(row: Row) -> str:
    return _percent(row.noticed, row.changes)


def _alike(row: Row) -> str:
    return _percent(row.alike, row.changes)


def _percent(part: int, whole: int) -> str:
    """Return a share in percent, rounded down: 100 % is all of them."""
    return f"{1000 * part // whole / 10:g}\u00a0%"
