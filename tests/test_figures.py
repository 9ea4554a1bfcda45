"""The figures on the first page are counted when the site is built."""

import json
import re

import pytest

from autograd_notes.engine import files
from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.error_index import count_mistakes
from autograd_notes.extensions.figures import count_noticed, count_statements
from tests.console import section, written

PAGE = """# One { #one }

--8<-- "reference/errors/one.md:fails"

--8<-- "reference/errors/one.md:fixed"

--8<-- "reference/errors/gone.md:warns"
"""


def test_each_statement_that_is_compared_counts_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, section("a", ">>> 1\n1\n>>> 2\n2\n>>> 3  # doctest: +SKIP\n4"), "snippets/a.md")
    written(tmp_path, section("b", ">>> 1\n1"), "snippets/notes/b.md")
    written(tmp_path, "not a snippet", "snippets/README.md")
    assert count_statements() == 3


def test_a_mistake_counts_where_a_page_shows_it(tmp_path):
    written(tmp_path, PAGE, "docs/errors/one.md")
    written(tmp_path, section("fails", ">>> 1\n1"), "snippets/reference/errors/one.md")
    assert count_mistakes(tmp_path / "docs/errors", tmp_path / "snippets") == 1


@pytest.mark.parametrize("text", ["<<<<<<< HEAD", "{}"])
def test_a_damaged_count_is_refused_with_what_to_do(tmp_path, text):
    with pytest.raises(InputError, match=r"mutation\.json: .*\n.*make mutation"):
        count_noticed(written(tmp_path, text, "mutation.json"))


def test_the_first_page_says_what_was_counted(site, project):
    home = (site / "index.html").read_text(encoding="utf-8")
    shown = re.findall(r"<b>(.*?)</b>", re.search(r'<ul class="figures">.*?</ul>', home)[0])
    blocks = [block for path in files.all_files() if "zh" not in path.parts for block in files.read(path)]
    statements = sum(len(block.statements) for block in blocks)
    operations = len(json.loads((project / "docs/generated/operations.json").read_text(encoding="utf-8")))
    assert shown[0] == f"{statements:,}"
    noticed = json.loads((project / "docs/generated/mutation.json").read_text(encoding="utf-8"))["noticed"]
    assert shown[2] == f"{noticed:,}"
    assert shown[3] == f"{operations:,}"
    assert shown[4] == "2.15.0"
    assert shown == re.findall(
        r"<b>(.*?)</b>",
        re.search(r'<ul class="figures">.*?</ul>', (site / "zh/index.html").read_text(encoding="utf-8"))[0],
    )
