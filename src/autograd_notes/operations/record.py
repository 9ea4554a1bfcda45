"""What is recorded of each operation: a file with one line for each, which a page shows and a test compares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

FILE = Path("docs/generated/operations.json")
# Stands behind a name that holds for some samples, and not for others.
SOMETIMES = "?"
# Stands between the words where samples disagree.
OR = "/"

Row = Mapping[str, str]
Table = Mapping[str, Row]


def read(file: Path = FILE) -> Table:
    """Return the recorded table: for each operation its cells, by the names of the columns."""
    table: Table = json.loads(file.read_text(encoding="utf-8"))
    return table


def write(table: Table, file: Path = FILE) -> None:
    """Write a table, one operation a line, in alphabetical order."""
    lines = (f" {json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in sorted(table.items()))
    fresh = file.with_suffix(".new")
    fresh.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    fresh.replace(file)


def differences(documented: Table, live: Table) -> Iterator[str]:
    """Yield a line for each cell that is not what is documented, and for each row that is missing or new."""
    for name in sorted({*documented, *live}):
        if name not in live or name not in documented:
            yield f"{name}: {'documented, but no longer measured' if name in documented else 'not documented'}"
            continue
        for column in sorted({*documented[name], *live[name]}):
            was, now = (table[name].get(column) for table in (documented, live))
            if was != now:
                yield f"{name}, {column}: documented {was!r}, live {now!r}"
