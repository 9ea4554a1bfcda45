"""`python -m tests.mutation`: make documented facts wrong, one at a time, print what was noticed, write the site's table."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.judges.project import LANGUAGES, Project
from tests.mutation import figures
from tests.mutation.run import Mutation, Result


def main(arguments: list[str] | None = None) -> int:
    """Run, and return 0 where every target was met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--alike", action="store_true", help="also list what is noticed by comparing languages only")
    options = parser.parse_args(arguments)
    root = Path.cwd()
    results = list(_results(Project(root)))
    print(figures.table(results))
    survivors = [result for result in results if not (result.noticed_alike if options.alike else result.noticed)]
    print(f"\n{len(survivors)} survived{' where both languages are wrong alike' if options.alike else ''}.")
    for result in survivors:
        print(f"{result.name}:{result.line}: {result.where}, {result.kind}: {result.before!r} -> {result.after!r}")
    missed = figures.missed_targets(results)
    print(*missed, sep="\n", end="\n" if missed else "")
    for path in figures.write(results, root):
        print(f"Wrote {path.relative_to(root)}.")
    return 1 if missed else 0


def _results(project: Project) -> Iterator[Result]:
    """Yield the results of every page, from as many processes as there are processors where processes can fork."""
    mutation = Mutation(project)
    stems = sorted(
        {stem for language in LANGUAGES for stem in project.page_stems(language)} | {*project.snippet_stems()}
    )
    if "fork" in multiprocessing.get_all_start_methods():
        global _work
        _work = mutation.results
        with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
            yield from _with_progress(pool.imap(_in_child, stems), len(stems))
    else:
        yield from _with_progress(map(mutation.results, stems), len(stems))


def _in_child(stem: str) -> list[Result]:
    return _work(stem)


def _with_progress(batches: Iterator[list[Result]], number: int) -> Iterator[Result]:
    for done, batch in enumerate(batches, 1):
        if sys.stderr.isatty():
            print(f"\r{done} of {number} pages", end="\n" if done == number else "", file=sys.stderr, flush=True)
        yield from batch


if __name__ == "__main__":
    sys.exit(main())
