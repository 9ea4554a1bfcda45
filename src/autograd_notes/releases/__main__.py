"""The command behind `make releases`: record what other releases print, where it is not what is documented."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from autograd_notes.engine.snippet import Section
from autograd_notes.engine.transcript import InputError
from autograd_notes.releases import compare, environment, examples, record
from autograd_notes.releases.record import KINDS, Difference, Record

DONE, FAILED, UNUSABLE = 0, 1, 2
Examples = Mapping[str, Sequence[Section]]


def main(arguments: list[str]) -> int:
    """Record the releases named, or all that are supported; return 0 if all could be, 1 or 2 if not."""
    try:
        supported = record.supported()
        unknown = [release for release in arguments if release not in supported]
        if unknown:
            problem = f"does not list {unknown[0]!r} among the releases."
            raise InputError(str(record.SETTINGS), 0, problem, f"It lists: {', '.join(supported)}.")
        found = {name: examples.sections(name) for name in examples.names()}
    except InputError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    _drop_others(supported)
    results = [_record(release, found) for release in arguments or reversed(supported)]
    return DONE if all(results) else FAILED


def _drop_others(supported: Sequence[str]) -> None:
    for path in record.RECORDS.glob("*.toml"):
        if path.stem not in supported:
            path.unlink()
            print(f"{path}: removed, since {record.SETTINGS} does not list this release.")


def _record(release: str, found: Examples) -> bool:
    """Run in a release the files that changed since, and write its record; return whether that was possible."""
    path = record.file_of(release)
    try:
        old = record.read(path) if path.exists() else None
        changed = [name for name, sections in found.items() if not _is_recorded(old, name, sections)]
        if old and not changed and old.files.keys() <= found.keys():
            print(f"{release}: up to date.")
            return True
        new, refused = _run(release, changed, found) if changed else (Record(release, (), {}), [])
    except InputError as error:
        print(error, file=sys.stderr)
        return False
    whole = record.merged(old, new, list(found))
    record.write(whole, path)
    kinds = Counter(difference.kind for difference in whole.differences)
    counts = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS if kinds[kind])
    print(f"{path}: {len(changed)} files ran; {len(whole.differences)} differences ({counts or 'none'}).", flush=True)
    for message in refused:
        print(message, file=sys.stderr)
    return not refused


def _is_recorded(old: Record | None, name: str, sections: Sequence[Section]) -> bool:
    return old is not None and old.files.get(name) == _digest(sections)


def _digest(sections: Sequence[Section]) -> str:
    return examples.digest_of_file([section.block for section in sections])


def _run(release: str, names: Sequence[str], found: Examples) -> tuple[Record, list[str]]:
    """Run files in a release; return what differs, and a message for each file that cannot run there."""
    print(f"{release}: running {len(names)} files in an environment of its own, which takes minutes …", flush=True)
    with environment.throw_away(release) as python:
        printed = environment.run(python, names)
    files: dict[str, str] = {}
    different: list[Difference] = []
    refused: list[str] = []
    for name in names:
        ran, digest = printed[name], _digest(found[name])
        if isinstance(ran, str):
            refused.append(f"{release}: {ran}")
        elif ran.digest != digest:
            refused.append(f"{release}: {name}: was changed while it ran.\n  Run `make releases` again.")
        else:
            files[name] = digest
            different += compare.differences(name, found[name], ran.outputs, release, record.documented())
    return Record(release, tuple(different), files), refused


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
