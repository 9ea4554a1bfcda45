"""Find what other releases print for a statement of a page, those that print the same together."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.engine.transcript import Block
from autograd_notes.releases import examples, record
from autograd_notes.releases.record import Record

# Of what an earlier failure brought about there is nothing to show.
UNSAID = "follow-up"


@dataclass(frozen=True)
class Span:
    """Releases that follow one another, as people name them: 2.6 to 2.9."""

    first: str
    last: str


@dataclass(frozen=True)
class Group:
    """Releases that print the same, where the documented one prints something else.

    Attributes:
        spans: The releases, newest first.
        kind: The kind of the difference, one of `record.KINDS`.
        output: What they print.
    """

    spans: tuple[Span, ...]
    kind: str
    output: str


@dataclass(frozen=True)
class Elsewhere:
    """What other releases print for a statement; false where nothing else is known than what is documented.

    Attributes:
        spans: All releases that print something else, newest first.
        groups: What they print, newest first.
    """

    spans: tuple[Span, ...] = ()
    groups: tuple[Group, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups)


NOWHERE = Elsewhere()


def elsewhere(blocks: Sequence[Block], folder: Path) -> list[list[Elsewhere]]:
    """Return for each statement of each block what other releases print.

    Args:
        blocks: All blocks of one page, in order.
        folder: The folder of the records.

    Raises:
        InputError: A record cannot be read.
    """
    known = _by_statement(tuple(record.read_all(folder)))
    return [[known.get(digest, NOWHERE) for digest in block] for block in examples.digests(blocks)]


def spans(releases: Sequence[str], known: Sequence[str]) -> tuple[Span, ...]:
    """Return releases as spans, newest first.

    Args:
        releases: The releases.
        known: All releases of which there is a record, oldest first.
    """
    found: list[Span] = []
    for release, before in zip(known, ["", *known], strict=False):
        if release not in releases:
            continue
        name = record.minor(release)
        if found and before in releases:
            found[-1] = Span(found[-1].first, name)
        else:
            found.append(Span(name, name))
    return tuple(reversed(found))


@functools.lru_cache(maxsize=4)
def _by_statement(records: tuple[Record, ...]) -> Mapping[str, Elsewhere]:
    """Return what is recorded by the names of statements; pages of a build read the same records."""
    known = [one.release for one in records]
    printed: dict[str, dict[tuple[str, str], list[str]]] = {}
    for one in reversed(records):
        for difference in one.differences:
            if difference.kind != UNSAID:
                same = printed.setdefault(difference.digest, {})
                same.setdefault((difference.kind, difference.output), []).append(one.release)
    return {digest: _together(same, known) for digest, same in printed.items()}


def _together(same: Mapping[tuple[str, str], Sequence[str]], known: Sequence[str]) -> Elsewhere:
    different = [release for releases in same.values() for release in releases]
    groups = (Group(spans(releases, known), *what) for what, releases in same.items())
    return Elsewhere(spans(different, known), tuple(groups))
