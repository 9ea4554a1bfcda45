"""A page as a Python file: prose as comments, code as it stands, in cells that editors and Jupyter know."""

import ast
import subprocess
import sys

import pytest

from autograd_notes.downloads.page_python import python
from autograd_notes.downloads.portable import parts
from tests.console import fence, page_run

PAGE = f"""# Title

Some *prose*,
on two lines.

{fence(">>> x = 1" + chr(10) + ">>> x" + chr(10) + "1" + chr(10) + ">>> y = 2")}

More of it.

{fence(">>> x", 'input="hidden"')}
"""


def test_prose_becomes_comments_and_code_becomes_cells():
    made = python(parts(page_run(PAGE), str), "A note.")
    assert made == (
        "# %% [markdown]\n# A note.\n\n"
        "# %% [markdown]\n# # Title\n#\n# Some *prose*,\n# on two lines.\n\n"
        "# %%\nx = 1\nx\n\n"
        "# %%\ny = 2\n\n"
        "# %% [markdown]\n# More of it.\n"
    )


def test_every_page_with_examples_offers_one_that_python_can_read(site):
    found = sorted(site.rglob("*.py"))
    assert {site / "notes/scalar/scalar.py", site / "zh/notes/scalar/scalar.py", site / "index.py"} <= set(found)
    for path in found:
        ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["index.py", "zh/explanation/graph/graph.py"])
def test_a_page_that_raises_nothing_runs_as_a_script_without_this_project(site, without_us, name, tmp_path):
    code = (site / name).read_text(encoding="utf-8")
    quiet = "\n".join(line for line in code.splitlines() if line != "y.grad_fn = None")
    result = subprocess.run(
        [sys.executable, "-"], input=quiet, capture_output=True, text=True, env=without_us, cwd=tmp_path
    )
    assert not result.returncode, result.stderr
