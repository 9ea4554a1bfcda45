"""`python -m autograd_notes.operations`: measure every operation, record the table, and print what changed."""

from __future__ import annotations

from autograd_notes.operations import record, table


def main() -> None:
    """Record the table."""
    live = table.measure_all()
    changed = list(record.differences(record.read() if record.FILE.exists() else {}, live))
    record.write(live)
    print(*changed, sep="\n", end="\n" if changed else "")
    print(f"{record.FILE}: {len(live)} operations, {len(changed)} changes.")


if __name__ == "__main__":
    main()
