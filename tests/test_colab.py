"""Colab opens the notebook of a page from the branch on which the publish workflow puts all notebooks."""

import re
import subprocess

from tests.small_project import SmallProject

SCRIPT = ".ci/push-notebooks"
SNIPPET = "<!-- --8<-- [start:one] -->\n```pycon\n>>> 1 + 1\n2\n```\n<!-- --8<-- [end:one] -->\n"
TO_COLAB = re.compile(r'href="(https://colab[^"]*)"')


def _built(tmp_path, project, monkeypatch, repository):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPOSITORY", repository)
    small = SmallProject(tmp_path, project)
    small.write_snippet(SNIPPET)
    small.write_page('--8<-- "index.md:one"')
    assert small.build()[0] == 0
    return small


def test_colab_is_led_to_the_very_notebooks_that_are_pushed(tmp_path, project, monkeypatch):
    small = _built(tmp_path, project, monkeypatch, "https://github.com/somebody/notes")
    addresses = [TO_COLAB.search(small.html(language))[1] for language in ("en", "zh")]
    prefix = "https://colab.research.google.com/github/somebody/notes/blob/notebooks/"
    assert [address.removeprefix(prefix) for address in addresses] == ["index.ipynb", "zh/index.ipynb"]
    subprocess.run(["git", "init", "--quiet", "--bare", "repository"], check=True)
    for _ in range(2):
        subprocess.run([project / SCRIPT, "site", tmp_path / "repository"], check=True)
    command = ["git", "-C", "repository", "ls-tree", "-r", "--name-only", "notebooks"]
    assert subprocess.check_output(command, text=True).split() == ["index.ipynb", "zh/index.ipynb"]


def test_without_a_repository_on_github_nothing_leads_to_colab(tmp_path, project, monkeypatch):
    small = _built(tmp_path, project, monkeypatch, "https://example.org/notes")
    assert not TO_COLAB.search(small.html())


def test_the_publish_workflow_pushes_them(project):
    assert f"- run: {SCRIPT} site" in (project / ".github/workflows/publish.yml").read_text(encoding="utf-8")
