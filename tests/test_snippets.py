"""Every documented output of the site is what Python prints here, and on other processors."""

import os
import subprocess
import sys

import pytest
import torch

from autograd_notes.engine.drift import find_drifts
from tests.console import fence, outputs, written
from tests.judges.project import Project

CHECK = """
import sys
from autograd_notes.__main__ import main
sys.exit(main(["check", *sys.argv[1:]]))
"""
# Says whether the examples run on the plain processor that was asked for.
CAPABILITY = "```pycon\n>>> import torch; torch.backends.cpu.get_cpu_capability()\n'DEFAULT'\n```\n"


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


def test_a_plain_processor_prints_the_same(work, project, tmp_path):
    # Of tutorials, the Python file that a reader takes away runs on one (tests/test_tutorials.py).
    # MKL, where torch is built with it, has its own functions for each maker of processors: 0 is the code for AMD's.
    environment = {"ATEN_CPU_CAPABILITY": "default", "MKL_VML_DEBUG_CPU_TYPE": "0"}
    plain = written(tmp_path, CAPABILITY)
    result = _python(CHECK, str(plain), *_names(work), project=project, **environment)
    assert result.returncode == 0, f"{result.stdout}{result.stderr}\nPrint fewer digits, or exact numbers."


@pytest.mark.skipif("AVX" not in torch.backends.cpu.get_cpu_capability(), reason="that code needs AVX2")
def test_a_processor_of_intel_prints_the_same(work, project):
    # 3 is MKL's code for Intel's processors with AVX2; those with AVX-512 alone could run that for AVX-512.
    result = _python(CHECK, *_names(work), project=project, MKL_VML_DEBUG_CPU_TYPE="3")
    assert result.returncode == 0, f"{result.stdout}{result.stderr}\nPrint fewer digits, or exact numbers."


def test_each_session_has_a_process_of_its_own_in_which_nothing_ran():
    text = fence(">>> import os, torch\n>>> torch.ran = True\n>>> os.getpid()", 'session="a"') + fence(
        ">>> import os, torch\n>>> hasattr(torch, 'ran')\n>>> os.getpid()", 'session="b"'
    )
    (_, _, one), (_, ran, other) = outputs(text)
    assert ran == "False\n"
    assert len({one, other, f"{os.getpid()}\n"}) == 3
