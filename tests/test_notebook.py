"""Every page offers a notebook that a reader without this project can run, and that then shows what the page shows."""

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograd_notes.downloads.page_notebook import notebook
from autograd_notes.downloads.portable import parts
from autograd_notes.engine.session import scrub
from tests.another_processor import ANOTHER_PROCESSOR
from tests.console import page_run

SNIPPETS = Path(__file__).parent.parent / "snippets"
# Beside the page: `notes/scalar/scalar.ipynb`, `index.ipynb`.
NOTEBOOKS = [
    (path if path.stem == "index" else path.with_suffix("") / path.name).with_suffix(".ipynb").as_posix()
    for path in (path.relative_to(SNIPPETS) for path in sorted(SNIPPETS.rglob("*.md")))
    if path.stem != "README"
]
# The pictures of this page have words in the page's language, and its code needs this project, as the page says.
WITH_US = "how-to/your-own-graph/your-own-graph.ipynb"
# These run in kernels. A kernel for each notebook would take minutes, most of them to import PyTorch; the others run in
# what a kernel runs them in, IPython's shell.
IN_KERNELS = ["index.ipynb", "notes/scalar/scalar.ipynb", "explanation/compile/compile.ipynb", WITH_US]
# Runs each notebook in a copy of a process that has imported what takes long, by IPython, as a kernel does, and writes
# its outputs.
RUNNER = """
import contextlib, gc, io, json, os, sys
import matplotlib.pyplot, torch._dynamo
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


class Stream(io.TextIOBase):
    def __init__(self, name, outputs):
        self.name, self.outputs = name, outputs

    def write(self, text):
        self.outputs.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)


def run(path):
    shell.showtraceback = lambda *arguments, **options: None
    shown = []
    for cell in json.load(open(path)):
        outputs = []

        def show(value):
            if value is not None:
                data = shell.display_formatter.format(value)[0]
                outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})

        shell.display_trap.hook = show
        with contextlib.redirect_stdout(Stream("stdout", outputs)), contextlib.redirect_stderr(Stream("stderr", outputs)):
            result = shell.run_cell(cell)
        if error := result.error_before_exec or result.error_in_exec:
            outputs.append({"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": []})
        shown.append(outputs)
    with open(path + ".outputs", "w") as file:
        json.dump(shown, file)


shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
shell.run_cell("torch = None")
shell.reset()
gc.freeze()
for path in sys.argv[1:]:
    if child := os.fork():
        os.waitpid(child, 0)
    else:
        try:
            run(path)
        finally:
            os._exit(0)
"""
# They are not compared, and IPython takes longer to colour one than to run most cells.
SHORT_TRACEBACKS = ["--InteractiveShell.xmode=Plain"]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WARNING = re.compile(r"(?m)^.*?(\w+Warning: .*)$")
SITE_ONLY = re.compile(r"^(?:!!!|\?\?\?|--8<--|:::)|\{ *[#.:][^{}$]*\}$", re.MULTILINE)
RELATIVE_LINK = re.compile(r"\]\((?!https?://)[^)]*\)")
PAGE = """# Title { #title }

Look at $x$, and [there](other.md#place) and [here](#title).

!!! note "A box"

    Text in the box.

    ```pycon
    >>> x = 1
    >>> for i in range(2): i
    0
    1
    ```

    $$
    x = 1
    $$

Behind the box.

```pycon
>>> import warnings
>>> warnings.warn("look out")
UserWarning: look out
>>> print("text")
text
>>> 1 / 0
Traceback (most recent call last):
  ...
ZeroDivisionError: division by zero
```
"""


@pytest.fixture(scope="module")
def notebooks(site):
    """The notebooks of the English pages, by their path; those of tutorials have tests of their own."""
    paths = [path.relative_to(site) for path in sorted(site.rglob("*.ipynb"))]
    ours = [path for path in paths if path.parts[0] not in ("zh", "tutorials")]
    assert ours, "the site offers no notebook"
    return {path: nbformat.read(site / path, as_version=4) for path in ours}


def test_every_notebook_is_valid(site, notebooks):
    for path in [*notebooks, *("zh" / path for path in notebooks)]:
        nbformat.validate(json.loads((site / path).read_text(encoding="utf-8")))


def test_both_languages_have_the_same_cells_of_code_with_the_same_outputs(site, notebooks):
    for path, english in notebooks.items():
        chinese = nbformat.read(site / "zh" / path, as_version=4)
        code = _sources if str(path) == WITH_US else _code
        assert code(english) == code(chinese), f"{path}: the notebooks of the two languages differ"


def test_a_notebook_holds_nothing_that_only_this_site_understands(site, notebooks):
    for path in [*notebooks, *("zh" / path for path in notebooks)]:
        for cell in nbformat.read(site / path, as_version=4).cells:
            if cell.cell_type == "markdown":
                text = re.sub(r"`[^`]*`", "", cell.source)
                assert not SITE_ONLY.search(text), f"{path}: {SITE_ONLY.search(text)[0]!r} in:\n{text}"
                assert not RELATIVE_LINK.search(text), f"{path}: {RELATIVE_LINK.search(text)[0]!r} leads nowhere"


def test_every_page_with_a_snippet_offers_a_notebook(notebooks):
    assert sorted(map(str, notebooks)) == sorted(NOTEBOOKS)


@pytest.mark.parametrize("path", IN_KERNELS)
def test_a_notebook_runs_in_a_kernel_without_this_project_and_shows_what_its_page_shows(
    notebooks, without_us, tmp_path, path
):
    live = copy.deepcopy(notebooks[Path(path)])
    for cell in _code_cells(live):
        cell.outputs = []
    try:
        NotebookClient(live, timeout=120, shutdown_kernel="immediate", extra_arguments=SHORT_TRACEBACKS).execute(
            env=dict(os.environ) if path == WITH_US else without_us, cwd=str(tmp_path)
        )
    except CellExecutionError as error:
        pytest.fail(f"{path}: does not run through:\n{COLOUR.sub('', str(error))}", pytrace=False)
    if problems := _problems(path, notebooks[Path(path)], live):
        pytest.fail("\n\n".join(problems), pytrace=False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
def test_all_notebooks_show_what_their_pages_show_without_this_project_and_on_another_processor(
    notebooks, without_us, tmp_path
):
    files = {path: tmp_path / path.replace("/", "-") for path in NOTEBOOKS if path != WITH_US}
    for path, file in files.items():
        file.write_text(json.dumps(_sources(notebooks[Path(path)])), encoding="utf-8")
    command = [sys.executable, "-c", RUNNER, *map(str, files.values())]
    subprocess.run(command, env={**without_us, **ANOTHER_PROCESSOR}, cwd=tmp_path, check=True, timeout=1800)
    problems = []
    for path, file in files.items():
        outputs = Path(f"{file}.outputs")
        assert outputs.exists(), f"{path}: does not run through"
        live = copy.deepcopy(notebooks[Path(path)])
        for cell, shown in zip(_code_cells(live), json.loads(outputs.read_text(encoding="utf-8")), strict=True):
            cell.outputs = nbformat.from_dict(shown)
        problems += _problems(path, notebooks[Path(path)], live)
    if problems:
        pytest.fail("\n\n".join(problems), pytrace=False)


def test_that_is_another_processor_to_pytorch(without_us):
    code = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    command, environment = [sys.executable, "-c", code], {**without_us, **ANOTHER_PROCESSOR}
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "DEFAULT\n"


def _problems(path, documented, live):
    asked = "shows something else when it is run. Does a hidden fence change what this cell uses?"
    return [f"{path}: {asked}\n{problem}" for problem in _differences(documented, live)]


def test_a_page_becomes_cells_in_the_order_of_its_text():
    cells = _notebook_of(PAGE).cells
    assert [(cell.cell_type, cell.source) for cell in cells] == [
        (
            "markdown",
            "# Title\n\nA note.\n\n"
            "Look at $x$, and [there](<other.md>#place) and [here](<>#title).\n\n"
            "> **A box**\n>\n> Text in the box.",
        ),
        ("code", '%config InteractiveShell.ast_node_interactivity = "all"'),
        ("code", "x = 1\nfor i in range(2): i"),
        ("markdown", "> $$ x = 1 $$\n\nBehind the box."),
        ("code", 'import warnings\nwarnings.warn("look out")'),
        ("code", 'print("text")'),
        ("code", "1 / 0"),
    ]


def test_a_page_becomes_outputs_of_the_kinds_that_jupyter_has():
    outputs = [_shown(cell.outputs) for cell in _notebook_of(PAGE).cells if cell.cell_type == "code"]
    assert outputs == [
        [],
        [("value", "0"), ("value", "1")],
        [("warning", "UserWarning: look out")],
        [("text", "text\n")],
        [("error", "ZeroDivisionError: division by zero")],
    ]


def test_only_a_cell_that_raises_may_raise():
    tags = [cell.metadata.get("tags") for cell in _notebook_of(PAGE).cells if cell.cell_type == "code"]
    assert tags == [None, None, None, None, ["raises-exception"]]


def test_what_a_session_changes_for_all_is_set_back_for_the_next_one():
    cells = _notebook_of(
        "# T\n\n"
        '```pycon session="a"\n>>> import torch\n>>> torch.set_default_dtype(torch.float64)\n```\n\n'
        '```pycon session="b"\n>>> import torch\n>>> torch.ones(1).dtype\ntorch.float32\n```\n'
    ).cells
    assert [cell.source for cell in cells][1:] == [
        "import torch\ntorch.set_default_dtype(torch.float64)",
        "torch.set_default_dtype(torch.float32)",
        "import torch\ntorch.ones(1).dtype",
    ]


def test_a_figure_becomes_its_picture_with_its_text_and_no_code():
    page = '# T\n\n```pycon input="hidden"\n>>> from tests.test_notebook import Figure\n>>> Figure()\na to b\n```\n'
    _, figure = _notebook_of(page).cells
    assert figure.cell_type == "markdown"
    assert figure.source.startswith('<img alt="a to b" src="data:image/svg+xml;base64,')


class Figure:
    """A value that draws itself."""

    def __repr__(self):
        return "a to b"

    def _repr_html_(self):
        return "<figure><svg viewBox='0 0 1 1'></svg></figure>"


def _notebook_of(page):
    return nbformat.reads(notebook(parts(page_run(page), "<{}>".format), "A note."), as_version=4)


def _differences(documented, live):
    problems, warned = [], set()
    for ours, theirs in zip(_code_cells(documented), _code_cells(live), strict=True):
        expected, got = _shown(ours.outputs), _shown(theirs.outputs)
        warned |= {entry for entry in got if entry[0] == "warning"}
        # PyTorch and Python give a warning once where our run gives it every time.
        if _without(warned, expected) != _without(warned, got):
            problems.append(f"{ours.source}\n- {expected}\n+ {got}")
    return problems


def _without(warned, shown):
    """What is left without warnings; a text that one stood in the middle of is one text."""
    left = []
    for kind, text in shown:
        if kind == "text" and left and left[-1][0] == "text":
            left[-1] = (kind, left[-1][1] + text)
        elif (kind, text) not in warned:
            left.append((kind, text))
    return left


def _shown(outputs):
    """What a reader sees of outputs: pairs of kind and text."""
    shown = []
    for output in outputs:
        if output.output_type == "error":
            shown.append(("error", f"{output.ename}: {output.evalue}".rstrip()))
        elif output.output_type != "stream":
            # Jupyter breaks the lines of long values in its own way, and of an object it shows `<C at 0x...>`.
            value = re.sub(r"\s+", " ", scrub(output.data["text/plain"]))
            shown.append(("value", value.replace(" object at 0x", " at 0x")))
        elif output.name == "stderr":
            shown += [("warning", scrub(line)) for line in WARNING.findall(output.text)]
        elif shown and shown[-1][0] == "text":
            shown[-1] = ("text", shown[-1][1] + output.text)
        else:
            shown.append(("text", output.text))
    return shown


def _code(made):
    return [(cell.source, cell.outputs) for cell in _code_cells(made)]


def _sources(made):
    return [cell.source for cell in _code_cells(made)]


def _code_cells(made):
    return [cell for cell in made.cells if cell.cell_type == "code"]
