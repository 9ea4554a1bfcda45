"""Two builds of one state of the project are the same, wherever, whenever and on whichever processor they are made."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from autograd_notes.site.history import EPOCH, date_of_last_commit
from tests.conftest import build_site
from tests.console import fence, written

PARTS = ("docs", "snippets", "src", "mkdocs.yml", "mkdocs.zh.yml")
# MKL, where torch is built with it, has its own functions for each maker of processors: 0 is AMD's code, 3 is Intel's
# with AVX2. PyTorch itself has a plain variant of its functions, which any processor can run.
IS_INTEL = "Intel" in (Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else platform.processor())
OF_ANOTHER_MAKER = "0" if IS_INTEL or "AVX" not in torch.backends.cpu.get_cpu_capability() else "3"
PROCESSOR = {"ATEN_CPU_CAPABILITY": "default", "MKL_VML_DEBUG_CPU_TYPE": OF_ANOTHER_MAKER}
# A point of a plot, in pixels. What is plotted has often been trained, and processors agree on no more than a tenth.
PLACE = re.compile(rb"\b\d+\.\d\d\b")
PIXELS = 0.1
# A curve that comes back to where it began is closed where the two are the same number.
CLOSED = re.compile(rb'z (?=\\?")')


@pytest.fixture
def made_elsewhere(site, project, tmp_path) -> Path:
    """The same site, from a copy of the project in which no tutorial ran yet."""
    for part in PARTS:
        copy = shutil.copytree if (project / part).is_dir() else shutil.copy
        copy(project / part, tmp_path / part)
    # Pages say when they last changed, which the copy knows from the same history.
    (tmp_path / ".git").symlink_to(project / ".git")
    environment = {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", **PROCESSOR}
    if date := os.environ.get(EPOCH) or date_of_last_commit(project):
        environment[EPOCH] = date
    try:
        build_site(tmp_path, tmp_path / "again", **environment)
    except AssertionError as error:
        pytest.fail(
            f"with {environment}: {error}\nWhere outputs drift there alone: print fewer digits, or exact numbers."
        )
    return tmp_path / "again"


def test_a_build_in_another_folder_time_zone_hash_order_and_processor_gives_the_same(site, made_elsewhere):
    first, second = _files(site), _files(made_elsewhere)
    assert sorted(first) == sorted(second), "the two builds have different files"
    differing = [name for name in first if not _agree(first[name], second[name])]
    if differing:
        pytest.fail("\n".join(["differ between two builds:", *differing]), pytrace=False)


def test_that_build_runs_its_examples_on_a_plain_processor(tmp_path):
    text = fence(">>> import torch\n>>> torch.backends.cpu.get_cpu_capability()\n'DEFAULT'")
    command = [sys.executable, "-m", "autograd_notes", "check", str(written(tmp_path, text))]
    result = subprocess.run(command, env={**os.environ, **PROCESSOR}, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("other", "agrees"), [(b"L 1.05 2.99 z", True), (b"L 1.25 2.99 z", False), (b"L 1.05 2 z", False)]
)
def test_plots_may_differ_by_a_tenth_of_a_pixel_and_by_nothing_else(other, agrees):
    assert _agree(b"L 1.00 3.00 z", other) == agrees


def _agree(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    rest, other_rest = (CLOSED.sub(b"", PLACE.sub(b"", text)) for text in (one, other))
    places = zip(PLACE.findall(one), PLACE.findall(other), strict=False)
    return rest == other_rest and all(abs(float(a) - float(b)) < PIXELS for a, b in places)


def _files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
