"""A page says when it last changed, and leads to where it is written and to a report of what is wrong with it."""

import os
import re
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from autograd_notes.edition import EPOCH
from autograd_notes.site.history import last_changes
from tests.small_project import SmallProject

REPOSITORY = "https://example.org/notes"


@pytest.fixture
def commit(tmp_path):
    """Commit all files of a folder on a day."""

    def run(*arguments, **environment):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, env=environment, check=True, capture_output=True)

    run("init")

    def commit(day):
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{day}T12:00:00Z")
        run("add", "-A")
        run("commit", "-m", "Change", **dates)

    return commit


def test_a_file_has_the_day_of_the_last_commit_that_changed_it(tmp_path, commit):
    (tmp_path / "old.md").write_text("old", encoding="utf-8")
    (tmp_path / "文.md").write_text("old", encoding="utf-8")
    commit("2026-01-02")
    (tmp_path / "文.md").write_text("new", encoding="utf-8")
    commit("2026-03-04")
    assert last_changes(tmp_path) == {"old.md": "2026-01-02", "文.md": "2026-03-04"}


def test_a_folder_with_a_part_of_its_history_tells_no_days(tmp_path, commit):
    (tmp_path / "one.md").write_text("one", encoding="utf-8")
    commit("2026-01-02")
    (tmp_path / "one.md").write_text("two", encoding="utf-8")
    commit("2026-03-04")
    part = tmp_path / "part"
    subprocess.run(["git", "clone", "--depth", "1", f"file://{tmp_path}", part], check=True, capture_output=True)
    assert last_changes(part) == {}


def test_a_folder_without_git_tells_no_days(tmp_path):
    assert last_changes(tmp_path) == {}


def test_the_foot_of_a_page_tells_when_its_text_or_code_last_changed(tmp_path, project, monkeypatch, commit):
    monkeypatch.chdir(tmp_path)
    small = SmallProject(tmp_path, project)
    commit("2026-01-02")
    small.write_snippet("<!-- --8<-- [start:one] -->\n```pycon\n>>> 1 + 1\n2\n```\n<!-- --8<-- [end:one] -->\n")
    small.write_page('--8<-- "index.md:one"')
    commit("2026-03-04")
    small.write_page('--8<-- "index.md:one"\n\nMore.', "en")
    commit("2026-05-06")
    assert small.build()[0] == 0
    assert "Last changed on 2026-05-06." in small.html()
    assert "最后修改于 2026-03-04。" in small.html("zh")


def test_the_date_of_a_test_s_build_ends_with_it(tmp_path, project, monkeypatch, commit):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(EPOCH, raising=False)
    small = SmallProject(tmp_path, project)
    commit("2026-01-02")
    assert small.build()[0] == 0
    assert EPOCH not in os.environ, "what a later test builds would have the date of this folder"


def test_the_foot_of_a_page_leads_to_its_source_and_to_a_report_about_it(tmp_path, project, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPOSITORY", REPOSITORY)
    small = SmallProject(tmp_path, project)
    assert small.build()[0] == 0
    foot = BeautifulSoup(small.html("zh"), "html.parser").select_one(".page-foot")
    source, report = (link["href"] for link in foot.select(f'a[href^="{REPOSITORY}"]'))
    assert source == f"{REPOSITORY}/blob/HEAD/docs/zh/index.md"
    form = (project / ".github/ISSUE_TEMPLATE/something-is-wrong.yml").read_text(encoding="utf-8")
    assert set(parse_qs(urlsplit(report).query)) - {"template"} <= set(re.findall(r"id: (\w+)", form))
    assert parse_qs(urlsplit(report).query)["page"][0].endswith("/zh/")


def test_without_a_repository_nothing_leads_there(tmp_path, project, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPOSITORY", raising=False)
    small = SmallProject(tmp_path, project)
    assert small.build()[0] == 0
    assert "issues/new" not in small.html()
