"""The playground says what PyTorch says: random programs run in both, and so do the examples of the notes."""

from __future__ import annotations

import math
import pickle
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from playwright.sync_api import Page

from tests.browser import notes_examples, reference
from tests.browser.programs import EXACT, LONG, ROUNDED, files, programs
from tests.conftest import once_for_all_workers
from tests.judges.rounding import another_machine

ASSETS = Path(__file__).parents[2] / "docs" / "theme" / "assets" / "playground"
ENGINE = ("tensors", "printing", "autograd", "functions", "parser", "interpreter")
NUMBER = re.compile(r"-?\b(?:inf|nan)\b|-?\d+(?:\.\d*)?(?:e[+-]\d+)?")
# How far two results may differ where `exp` or a long sum is rounded in two ways: relative to the largest number.
CLOSE = 1e-4
# A module of the engine, and what in it is exchanged.
FAULTS = (
    ("functions", '"RsubBackward1"', '"SubBackward0"'),
    ("functions", "divide(divide(a, b), b)", "divide(a, multiply(b, b))"),
    ("functions", "(value <= 0 ? 0 : slope)", "(value < 0 ? 0 : slope)"),
    ("functions", "[needs(a) && b, needs(b) && a]", "[needs(b) && a]"),
    ("autograd", "one.order - other.order", "other.order - one.order"),
    ("autograd", "if (!retain) node.isFreed = true", "if (retain) node.isFreed = true"),
    ("autograd", "const { variable } = this", "const variable = { ...this.variable }"),
    ("tensors", "this.storage.version++", "this.storage.version"),
    ("tensors", '["float32", "int64", "bool"].find', '["int64", "float32", "bool"].find'),
    ("printing", "rest === half && whole % 2n", "rest === half"),
    ("printing", "largest / smallest > 1000", "largest / smallest > 10000"),
    ("printing", "(LINE_WIDTH - indent) / (width + 2)", "LINE_WIDTH / (width + 2)"),
    ("interpreter", "if (!tensor.isLeaf && !isWanted)", "if (!tensor.isLeaf)"),
)
# How many statements of the notes that print something it understands, at least.
SPEAKING = 70
# How many programs of each kind are compared: exact or not.
NUMBERS = ((True, EXACT), (False, ROUNDED))
# How many other orders of a sum are tried, where the playground's own gives another last digit; these sums are short.
MACHINES = 8
# How many go to the browser at once.
TOGETHER = 100
SETTINGS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}

# A program, and what PyTorch does with it.
Compared = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def load(browser_without_site):
    """Open a page with the engine and nothing else; a module may have been changed."""

    def open_page(changed: dict[str, str] | None = None) -> Page:
        page = browser_without_site.new_page()
        for name in ENGINE:
            source = (changed or {}).get(name) or (ASSETS / f"{name}.js").read_text(encoding="utf-8")
            page.add_script_tag(content=source)
        return page

    return open_page


@pytest.fixture(scope="module")
def engine(load) -> Page:
    """The engine as the site has it."""
    return load()


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> dict[bool, list[Compared]]:
    """Random programs, whose results every processor rounds alike or not, and what PyTorch does; run once."""
    folder = once_for_all_workers("programs", tmp_path_factory, _run_programs)
    return pickle.loads((folder / "compared").read_bytes())


def _run_programs(folder: Path) -> None:
    found = {is_exact: [(one, reference.run(one)) for one in drawn(number, is_exact)] for is_exact, number in NUMBERS}
    folder.mkdir()
    (folder / "compared").write_bytes(pickle.dumps(found))


def drawn(number: int, is_exact: bool) -> list[str]:
    """Draw so many programs, the same ones each time."""
    found: list[str] = []

    @settings(max_examples=number, phases=[Phase.generate], derandomize=True, **SETTINGS)
    @given(programs(is_exact=is_exact))
    def draw(program: str) -> None:
        found.append(program)

    draw()
    return found


@pytest.mark.parametrize("is_exact", [True, False], ids=["exact", "rounded"])
def test_a_random_program_does_in_the_playground_what_it_does_in_pytorch(engine, compared, is_exact):
    seen: Counter[str] = Counter()
    try:
        for difference in differences(engine, compared[is_exact], is_exact, seen):
            raise difference
    except AssertionError:
        _compare_smallest(engine, is_exact)
        raise
    print(f"{len(compared[is_exact])} programs: {dict(seen)}")


@pytest.mark.parametrize(
    ("module", "right", "wrong"), FAULTS, ids=[f"{right} is {wrong}" for _, right, wrong in FAULTS]
)
def test_a_fault_in_the_engine_is_found_by_random_programs(load, compared, module, right, wrong):
    source = (ASSETS / f"{module}.js").read_text(encoding="utf-8")
    assert source.count(right) == 1, f"{module}.js has changed: plant this fault in another place"
    faulty = load({module: source.replace(right, wrong)})
    assert any(differences(faulty, compared[True], is_exact=True)), "no program found it"
    faulty.close()


def test_the_figure_on_the_page_is_the_number_of_programs(project):
    stale = [str(path) for path, text in files().items() if (project / path).read_text(encoding="utf-8") != text]
    assert not stale, f"write {', '.join(stale)} anew: python -m tests.browser.programs"


def test_the_examples_of_the_notes_print_in_the_playground_what_they_document(engine, project):
    snippets = [*sorted((project / "snippets" / "notes").glob("*.md")), project / "snippets" / "playground.md"]
    examples = [
        example
        for session in notes_examples.sessions(snippets)
        for example in notes_examples.run(session, lambda text: engine.evaluate(reference.IN_THE_PLAYGROUND, text))
    ]
    understood = [example for example in examples if example.said is not None]
    wrong = [
        f"{one.place}: {one.statement.source}documented\n{one.statement.documented}the playground\n{one.said}"
        for one in understood
        if one.said != one.statement.documented
    ]
    assert not wrong, "\n".join(wrong)
    speaking = [example for example in understood if example.statement.documented]
    print(f"{len(understood)} of {len(examples)} statements of the notes, {len(speaking)} of them with an output")
    assert len(speaking) >= SPEAKING, "the playground understands fewer of the examples than it did"
    assert all(one.said is not None for one in examples if one.place.startswith("playground.md"))


def differences(
    engine: Page, compared: Sequence[Compared], is_exact: bool, seen: Counter[str] | None = None
) -> Iterator[AssertionError]:
    """Yield what an engine does otherwise than PyTorch did, and count what was seen."""
    for first in range(0, len(compared), TOGETHER):
        some = compared[first : first + TOGETHER]
        results = engine.evaluate(
            f"(programs) => programs.map({reference.IN_THE_PLAYGROUND})", [one for one, _ in some]
        )
        for (program, theirs), ours in zip(some, results, strict=True):
            try:
                counted = _compare(program, ours, theirs, is_exact)
            except AssertionError as difference:
                if is_exact and not _is_the_same_everywhere(program, theirs):
                    counted = _compare(program, ours, theirs, is_exact=False)
                else:
                    yield difference
                    continue
            if seen is not None:
                seen.update(counted)


def _is_the_same_everywhere(program: str, theirs: dict[str, Any]) -> bool:
    """Whether PyTorch does the same where sums are added up in another order, which is the processor's choice."""
    found = []
    for seed in range(MACHINES):
        with another_machine(seed):
            found.append(reference.run(program))
    return {repr(one) for one in found} == {repr(theirs)}


def _compare_smallest(engine: Page, is_exact: bool) -> None:
    """Compare the smallest program that can be found whose results differ: it says most about the fault."""

    def differs(program: str) -> bool:
        return any(differences(engine, [(program, reference.run(program))], is_exact))

    smallest = find(programs(is_exact=is_exact), differs, settings=settings(max_examples=EXACT, **SETTINGS))
    raise next(differences(engine, [(smallest, reference.run(smallest))], is_exact))


def _compare(program: str, ours: dict[str, Any], theirs: dict[str, Any], is_exact: bool) -> Counter[str]:
    """Compare what was printed and raised, values, gradients and graphs of both; count what was seen."""
    is_exact = is_exact and not program.startswith(LONG)
    seen: Counter[str] = Counter(programs=1)
    for here, there in zip(ours["results"], theirs["results"], strict=False):
        place = f"line {here['line']} of\n{program}\n"
        assert here["line"] == there["line"], place
        if here["unknown"]:
            seen["stopped"] += 1
            return seen
        seen["statements"] += 1
        seen["errors"] += there["error"] is not None
        assert here["error"] == there["error"], place
        assert len(here["printed"]) == len(there["printed"]), f"{place}{here['printed']}\n{there['printed']}"
        for mine, true in zip(here["printed"], there["printed"], strict=True):
            seen["texts"] += 1
            if mine == true:
                seen["texts that are equal"] += 1
            else:
                assert not is_exact, f"{place}the playground printed\n{mine}\nPyTorch printed\n{true}"
                assert _numbers(mine) != _numbers(true), f"{place}{mine}\n{true}"
                assert _skeleton(mine) == _skeleton(true), f"{place}{mine}\n{true}"
                _expect_close(_numbers(mine), _numbers(true), place)
    assert len(ours["results"]) == len(theirs["results"]), program
    assert ours["tensors"].keys() == theirs["tensors"].keys(), program
    for name, here in ours["tensors"].items():
        there = theirs["tensors"][name]
        place = f"{name} after\n{program}\n"
        for key in ("shape", "dtype", "requires_grad", "is_leaf", "graph"):
            # A view whose memory has changed: the playground says so to who asks for its graph.
            if here[key] is None:
                continue
            assert here[key] == there[key], f"{place}{key}: {here[key]}, PyTorch {there[key]}"
        seen["graphs"] += bool(there["graph"])
        seen["gradients"] += there["grad"] is not None
        assert (here["grad"] is None) == (there["grad"] is None), f"{place}{here['grad']}\n{there['grad']}"
        for mine, true in [(here, there), (here["grad"], there["grad"])]:
            if mine:
                assert mine["shape"] == true["shape"], place
                if is_exact:
                    assert _bits(mine["values"]) == _bits(true["values"]), f"{place}{mine['values']}\n{true['values']}"
                else:
                    _expect_close(mine["values"], true["values"], place)
    return seen


def _skeleton(text: str) -> str:
    """A printed text without its numbers and without the spaces that depend on them."""
    return re.sub(r"[\s,]+", " ", NUMBER.sub("#", text)).replace("[ ", "[")


def _numbers(text: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(text)]


def _bits(values: list[float]) -> list[str]:
    return [float(value).hex() for value in values]


def _expect_close(ours: list[float], theirs: list[float], place: str) -> None:
    largest = max([1.0, *(abs(value) for value in theirs if math.isfinite(value))])
    for mine, true in zip(ours, theirs, strict=True):
        same = mine == true or (math.isnan(mine) and math.isnan(true)) or abs(mine - true) <= CLOSE * largest
        assert same, f"{place}{ours}\n{theirs}"
