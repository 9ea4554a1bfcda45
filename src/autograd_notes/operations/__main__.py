"""`python -m autograd_notes.operations`: measure every operation, record the table, and print what changed."""

from __future__ import annotations

from autograd_notes.operations import table


def main() -> None:
    """Record the table."""
    changed = table.record()
    print(*changed, sep="\n", end="\n" if changed else "")
    print(f"{table.FILE}: {len(table.read())} operations, {len(changed)} changes.")


if __name__ == "__main__":
    main()
