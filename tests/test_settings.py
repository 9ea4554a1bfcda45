"""What stands in the settings and at the head of a page is used as it is meant, or refused with what to do."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from autograd_notes.engine import session
from autograd_notes.engine.transcript import read_blocks
from tests.small_project import SmallProject


@pytest.fixture
def small(tmp_path, project, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return SmallProject(tmp_path, project)


def test_a_site_without_an_address_is_refused_with_what_to_do(small, monkeypatch):
    monkeypatch.setenv("SITE_URL", "")
    code, said = small.build()
    assert code == 1
    assert "Set SITE_URL" in said


@pytest.mark.parametrize(
    ("address", "scope"), [("https://example.org/", "/"), ("https://example.org/notes/", "/notes/")]
)
def test_what_a_reader_chose_is_kept_for_this_site_alone_and_once_for_both_languages(
    small, monkeypatch, address, scope
):
    monkeypatch.setenv("SITE_URL", address)
    assert small.build()[0] == 0
    for language in ("en", "zh"):
        assert f'__md_scope=new URL("{scope}"' in small.html(language)


def test_a_draft_shows_what_is_documented_and_runs_nothing(monkeypatch):
    monkeypatch.setenv(session.DRAFT, "1")
    [[outcome]] = session.run_once(read_blocks("```pycon\n>>> exit()\nas documented\n```\n", "a.md"), "a.md")
    assert outcome.output == "as documented\n"


def test_a_draft_is_never_built(small, monkeypatch):
    monkeypatch.setenv(session.DRAFT, "1")
    code, said = small.build()
    assert code == 1
    assert "`mkdocs serve` alone" in said
    assert not (small.folder / "site").exists()


def test_a_title_of_digits_is_a_title(small, tmp_path):
    page = tmp_path / "docs/en/index.md"
    page.write_text("---\ntitle: 2024\ndescription: 5\n---\n\n# The year { #year }\n", encoding="utf-8")
    assert small.build()[0] == 0
    assert "<title>2024</title>" in small.html()


def test_a_page_that_is_not_utf_8_is_named_with_its_line(small, tmp_path):
    page = tmp_path / "docs/en/index.md"
    page.write_bytes("---\ntitle: A\n---\n\n# caf\xe9 { #a }\n".encode("latin-1"))
    process = subprocess.run([sys.executable, "-m", "mkdocs", "build"], capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert "docs/en/index.md:5: not UTF-8 text." in process.stderr
    assert "Traceback" not in process.stderr


def test_the_newest_edition_has_the_same_version_and_day_wherever_they_stand(project):
    newest = re.search(r"^## (.+), (.+)$", (project / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    cited = yaml.safe_load((project / "CITATION.cff").read_text(encoding="utf-8"))
    package = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert newest.groups() == (cited["version"], cited["date-released"]), "CHANGELOG.md, then CITATION.cff"
    assert newest[1] == package["version"], "CHANGELOG.md, then pyproject.toml"
