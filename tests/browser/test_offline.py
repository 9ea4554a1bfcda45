"""The site for reading offline works from the files alone: pages, formulas, search and languages."""

import re
import zipfile
from pathlib import Path

import pytest

from autograd_notes.engine import kept
from autograd_notes.site import offline
from tests.browser.kinds import kinds, one_of_each
from tests.browser.test_search import ITEMS, SEARCH
from tests.conftest import once_for_all_workers

LINK = re.compile(r'(?:href|src)="(?!\w+:|#|//)([^"#?]+)')
# What the browser says of a favicon that it no longer needs.
ABORTED = "net::ERR_ABORTED"
PAGES = ("notes/non-scalar.html", "zh/notes/non-scalar.html")


@pytest.fixture(scope="module")
def folder(project, site, tmp_path_factory):
    """The folder that `make offline` makes, with its zip beside it; it cannot be made where the site does not build."""

    def make(made: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(project)
            patch.setenv(kept.ELSEWHERE, str(kept.FOLDER))
            assert offline.main(made) == 0, "the site for reading offline does not build"

    return once_for_all_workers("offline", tmp_path_factory, make) / offline.NAME


def test_every_kind_of_page_opens_without_a_request_that_leaves_the_folder_or_fails(folder, page):
    problems = []
    page.on("request", lambda request: request.url.startswith(folder.as_uri()) or problems.append(request.url))
    page.on("requestfailed", lambda request: request.failure == ABORTED or problems.append(f"failed: {request.url}"))
    page.on("console", lambda line: line.type in ("error", "warning") and problems.append(line.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    found = {str(path): kinds(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    assert {str(folder / name) for name in PAGES} <= found.keys()
    for path in one_of_each(found):
        page.goto(Path(path).as_uri())
    assert not problems


def test_every_link_between_its_files_leads_somewhere(folder):
    for path in sorted(folder.rglob("*.html")):
        for link in LINK.findall(path.read_text(encoding="utf-8")):
            assert (path.parent / link).is_file(), f"{path.relative_to(folder)}: {link} is not there"


@pytest.mark.parametrize("name", PAGES)
def test_formulas_have_their_font(folder, page, name):
    page.goto((folder / name).as_uri())
    page.wait_for_function("[...document.fonts].some((font) => font.status === 'loaded')")


@pytest.mark.parametrize(
    ("start", "query", "found"),
    [
        ("index.html", "version counters", "explanation/in-place-and-views.html"),
        (
            "notes/scalar.html",
            "grad can be implicitly created only for scalar outputs",
            "reference/errors/non-scalar-output.html",
        ),
        ("zh/notes/scalar.html", "版本计数器", "zh/explanation/in-place-and-views.html"),
    ],
)
def test_the_search_finds_and_opens(folder, page, start, query, found):
    page.goto((folder / start).as_uri())
    box = page.get_by_role("textbox", name=SEARCH)
    box.click()
    box.fill(query)
    box.press("Shift")
    page.wait_for_function(f"{ITEMS}.length")
    box.press("Enter")
    page.wait_for_url(f"{(folder / found).as_uri()}?h=*")
    page.locator(".md-content mark").first.wait_for()


def test_the_language_switch_leads_to_the_same_page_and_back(folder, page):
    english, chinese = ((folder / name).as_uri() for name in PAGES)
    page.goto(english)
    page.locator("header .language-switch").click()
    page.wait_for_url(f"{chinese}*")
    page.locator("header .language-switch").click()
    page.wait_for_url(f"{english}*")


def test_the_zip_holds_the_folder(folder):
    with zipfile.ZipFile(folder.with_suffix(".zip")) as zipped:
        assert zipped.testzip() is None
        held = {name: zipped.read(name) for name in zipped.namelist()}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert held == {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("start", ["index.html", "zh/reference/errors/index.html"])
def test_a_pasted_error_leads_to_its_entry(folder, page, start):
    page.goto((folder / start).as_uri())
    page.locator(".paste textarea").fill("RuntimeError: grad can be implicitly created only for scalar outputs")
    page.locator(".paste-title a").click()
    page.wait_for_url(re.compile(r"reference/errors/non-scalar-output\.html$"))
