"""What a tutorial says will happen when a reader changes something, happens: each change is made, and runs."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from autograd_notes.downloads import tutorial_files
from autograd_notes.engine.transcript import read_text
from autograd_notes.engine.tutorial import read_file
from tests.conftest import once_for_all_workers
from tests.expect import expect_none
from tests.judges.problem import Problem

HERE = "tests/test_changes_to_tutorials.py"
PAGES = "docs/en/tutorials"
NAMES = sorted(path.stem for path in (Path(__file__).parent.parent / PAGES).glob("*.py"))


@dataclass(frozen=True)
class Claim:
    """One suggestion of a tutorial, as a reader follows it.

    Attributes:
        tutorial: The name of the tutorial.
        says: All that the page says, word for word; where a line ends does not matter.
        change: What a reader replaces, each text by another; it must stand in the tutorial exactly once.
        holds: Statements which assert what the page says, run below the changed tutorial.
        fails: The tutorial's own assertion that fails then; `holds` runs above it.
    """

    tutorial: str
    says: str
    change: dict[str, str]
    holds: str
    fails: str = ""


CLAIMS = [
    Claim(
        "build-autograd",
        """
        Call `backward(z)` once more, and print `a.grad`.
        PyTorch, told by `retain_graph` to keep its graph, would
        [add the same gradient again](../reference/errors/retained-graph.md), and double it.
        Ours grows to more than three times its value, since the nodes in between have kept their gradients, and send
        them again on top of the new ones.
        """,
        change={"t.backward()": "t.backward(retain_graph=True)"},
        holds="""
first = a.grad
backward(z)
assert 3 * first < a.grad < 4 * first

t.backward()
assert math.isclose(x.grad, 2 * first)

for node in inputs_first(z):
    node.grad = first if node is a else 0.0
backward(z)
assert math.isclose(a.grad, 2 * first)
""",
    ),
    Claim(
        "build-autograd",
        """
        In `backward`, write `=` in place of `+=`.
        The gradient of `b` stays right, since only one arrow leaves its box.
        That of `a` keeps only what arrived last, and the comparison fails.
        """,
        change={
            "inputs_first(result)):\n        for parent, derivative in node.parents:\n            parent.grad += ": (
                "inputs_first(result)):\n        for parent, derivative in node.parents:\n            parent.grad = "
            )
        },
        holds="""
sent = [(to, local * node.grad) for node in reversed(inputs_first(z)) for to, local in node.parents]
to_a, to_b = ([gradient for to, gradient in sent if to is variable] for variable in (a, b))
assert len(to_b) == 1
assert math.isclose(b.grad, y.grad)
assert a.grad == to_a[-1]
assert math.isclose(sum(to_a), x.grad)
""",
        fails="assert largest < 1e-14",
    ),
    Claim(
        "build-autograd",
        """
        Add a method `exp` to `Value`, and use it in `f`.
        The local derivative of `exp` is its own result.
        The comparison will agree at once, since tensors know `exp` already.
        """,
        change={
            "from math import log": "from math import exp, log",
            "    def log(self):\n": (
                "    def exp(self):\n        result = exp(self.data)\n        return Value(result, [(self, result)], 'exp')\n\n"
                "    def log(self):\n"
            ),
            "return (a * a) * (b * a).log()": "return (a * a) * (b * a).exp()",
        },
        holds="assert math.isclose(z.data, 0.25 * math.exp(1.5))",
    ),
    Claim(
        "build-autograd",
        """
        In `Array`, leave out the `.T` after `left`.
        For `network`, NumPy raises, since the shapes do not fit.
        For the square `W` above they do, and `X.grad` is wrong without a message.
        """,
        change={},
        holds="""
right_product = Array.__matmul__


def wrong_product(self, other):
    (_, first), _ = right_product(self, other).parents
    return Array(self.data @ other.data, [(self, first), (other, lambda g: self.data @ g)])


Array.__matmul__ = wrong_product
try:
    backward_by_functions(network(*[Array(array.data) for array in ours]))
except ValueError:
    pass
else:
    raise AssertionError("the shapes fit")
W, X = Array(W.data), Array(X.data)
backward_by_functions((W @ X).sum())
assert not np.array_equal(X.grad, W.data.T @ np.ones((2, 1)))
""",
    ),
    Claim(
        "gradient-flow",
        """
        Give `network` a `depth` of sixty, with `nn.Sigmoid`.
        The first norm is exactly zero: the gradient has become
        [smaller than the smallest number of its type](../reference/errors/float16-underflow.md).
        """,
        change={},
        holds="""
assert gradient_norms(network(nn.Sigmoid, depth=60))[0] == 0

smallest = torch.tensor(1, dtype=torch.int32).view(torch.float32).item()
torch.set_default_dtype(torch.float64)
inputs, targets = inputs.double(), targets.double()
assert 0 < gradient_norms(network(nn.Sigmoid, depth=60))[0] < smallest
""",
    ),
    Claim(
        "gradient-flow",
        """
        Take `torch.nn.ReLU`.
        Its slope is one or zero, for about half of the units each, and with PyTorch's own initial weights it ends
        between sigmoid and tanh.
        """,
        change={},
        holds="""
relu = gradient_norms(network(torch.nn.ReLU))
assert sigmoid[0] < relu[0] < tanh[0]
assert sigmoid[0] / sigmoid[-1] < relu[0] / relu[-1] < tanh[0] / tanh[-1]

slopes, passed = [], inputs
for layer in network(torch.nn.ReLU).modules():
    if not isinstance(layer, nn.Sequential):
        before, passed = passed, layer(passed)
    if isinstance(layer, torch.nn.ReLU):
        slopes.append(torch.autograd.grad(passed.sum(), before, retain_graph=True)[0])
slopes = torch.stack(slopes)
assert set(slopes.unique().tolist()) == {0, 1}
assert 0.4 < slopes.mean() < 0.6
""",
    ),
    Claim(
        "gradient-flow",
        """
        Treble the `gain` in `xavier`.
        Now the gradient grows on its way back, and the first layer gets a far larger one than the last: it explodes.
        """,
        change={"gain=nn.init.calculate_gain": "gain=3 * nn.init.calculate_gain"},
        holds="""
assert tanh_xavier[0] > 10 * tanh_xavier[-1]
assert sorted(tanh_xavier[:12], reverse=True) == tanh_xavier[:12]
""",
    ),
    Claim(
        "gradient-flow",
        """
        Use `Residual` with `nn.Sigmoid` and a `depth` of sixty.
        The ratio of the first norm to the last stays above a ten-thousandth.
        """,
        change={},
        holds="""
deep = network(nn.Sigmoid, depth=60, block=Residual)
assert len(weights_of(deep)) == 61
assert 2e-4 < first_to_last(gradient_norms(deep)) < 1
""",
    ),
    Claim(
        "simulation",
        """
        Call `aim` with a steep `start`, five times as large.
        It finds another solution, a high throw that comes down on the same target: gradient descent stays on its side
        of the farthest throw.
        """,
        change={},
        holds="""
grid = torch.linspace(0.5, 1.0, 51, dtype=torch.float64)
farthest = max(grid, key=lambda angle: landing(fly(angle)))
angles, unrecorded = [], fly
fly = lambda angle: angles.append(angle.item()) or unrecorded(angle)
high = aim(5 * 0.25)
assert abs(landing(high[-1]) - 8) < 0.05
assert max(y for _, y in high[-1]) > 3 * max(y for _, y in throws[-1])
assert min(angles) > farthest + 0.1
""",
    ),
    Claim(
        "simulation",
        """
        Call `aim` with a `target` of twenty metres.
        That is out of reach.
        The angle comes close to that of the farthest throw, and goes back and forth there: the slope of the landing
        point is small and changes its sign, and the miss stays large.
        """,
        change={},
        holds="""
grid = torch.linspace(0.5, 1.0, 51, dtype=torch.float64)
farthest = max(grid, key=lambda angle: landing(fly(angle)))
assert landing(fly(farthest)) < 10
angles, unrecorded = [], fly
fly = lambda angle: angles.append(angle.item()) or unrecorded(angle)
far = aim(0.25, target=20.0)
assert all(abs(angle - farthest) < 0.03 for angle in angles[1:])
assert abs(landing(far[-1]) - 20) > 10


def gradient(angle):
    angle = torch.tensor(angle, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(landing(unrecorded(angle)), angle)[0]


there = [gradient(angle) for angle in angles[1:]]
assert all(abs(slope) < 0.05 * gradient(angles[0]) for slope in there)
assert min(there) < 0 < max(there)
""",
    ),
    Claim(
        "simulation",
        """
        Set `drag` to zero.
        At half of a right angle the gradient is now small: without air, that throw goes farthest, up to the length of
        the time steps.
        """,
        change={"drag=0.05": "drag=0.0"},
        holds="""
def gradient(**settings):
    angle = torch.tensor(math.pi / 4, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(landing(fly(angle, **settings)), angle)[0]


assert abs(gradient()) < 0.25 * abs(gradient(drag=0.05))
assert abs(gradient(dt=0.002)) < 0.25 * abs(gradient())
grid = torch.linspace(0.6, 1.0, 41, dtype=torch.float64)
assert abs(max(grid, key=lambda angle: landing(fly(angle))) - math.pi / 4) < 0.02
""",
    ),
    Claim(
        "training-loop",
        """
        Take a learning rate nine times as large in the first loop.
        The loss falls for some steps and then explodes: where the valley is steepest, each step lands farther up on the
        other side than where it began.
        """,
        change={
            "parameter -= 0.1 * parameter.grad\n            parameter.grad = None": (
                "parameter -= 9 * 0.1 * parameter.grad\n            parameter.grad = None"
            )
        },
        holds="""
lowest = by_hand.index(min(by_hand))
assert 3 < lowest < 20
assert sorted(by_hand[: lowest + 1], reverse=True) == by_hand[: lowest + 1]
assert by_hand[-1] > 1e6

inputs = torch.cat([x, torch.ones(200, 1)], dim=1)
factors = 1 - 9 * 0.1 * torch.linalg.eigvalsh(2 * inputs.T @ inputs / 200)
assert factors[-1] < -1 < factors[:-1].min() and factors.max() < 1
""",
        fails="assert by_hand[-1] < 1e-3",
    ),
    Claim(
        "training-loop",
        """
        Call `train` with a `momentum` of nine tenths.
        The loss overshoots like the third curve, but now there is friction, and it ends where the first two end.
        """,
        change={},
        holds="""
losses = train(momentum=0.9)
for overshooting in (losses, uncleared):
    assert max(overshooting[10:20]) > 2 * min(overshooting[:10])
assert math.isclose(losses[-1], by_hand[-1], rel_tol=0.01)
assert math.isclose(losses[-1], with_optimizer[-1], rel_tol=0.01)
""",
    ),
    Claim(
        "training-loop",
        """
        Make the noise a hundred times as large.
        The loss stays above one, and the weights are off in the second decimal: training finds what fits the data best,
        not what made them.

        In the first and the third case the assertions above tell you so, too.
        """,
        change={"0.01 * torch.randn(200)": "100 * 0.01 * torch.randn(200)"},
        holds="""
assert min(by_hand) > 1
assert all(0.01 < abs(error) < 0.1 for error in weight - true_weight)

inputs = torch.cat([x, torch.ones(200, 1)], dim=1)
best = torch.linalg.lstsq(inputs, y[:, None]).solution.flatten()
assert torch.allclose(torch.cat([weight, bias[None]]), best, atol=1e-3)
assert loss_of(weight, bias) < loss_of(true_weight, true_bias)
""",
        fails="assert by_hand[-1] < 1e-3",
    ),
]

_ours = CLAIMS[0]
# Rows that must be found wrong, with a part of the message.
FALSE = [
    (replace(_ours, holds=_ours.holds.replace("3 * first <", "5 * first <")), "    assert 5 * first < a.grad"),
    (replace(_ours, change={}), "RuntimeError: Trying to backward through the graph a second time"),
    (replace(_ours, fails="assert largest < 1e-14", holds=""), "this assertion of the tutorial no longer fails"),
    (replace(CLAIMS[1], holds="assert a.grad == x.grad"), "not the tutorial's 'assert largest < 1e-14' fails, but:"),
]
ROWS = [*CLAIMS, *(claim for claim, _ in FALSE)]

# Runs each file in a process of its own, forked from this one, which has imported what takes long.
RUNNER = """
import os, sys, traceback
from pathlib import Path
import matplotlib.pyplot, torch._dynamo

for path in map(Path, sys.argv[1:]):
    if os.fork() == 0:
        lines = []
        try:
            exec(compile(path.read_text(encoding="utf-8"), path, "exec"), {"__name__": "__main__"})
        except Exception as error:
            lines = traceback.format_exception(error.with_traceback(error.__traceback__.tb_next))
        path.with_suffix(".error").write_text("".join(lines), encoding="utf-8")
        os._exit(0)
    os.wait()
"""


# Every suggestion stands in the table, and the table has nothing else


def _suggestions(page: str) -> list[tuple[int, str]]:
    """Return the suggestions of a tutorial's text with their lines; what stands below the last one belongs to it."""
    section = re.search(r"(?ms)^# ## [^\n]*\{ #change \}$.*?(?=^# ## )", page)
    assert section, "end this tutorial with a section `## Change something { #change }`, like the others"
    found = []
    for number, line in enumerate(section[0].splitlines(), page.count("\n", 0, section.start()) + 1):
        text = line.removeprefix("#").strip()
        if text.startswith("- "):
            found.append((number, text[2:]))
        elif found:
            found[-1] = found[-1][0], f"{found[-1][1]} {text}".strip()
    return found


def _unlisted(tutorial: str, page: str, claims: list[Claim]) -> list[Problem]:
    """Return where a tutorial's text and the table differ."""
    name = f"{PAGES}/{tutorial}.py"
    suggestions = _suggestions(page)
    claimed = [" ".join(claim.says.split()) for claim in claims if claim.tutorial == tutorial]
    return [
        Problem(
            name,
            line,
            f"no row of {HERE} says what this suggestion says: {text}",
            "Is it new? Add a row that makes the change, and asserts each thing that the page says will happen.\n"
            "  Is it reworded? See that `change` and `holds` of its row are what it says now, and copy it to `says`.",
        )
        for line, text in suggestions
        if text not in claimed
    ] + [
        Problem(
            HERE,
            0,
            f"a row says what {name} does not say: {text}",
            "Is the page reworded? See above. Is the suggestion gone? Delete the row.",
        )
        for text in claimed
        if text not in [text for _, text in suggestions]
    ]


@pytest.mark.parametrize("tutorial", NAMES)
def test_every_suggestion_has_a_row_that_says_the_same(project, tutorial):
    expect_none(_unlisted(tutorial, read_text(project / PAGES / f"{tutorial}.py"), CLAIMS))


# What is suggested runs


def _taken(path: Path) -> str:
    """Return the text of a tutorial as a reader takes it away, whatever its links lead to."""
    return tutorial_files.python(read_file(path), address=str)


def _changed(page: str, claim: Claim) -> str:
    """Return the tutorial's text with the change made and the assertions added.

    Raises:
        ValueError: A text that is to be replaced does not stand there exactly once.
    """
    holds = f"import math\n{claim.holds.strip()}\n"
    change = claim.change | ({f"\n{claim.fails}\n": f"\n{holds}{claim.fails}\n"} if claim.fails else {})
    for old, new in change.items():
        if (count := page.count(old)) != 1:
            raise ValueError(f"the tutorial has changed: this stands there {count} times, and not once:\n{old}")
        page = page.replace(old, new)
    return page if claim.fails else f"{page}\n{holds}"


def _fault(claim: Claim, error: str) -> str:
    """Return what is wrong about a claim whose changed tutorial ended with this traceback or ""; "" where it is right."""
    if not claim.fails:
        return f"the changed tutorial raises:\n{error}" if error else ""
    if not error:
        return f"this assertion of the tutorial no longer fails: {claim.fails}"
    if not error.endswith("\nAssertionError") or f"\n    {claim.fails}\n" not in error:
        return f"not the tutorial's {claim.fails!r} fails, but:\n{error}"
    return ""


@pytest.fixture(scope="module")
def errors(project, without_us, tmp_path_factory) -> Path:
    """A folder with the traceback of each changed tutorial, under the number of its row: empty where it ran through."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork a process")

    def run_all(folder: Path) -> None:
        folder.mkdir()
        for number, claim in enumerate(ROWS):
            # The test of a row whose change cannot be made says so.
            with contextlib.suppress(ValueError):
                text = _changed(_taken(project / PAGES / f"{claim.tutorial}.py"), claim)
                (folder / f"{number}.py").write_text(text, encoding="utf-8")
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", RUNNER, *map(str, folder.glob("*.py"))],
            env={**without_us, "MPLBACKEND": "agg"},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=300,
        )

    return once_for_all_workers("changes", tmp_path_factory, run_all)


def _error(errors: Path, claim: Claim) -> str:
    path = errors / f"{ROWS.index(claim)}.error"
    assert path.exists(), f"this change could not be made, or Python itself ended when it ran: {claim}"
    return path.read_text(encoding="utf-8").rstrip()


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.tutorial}: {' '.join(claim.says.split()[:8])}")
def test_what_a_tutorial_says_of_a_change_happens(project, errors, claim):
    name = f"{PAGES}/{claim.tutorial}.py"
    try:
        _changed(_taken(project / name), claim)
    except ValueError as error:
        fault = str(error)
        remedy = f"Adapt `change` and `fails` of its row in {HERE}, and see that the claim still holds."
    else:
        fault = _fault(claim, _error(errors, claim))
        remedy = f"Say on the page, in both languages, what does happen; or correct its row in {HERE}."
    if fault:
        pytest.fail(f"{name} says: {' '.join(claim.says.split())}\nBut {fault}\n  {remedy}", pytrace=False)


# A fault is noticed


@pytest.mark.parametrize(("claim", "message"), FALSE, ids=[message.strip() for _, message in FALSE])
def test_a_claim_that_does_not_hold_is_noticed(errors, claim, message):
    assert message in _fault(claim, _error(errors, claim))


def test_a_change_that_no_longer_fits_the_tutorial_is_noticed():
    claim = Claim("tiny", "Take two.", {"= 1": "= 2"}, "assert x == 2")
    assert _changed("x = 1\n", claim) == "x = 2\n\nimport math\nassert x == 2\n"
    for page, count in (("x = 3\n", 0), ("x = 1\ny = 1\n", 2)):
        with pytest.raises(ValueError, match=f"the tutorial has changed: this stands there {count} times"):
            _changed(page, claim)


def test_a_reworded_suggestion_is_noticed_with_its_line_and_so_is_the_row_that_it_had():
    page = "# ## Change something { #change }\n#\n# Try:\n#\n# - Take two.\n#   It grows.\n#\n# ## Read next\n"
    claims = [Claim("tiny", "Take two.\n It grows.", {}, "")]
    assert _unlisted("tiny", page, claims) == []
    suggestion, row = _unlisted("tiny", page.replace("grows", "explodes"), claims)
    assert str(suggestion).startswith(f"{PAGES}/tiny.py:5: no row of {HERE} says what this suggestion says: Take two.")
    assert "a row says what docs/en/tutorials/tiny.py does not say: Take two. It grows." in str(row)
