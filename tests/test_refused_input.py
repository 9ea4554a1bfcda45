"""Input that cannot be used is refused with its file, its line, what is wrong and what to do; nothing runs."""

import re

import pytest

from autograd_notes.engine.snippet import read_sections
from autograd_notes.engine.transcript import InputError, read_text
from tests.console import NAME, fence, live, outputs, refused, section, written

UNREADABLE = {
    "syntax error": (fence(">>> x = 1\n>>> x ="), 3, "not Python: invalid syntax", "Correct the statement"),
    "syntax error further down": (fence(">>> def f():\n...     x ="), 3, "not Python", "nothing was run"),
    "unknown option": (
        fence(">>> 1", 'sesion="a"'),
        1,
        "unknown fence option 'sesion'",
        "A pycon fence knows: session=",
    ),
    "option without a value": (fence(">>> 1", "hidden"), 1, "unknown fence option 'hidden'", "A pycon fence knows"),
    "meaningless value": (fence(">>> 1", 'input="gone"'), 1, "input='gone' means nothing", 'Write input="hidden"'),
    "stray line": (fence("x = 1\n>>> x"), 2, "neither a statement nor directly below one", "Type >>> before"),
    "line behind an empty one": (fence(">>> 1\n1\n\n2"), 5, "'2'", "write <BLANKLINE>"),
    "no blank behind the prompt": (fence(">>>1"), 2, "not a console session", "Put a blank after >>>"),
    "misaligned continuation": (fence(">>> if 1:\n ...     2"), 3, "not a console session", "align them"),
    "fence that is never closed": ("text\n```pycon\n>>> 1\n", 2, "never closed", "End it with a line of ```"),
    "fence without a statement": ("```pycon\n```\n", 1, "holds no statement", "Type one after >>>"),
    "no fence": ("# Only prose\n", 0, "holds no pycon fence", "Start one with ```pycon"),
    "empty file": ("", 0, "holds no pycon fence", "Start one"),
    "fence in a list": ("- ```pycon\n  >>> 1\n  2\n  ```\n", 1, "run by nobody", "Write it between ```pycon"),
    "fence in capitals": ("```PYCON\n>>> 1\n2\n```\n", 1, "a fence 'PYCON' is run by nobody", "Write it between"),
    "fence of another Python": ("```pycon3\n>>> 1\n2\n```\n", 1, "a fence 'pycon3'", "Write it between"),
    "fence by a long name": ("```python-console\n>>> 1\n```\n", 1, "a fence 'python-console'", "Write it between"),
    "indented prompt": (
        fence(">>> 1") + "\ntext\n\n    >>> 2\n    3\n",
        7,
        "run by nobody: '>>> 2'",
        "Write it between",
    ),
    "longer closing marks": ("```pycon\n>>> 1\n1\n`````\ntext\n", 4, "does not end the fence", "Write '```'"),
    "another fence that is never closed": (
        fence(">>> 1") + "```text\n" + fence(">>> 2\n3").removesuffix("```\n"),
        4,
        "never closed",
        "End it with",
    ),
    "unknown directive": (fence(">>> 1  # doctest: +NONE"), 2, "unknown doctest directive '+NONE'", "There are:"),
    "line behind the end of a console's block": (
        fence(">>> if 1:\n...     x = 1\n...\n\nstray"),
        6,
        "'stray'",
        "write <BLANKLINE>",
    ),
    "exit": (fence(">>> 1\n>>> import sys\n>>> sys.exit(0)"), 4, "ends Python (SystemExit: 0)", "Remove it"),
    "exit by name": (fence(">>> quit()"), 2, "ends Python", "Remove it"),
    "chance": (fence(">>> import torch\n>>> torch.rand(1)"), 3, "depends on chance", "Call torch.manual_seed"),
}


@pytest.mark.parametrize(("text", "line", "problem", "remedy"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_it_is_refused_with_file_line_problem_and_remedy(text, line, problem, remedy):
    first, _, rest = refused(text).partition("\n  ")
    assert first.startswith(f"{NAME}:{line}: " if line else f"{NAME}: ")
    assert problem in first
    assert remedy in rest


BROKEN_SNIPPETS = {
    "comment": (section("a", ">>> x = 1  # the input"), 3, "holds no words for humans", "docs/en and docs/zh"),
    "prose": ("A sentence.\n" + section("a", ">>> 1"), 1, "code and no prose", "Move words to docs/en"),
    "section without end": ("<!-- --8<-- [start:a] -->\n" + fence(">>> 1"), 1, "has no end", "Add <!-- --8<-- [end:a]"),
    "section inside a section": (
        "<!-- --8<-- [start:a] -->\n" + section("b", ">>> 1"),
        1,
        "section 'a' has no end",
        "[end:a]",
    ),
    "end without start": (
        fence(">>> 1") + "<!-- --8<-- [end:a] -->\n",
        4,
        "was not started",
        "Make both markers agree",
    ),
    "section twice": (section("a", ">>> 1") * 2, 6, "a second section 'a'", "a name of its own"),
    "section without a fence": (
        "<!-- --8<-- [start:a] -->\n<!-- --8<-- [end:a] -->\n",
        1,
        "holds 0 fences",
        "one pycon fence",
    ),
    "section with two fences": (
        "<!-- --8<-- [start:a] -->\n" + fence(">>> 1") * 2 + "<!-- --8<-- [end:a] -->\n",
        1,
        "holds 2 fences",
        "one pycon fence",
    ),
    "fence outside of sections": (section("a", ">>> 1") + fence(">>> 2"), 6, "in no section", "start and end markers"),
    "no section": ("\n", 0, "has no section", "snippets/README.md"),
}


@pytest.mark.parametrize(("text", "line", "problem", "remedy"), BROKEN_SNIPPETS.values(), ids=BROKEN_SNIPPETS.keys())
def test_a_snippet_that_breaks_a_rule_is_refused(tmp_path, text, line, problem, remedy):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_sections(path, NAME)
    first, _, rest = str(caught.value).partition("\n  ")
    assert first.startswith(f"{NAME}:{line}: " if line else f"{NAME}: ")
    assert problem in first
    assert remedy in rest


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(b"fine\nnot fine \xff\n")
    with pytest.raises(InputError, match=re.escape(f"{path}:2: not UTF-8 text.\n  Save the file as UTF-8.")):
        read_text(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_text(tmp_path / "gone.md")


def test_nothing_runs_where_something_cannot_be_read(tmp_path):
    trace = tmp_path / "trace"
    refused(fence(f">>> open({str(trace)!r}, 'w').close()") + fence(">>> x ="))
    assert not trace.exists()


@pytest.mark.parametrize(
    "draw",
    [
        "torch.rand(1).item() < 2",
        "torch.manual_seed(0).initial_seed(); torch.rand(1)",
        "torch.nn.Linear(1, 1).weight.shape",
    ],
)
def test_random_numbers_that_no_output_depends_on_or_that_are_seeded_are_fine(draw):
    assert live(f">>> import torch\n>>> {draw}")


def test_chance_is_found_in_a_later_block_of_a_session():
    message = refused(fence(">>> import torch\n>>> w = torch.randn(2)") + fence(">>> w.sum()"))
    assert message.startswith(f"{NAME}:6: this output depends on chance")


def test_a_fence_shown_inside_another_fence_is_not_run():
    assert outputs("~~~markdown\n```pycon\n>>> 1 / 0\n```\n~~~\n" + fence(">>> 1")) == [["1\n"]]


def test_a_fence_in_another_one_ends_where_its_own_marks_do():
    text = "- item\n\n    ```markdown\n        ```pycon\n        >>> 1\n        ```\n    ```\n\n"
    assert outputs(text + fence(">>> 1 + 1")) == [["2\n"]]
