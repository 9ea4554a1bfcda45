"""Every documented output of the site is what Python prints here and now, on other processors, and in any order."""

import json
import os
import subprocess
import sys

import pytest
import torch

from autograd_notes.engine.drift import find_drifts
from tests.judges.project import Project

CHECK_AND_NAME_THE_PROCESSOR = """
import sys, torch
from autograd_notes.__main__ import main
print(torch.backends.cpu.get_cpu_capability())
sys.exit(main(["check", *sys.argv[1:]]))
"""
# Torch is imported, with what its function transforms import when first called, and nothing has run when each file
# gets a process of its own.
PRINT_EACH_ALONE = """
import json, os, sys
from pathlib import Path
import torch._dynamo
from autograd_notes.engine import session
from autograd_notes.engine.snippet import read_sections
said = {}
for name in sys.argv[1:]:
    receive, send = os.pipe()
    if os.fork() == 0:
        outcomes = session.run([section.block for section in read_sections(Path(name))], name)
        with os.fdopen(send, "w") as text:
            json.dump([[outcome.output for outcome in block] for block in outcomes], text)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as text:
        said[name] = json.loads(text.read())
    os.wait()
json.dump(said, sys.stdout)
"""


def _names(work: Project) -> list[str]:
    return [work.snippet_name(stem) for stem in work.snippet_stems()]


def _python(code: str, *arguments: str, project, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_documented_output_is_the_live_one(work):
    stems = [*work.snippet_stems(), *filter(work.is_tutorial, work.page_stems("en"))]
    drifts = [
        f"{run_name}:{drift.statement.line}\n{drift}"
        for run_name, runs in ((work.snippet_name(stem), work.runs(stem)) for stem in stems)
        for run in runs.values()
        for drift in find_drifts([run.section.block], [run.outcomes])
    ]
    if drifts:
        pytest.fail("\n".join([*drifts, "Where the live output is right: make accept"]), pytrace=False)


def test_a_plain_processor_prints_the_same(work, project):
    # Of tutorials, the Python file that a reader takes away runs on one (tests/test_tutorials.py).
    # MKL, where torch is built with it, has its own functions for each maker of processors: 0 is the code for AMD's.
    environment = {"ATEN_CPU_CAPABILITY": "default", "MKL_VML_DEBUG_CPU_TYPE": "0"}
    result = _python(CHECK_AND_NAME_THE_PROCESSOR, *_names(work), project=project, **environment)
    assert result.stdout.splitlines()[0] == "DEFAULT"
    assert result.returncode == 0, f"{result.stdout}{result.stderr}\nPrint fewer digits, or exact numbers."


@pytest.mark.skipif("AVX" not in torch.backends.cpu.get_cpu_capability(), reason="that code needs AVX2")
def test_a_processor_of_intel_prints_the_same(work, project):
    # 3 is MKL's code for Intel's processors with AVX2; those with AVX-512 alone could run that for AVX-512.
    result = _python(CHECK_AND_NAME_THE_PROCESSOR, *_names(work), project=project, MKL_VML_DEBUG_CPU_TYPE="3")
    assert result.returncode == 0, f"{result.stdout}{result.stderr}\nPrint fewer digits, or exact numbers."


def test_the_reverse_order_prints_the_same(work):
    reverse = Project(work.root)
    for stem in reversed(work.snippet_stems()):
        assert _outputs(reverse, stem) == _outputs(work, stem), (
            f"{work.snippet_name(stem)} depends on what ran before it"
        )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork: a fresh process for each file would take minutes")
def test_each_alone_in_a_fresh_process_prints_the_same(work, project):
    result = _python(PRINT_EACH_ALONE, *_names(work), project=project)
    assert result.returncode == 0, result.stderr
    alone = json.loads(result.stdout)
    different = [
        f"{work.snippet_name(stem)}:{statement.line}\n  with the others:\n{here}  alone:\n{there}"
        for stem in work.snippet_stems()
        for run, outputs in zip(work.runs(stem).values(), alone[work.snippet_name(stem)], strict=True)
        for statement, here, there in zip(
            run.section.block.statements, (outcome.output for outcome in run.outcomes), outputs, strict=True
        )
        if here != there
    ]
    assert not different, "\n".join(different)


def _outputs(work: Project, stem: str) -> list[list[str]]:
    return [run.outputs for run in work.runs(stem).values()]
