"""Every documented output of the site is what Python prints."""

import os

import pytest

from autograd_notes.engine.drift import find_drifts
from tests.console import fence, outputs


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


def test_each_session_has_a_process_of_its_own_in_which_nothing_ran():
    text = fence(">>> import os, torch\n>>> torch.ran = True\n>>> os.getpid()", 'session="a"') + fence(
        ">>> import os, torch\n>>> hasattr(torch, 'ran')\n>>> os.getpid()", 'session="b"'
    )
    (_, _, one), (_, ran, other) = outputs(text)
    assert ran == "False\n"
    assert len({one, other, f"{os.getpid()}\n"}) == 3
