"""No machine prints another output: each example also runs with its inexact results rounded in other right ways."""

import math
from pathlib import Path

import pytest

from tests.console import live, section, written
from tests.expect import expect_none
from tests.judges import machines
from tests.judges.machines import judge_machines
from tests.judges.project import Project

PROJECT = Project(Path(__file__).parent.parent)
IMPORTS = ">>> import math\n>>> import numpy\n>>> import torch\n"


@pytest.mark.parametrize("stem", machines.all_stems(PROJECT))
def test_every_output_is_the_same_on_another_machine(stem, project, monkeypatch):
    monkeypatch.chdir(project)
    # What was judged as it is now comes out as it did; the weekly check judges it all the same.
    expect_none([] if machines.is_recorded(PROJECT, stem) else judge_machines(PROJECT, stem))


# What they print depends on the machine that runs this test.
FRAGILE = {
    "a number next to a border of the printed form": "torch.tensor(1e-8).sqrt()",
    "all digits of a function": "torch.tensor(1.0).exp().item()",
    "all digits of a double": "torch.tensor(2.0).double().log().item()",
    "all digits of a sum of products": "(torch.full((3, 3), 0.1) @ torch.full((3, 3), 0.7))[0, 0].item()",
    "a sum that depends on the order": "torch.tensor([1e8, 1.0, -1e8, 1.0]).sum()",
    "two ways to the same number": "torch.tensor(3.0).exp().log() == 3",
    "errors that cancel": "torch.tensor(3 + 4j).sgn() * 10",
    "a gradient": "torch.autograd.functional.jacobian(torch.tanh, torch.tensor(0.5)).item()",
    "a function of `math`": "math.exp(1.0)",
    "a function of NumPy": "numpy.log(numpy.array([3.0])).tolist()",
}
ROBUST = {
    "the root of a square": ("torch.tensor(9.0).sqrt()", "tensor(3.)"),
    "a power of two": ("torch.tensor(8.0).log2().item()", "3.0"),
    "a function where it is exact": ("torch.tensor(0.0).exp().item()", "1.0"),
    "a norm that is an integer": ("torch.tensor([3.0, 4.0]).norm().item()", "5.0"),
    "integers": ("torch.arange(10).sum()", "tensor(45)"),
    "a sum of small numbers": ("torch.arange(10.0).mean().item()", "4.5"),
    "a product of small numbers": ("torch.arange(4.0) @ torch.arange(4.0)", "tensor(14.)"),
    "arithmetic of IEEE 754": ("(torch.tensor(0.1) * 3 / 7).item()", "0.04285714402794838"),
    "a power that is a product": ("(torch.tensor(0.1) ** 2).item()", "0.010000000707805157"),
    "a double that was given": ("torch.tensor([0.1, -0.7]).double().abs().max().item()", "0.699999988079071"),
    "the same, twice": ("torch.equal(torch.tensor(1.1).exp(), torch.tensor(1.1).exp())", "True"),
    "a comparison with a bound": ("torch.allclose(torch.tensor(1.0).exp(), torch.tensor(math.e))", "True"),
    "few digits": ("torch.tensor(1.0).exp()", "tensor(2.7183)"),
    "rounded": ("round(math.exp(1.0), 3)", "2.718"),
    "a function of `math` where it is exact": ("math.exp(0.0), math.hypot(3.0, 4.0)", "(1.0, 5.0)"),
    "a root of `math`": ("math.sqrt(2.0)", "1.4142135623730951"),
    "a product with a conjugate": ("torch.tensor([[1j, 2]]).conj() @ torch.tensor([[1j], [1]])", "tensor([[3.+0.j]])"),
    "what PyTorch does not check in a mode": (
        "torch.linalg.eig(torch.tensor([[0.0, -1.0], [1.0, 0.0]], requires_grad=True))[1].real.sum().backward()",
        "Traceback (most recent call last):\n  ...\nRuntimeError: linalg_eig_backward: The eigenvectors in the complex case "
        "are specified up to multiplication by e^{i phi}. The specified loss function depends on this quantity, so it is "
        "ill-defined.",
    ),
    "random numbers": ("torch.rand(1, generator=torch.Generator().manual_seed(0)).item()", "0.4962565898895264"),
}


def _planted(folder: Path, code: str) -> Project:
    """A project with one snippet."""
    written(folder, section("planted", IMPORTS + code), "snippets/planted.md")
    return Project(folder)


def _judged(folder: Path, code: str, output: str) -> list[str]:
    return [str(problem) for problem in judge_machines(_planted(folder, f">>> {code}\n{output}"), "planted.md")]


@pytest.mark.parametrize("name", FRAGILE)
def test_an_output_that_hangs_on_the_last_digits_is_named_with_its_line_and_what_to_do(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    code = FRAGILE[name]
    output = live(f"{IMPORTS}>>> {code}")[-1]
    [message] = _judged(tmp_path, code, output)
    assert message.startswith("snippets/planted.md:6: another machine would print this otherwise")
    assert f">>> {code}\n  - {output}  + " in message
    assert "Print an exact number, fewer digits" in message


@pytest.mark.parametrize("name", ROBUST)
def test_an_output_that_holds_everywhere_is_not_named(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert not _judged(tmp_path, *ROBUST[name])


def test_a_drift_of_this_machine_is_not_blamed_on_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not _judged(tmp_path, "torch.tensor(9.0).sqrt()", "tensor(4.)")


def test_a_cell_that_hangs_on_the_last_digits_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    header = "# ---\n# title: Planted\n# description: A tutorial.\n# ---\n\n"
    cell = "# %% planted\nimport torch\n\nprint(torch.tensor(1.0).exp().item())\n"
    output = live(">>> import torch\n>>> print(torch.tensor(1.0).exp().item())")[-1]
    written(tmp_path, header + cell, "docs/en/tutorials/planted.py")
    written(tmp_path, f"%% planted\n{output}", "snippets/tutorials/planted.txt")
    [problem] = judge_machines(Project(tmp_path), "tutorials/planted.md")
    assert (problem.name, problem.line) == ("docs/en/tutorials/planted.py", 7)
    assert f"  - {output}  + 2.718281" in problem.what


@pytest.mark.parametrize("change", [">>> 40 + 3\n43", ">>> 40 + 2\n43", ">>> torch.tensor(1.0).exp().item()\n2.7"])
def test_what_is_recorded_is_judged_again_when_code_or_output_change(tmp_path, monkeypatch, change):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machines, "RECORD", written(tmp_path, "", "record.txt"))
    project = _planted(tmp_path, ">>> 40 + 2\n42")
    assert not machines.is_recorded(project, "planted.md")
    assert not machines.record(project)
    assert machines.is_recorded(project, "planted.md")
    assert not machines.is_recorded(_planted(tmp_path, change), "planted.md")


def test_what_another_machine_prints_otherwise_is_not_recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machines, "RECORD", written(tmp_path, "", "record.txt"))
    project = _planted(tmp_path, f">>> math.exp(1.0)\n{math.exp(1.0)}")
    assert machines.record(project)
    assert not machines.is_recorded(project, "planted.md")
