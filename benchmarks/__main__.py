"""`python -m benchmarks [P …]`: measure sites of P pages, print a table, write benchmarks/results.json.

The exit code is 1 where a target is missed. A build is measured by its CPU time, and what is compared runs by turns,
so that other work on the machine disturbs little; what an author waits for is measured by the clock.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from autograd_notes.engine import kept
from autograd_notes.progress import Progress
from benchmarks import bare, doctests, example
from benchmarks.preview import Preview, environment, running

PAGES = (10, 50, 150)
ROUNDS = 3
EDITS = 15
FULL_BUILDS = 30
UNCHANGED = "the same site once more"
CLEAN_BUILD = "clean build, all that a page has"
RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Attributes:
        pages: The pages of the site in each language.
        what: What was measured.
        value: The median.
        unit: Its unit; "x" for a ratio.
        target: The highest value that is good enough; None where there is no target.
    """

    pages: int
    what: str
    value: float
    unit: str
    target: float | None = None

    @property
    def is_missed(self) -> bool:
        """Whether it is worse than its target."""
        return self.target is not None and self.value > self.target


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write; return 1 where a target is missed, else 0."""
    sizes = sorted({int(argument) for argument in arguments} or PAGES)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="autograd-notes-bench-") as folder:
        for pages in sizes:
            work = Path(folder, str(pages))
            example.write(work / "site", pages)
            example.write_bare(work / "executed", pages, engine=True)
            example.write_bare(work / "not executed", pages, engine=False)
            example.write_bare(work / "stock", pages, engine=False, fence=example.STOCK_FENCE)
            results += builds(work, pages)
            results += stock_edits(work, pages)
            results += edits(work, pages)
            shutil.rmtree(work)
    results += growth(results)
    RESULTS.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n", encoding="utf-8")
    missed = [result for result in results if result.is_missed]
    print(_table(results))
    print(f"\n{len(missed)} targets are missed. The more noise above 1, the less the clock says. Written: {RESULTS}")
    return int(bool(missed))


def builds(work: Path, pages: int) -> Iterator[Result]:
    """Measure what runs to its end: builds, `check`, and what they are compared with."""
    build = [sys.executable, "-m", "mkdocs", "build"]
    executed, not_executed = work / "executed", work / "not executed"
    torch = "import torch" if _imports_torch(not_executed) else "pass"
    seconds = _by_turns(
        pages,
        {
            "site": (build, work / "site"),
            UNCHANGED: (build, work / "site"),
            "executed": (build, executed),
            "not executed": (build, not_executed),
            "stock": (build, work / "stock"),
            "already there": ([sys.executable, "-c", torch], executed),
            "bare": ([sys.executable, bare.__file__], executed),
            "check": ([sys.executable, "-m", "autograd_notes", "check"], executed),
            "doctest": ([sys.executable, doctests.__file__], executed),
        },
    )
    floor = seconds["not executed"] + seconds["bare"] - seconds["already there"]
    yield Result(pages, CLEAN_BUILD, seconds["site"], "s")
    yield Result(pages, "  where nothing changed / clean build", seconds[UNCHANGED] / seconds["site"], "x", 0.4)
    yield Result(pages, "clean build, examples only", seconds["executed"], "s")
    yield Result(pages, "  floor: not executed + torch + bare blocks", floor, "s")
    yield Result(pages, "  examples only / floor", seconds["executed"] / floor, "x", 1.10)
    yield Result(pages, "  stock markdown-exec / floor", seconds["stock"] / floor, "x")
    yield Result(pages, "check", seconds["check"], "s")
    yield Result(pages, "  check / doctest", seconds["check"] / seconds["doctest"], "x", 1.3)


def edits(work: Path, pages: int) -> Iterator[Result]:
    """Measure how long an author waits for an edit to show, and how much memory the preview takes."""
    with running(work / "site", work / "preview") as preview:
        author = Author(preview, pages)
        rounds = []
        progress = Progress(f"editing {pages} pages", EDITS)
        for number in range(EDITS):
            rounds.append((author.sentence(), author.snippet(), _busyness()))
            if number == EDITS // 3:
                settled = preview.megabytes()
            progress.step()
        after = preview.megabytes()
        sentence, snippet, busyness = (statistics.median(column) for column in zip(*rounds, strict=True))
        yield Result(pages, "noise: seconds by the clock for one of CPU", busyness, "x")
        yield Result(pages, "save -> served: a sentence", sentence, "s", 0.15)
        yield Result(pages, "save -> served: a snippet, both languages", snippet, "s", 0.20)
        yield Result(pages, "save -> served: nothing changed", _median(author.nothing, 3), "s", 0.15)
        yield Result(pages, "save -> served: mkdocs.yml", _median(author.settings, 3), "s")
        yield Result(pages, f"memory: growth over {EDITS * 4 // 3} edits", after - settled, "MB", 5)
        if pages <= PAGES[0]:
            yield Result(pages, f"memory: growth over {FULL_BUILDS} full builds", _growth(preview, author), "MB", 20)
        yield Result(pages, "memory: preview", preview.megabytes(), "MB", 450)


def stock_edits(work: Path, pages: int) -> Iterator[Result]:
    """Measure how long the author of a stock site waits."""
    with running(work / "stock", work / "stock preview") as preview:
        author = Author(preview, pages)
        yield Result(pages, "  stock: a sentence", _median(author.sentence, 2), "s")
        yield Result(pages, "  stock: a snippet", _median(author.snippet, 2), "s")


def growth(results: Sequence[Result]) -> Iterator[Result]:
    """Compare the largest site with the smaller ones."""
    small, large = results[0].pages, results[-1].pages
    values = {(result.pages, result.what): result.value for result in results}
    *_, before, middle, last = [0, 0, *dict.fromkeys(result.pages for result in results)]
    if before:
        first, second, third = (values[pages, CLEAN_BUILD] for pages in (before, middle, last))
        ratio = (third - second) / (last - middle) * (middle - before) / (second - first)
        yield Result(large, f"a further page in a clean build, against those up to {middle}", ratio, "x", 1.15)
    for pages, what in values:
        if pages == large > small and what.startswith("save -> served: a "):
            slower = values[large, what] - values[small, what]
            yield Result(large, f"slower than at {small} pages: {what.partition(': ')[2]}", slower, "s", 0.05)


class Author:
    """Who edits the page in the middle of a site, and waits to see the edit."""

    def __init__(self, preview: Preview, pages: int) -> None:
        self.preview, self.number = preview, 10_000
        name = f"page-{(pages + 1) // 2:04}"
        self.path = f"/pages/{name}/"
        self.page = preview.project / f"docs/en/pages/{name}.md"
        self.code = preview.project / f"snippets/pages/{name}.md"
        self.options = preview.project / "mkdocs.yml"
        self.texts = {file: file.read_text(encoding="utf-8") for file in (self.page, self.code, self.options)}

    def sentence(self) -> float:
        """Return the seconds that an edit of one sentence takes to show."""
        return self._edit(self.page, "In step 1 we", f"In step 1 ({self._next()}) we", self.path, f"({self.number})")

    def snippet(self) -> float:
        """Return the seconds that an edit of one snippet takes to show on the page of the other language."""
        return self._edit(
            self.code, "* x\n>>> z", f"* {self._next()} * x\n>>> z", f"/zh{self.path}", f">{self.number}<"
        )

    def settings(self) -> float:
        """Return the seconds that an edit of mkdocs.yml takes to show."""
        self._next()
        return self._edit(self.options, "nav:", f"site_name: Site {self.number}\nnav:", "/", f"Site {self.number}")

    def nothing(self) -> float:
        """Return the seconds until a page is served that was saved unchanged, together with a sentence that is new."""
        other = self.page.with_name("page-0001.md")
        other.write_text(other.read_text(encoding="utf-8"), encoding="utf-8")
        return self.sentence()

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _edit(self, file: Path, old: str, new: str, path: str, expected: str) -> float:
        return self.preview.seconds_to_show(file, self.texts[file].replace(old, new, 1), path, expected)


def _by_turns(pages: int, commands: dict[str, tuple[list[str], Path]]) -> dict[str, float]:
    """Return the median of the CPU seconds that each command takes; they take turns."""
    seconds: dict[str, list[float]] = {what: [] for what in commands}
    progress = Progress(f"building {pages} pages", ROUNDS * len(commands))
    for _ in range(ROUNDS):
        for what, (command, folder) in commands.items():
            if what != UNCHANGED:
                shutil.rmtree(folder / kept.FOLDER, ignore_errors=True)
            seconds[what].append(_cpu_seconds(command, folder))
            progress.step()
    return {what: statistics.median(values) for what, values in seconds.items()}


def _cpu_seconds(command: list[str], folder: Path) -> float:
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            output.seek(0)
            sys.exit(f"{' '.join(command)} failed in {folder}:\n{output.read()[-3000:]}")
    return usage.ru_utime + usage.ru_stime


def _imports_torch(folder: Path) -> bool:
    """Whether a site imports torch though it runs no example, so that its build pays for that already."""
    code = "import sys; from mkdocs.config import load_config; load_config(); sys.exit('torch' in sys.modules)"
    return bool(
        subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment(folder), check=False).returncode
    )


def _growth(preview: Preview, author: Author) -> float:
    """Return the memory that full builds leave behind; it settles over the first twenty. Stock keeps 8 MB of each."""
    before = preview.megabytes()
    progress = Progress("building everything", FULL_BUILDS)
    for _ in range(FULL_BUILDS):
        author.settings()
        progress.step()
    return preview.megabytes() - before


def _busyness() -> float:
    """Return how many seconds pass for a second of work: more than 1 where others work on the machine, too."""
    start, work = time.perf_counter(), time.process_time()
    while time.process_time() - work < 0.02:
        pass
    return (time.perf_counter() - start) / (time.process_time() - work)


def _median(measure: Callable[[], float], times: int) -> float:
    return statistics.median(measure() for _ in range(times))


def _table(results: Sequence[Result]) -> str:
    lines = [f"{'pages':>5}  {'what':<48} {'median':>9}     {'target':>8}  verdict"]
    for result in results:
        value = f"{result.value:9.3f} {result.unit:<2}" if result.unit != "MB" else f"{result.value:9.1f} MB"
        target = "" if result.target is None else f"<= {result.target:g}"
        verdict = "" if result.target is None else "MISSED" if result.is_missed else "met"
        lines.append(f"{result.pages:5}  {result.what:<48} {value}  {target:>8}  {verdict}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
