"""A preview shows what a build of the same files makes, byte for byte, whatever an author does to them."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks import example
from benchmarks.preview import Preview, running
from tests.clean_build import CleanBuilds, clean_builds

# Stands for PyTorch and whatever else is installed: a module that is not ours, and that pages are made by.
FOREIGN = """
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

class Shout(Postprocessor):
    def run(self, text):
        return text + "<p>installed 1</p>"

class ShoutExtension(Extension):
    def extendMarkdown(self, md):
        md.postprocessors.register(Shout(md), "shout", 1)

def makeExtension(**options):
    return ShoutExtension(**options)
"""
TUTORIAL = """\
# ---
# title: Count
# description: A tutorial.
# ---

# %% [markdown]
# # Count { #count }
#
# Here we count.

# %% count
for number in range(2):
    print(number)
"""
RECORD = "%% count\n0\n1\n"
ONE, TWO, THREE, COUNT = "/pages/page-0001/", "/pages/page-0002/", "/pages/page-0003/", "/tutorials/count/"
# With code, with pictures, with a program's table, with questions, with an error, with the list of all errors.
KINDS_OF_PAGES = (
    "notes/scalar",
    "explanation/graph",
    "explanation/how-this-stays-true",
    "reference/errors/backward",
    "reference/errors/second-backward",
    "/index",
)
# How long a preview may take to become what a build makes, on a busy machine.
SECONDS = 60


@dataclass(frozen=True)
class Edit:
    """What an author does to files, and what then shows.

    Attributes:
        files: The pattern of their names.
        old: What they say.
        new: What they are to say.
        shows: What is then served at each path.
        is_quick: Whether only the pages that are made from the files may be made again.
    """

    files: str
    old: str
    new: str
    shows: dict[str, str]
    is_quick: bool = True


EDITS = {
    "sentence": Edit("docs/en/pages/page-0001.md", "one computation", "a computation", {ONE: "a computation"}),
    "sentence of the other language": Edit(
        "docs/zh/pages/page-0001.md", "拆开来看", "拆开来细看", {f"/zh{ONE}": "拆开来细看"}
    ),
    "sentence that is searched for": Edit(
        "docs/en/pages/page-0002.md", "one computation", "an event", {"/search/texts/9.json": "an event"}
    ),
    "snippet": Edit(
        "snippets/pages/page-0001.md",
        ">>> z.requires_grad\nFalse",
        ">>> z.dim() + 41\n42",
        {ONE: "<code>42</code>", f"/zh{ONE}": "<code>42</code>"},
    ),
    "deleted definition": Edit(
        "snippets/pages/page-0003.md",
        ">>> def scaled(t):\n...     return 3 * t.exp()\n",
        "",
        {THREE: "name &#x27;scaled&#x27; is not defined", f"/zh{THREE}": "name &#x27;scaled&#x27; is not defined"},
    ),
    "renamed section": Edit(
        "snippets/pages/page-0003.md",
        ":block-1]",
        ":block-one]",
        {THREE: "has no section &#x27;block-1&#x27;", f"/zh{THREE}": "has no section &#x27;block-1&#x27;"},
    ),
    "text of a tutorial": Edit("docs/en/tutorials/count.py", "we count", "we count on", {COUNT: "we count on"}),
    "record of a tutorial": Edit(
        "snippets/tutorials/count.txt", "1\n", "2\n", {COUNT: "output drifted", f"/zh{COUNT}": "output drifted"}
    ),
    "code of a tutorial": Edit(
        "docs/*/tutorials/count.py",
        "range(2)",
        "range(7, 8)",
        {COUNT: "<code>7</code>", f"/zh{COUNT}": "<code>7</code>"},
    ),
    "table that a program wrote": Edit(
        "docs/generated/table.markdown", "changed 1", "changed 2", {THREE: "changed 2"}, is_quick=False
    ),
    "title": Edit(
        "docs/en/pages/page-0002.md", "# The page page-0002", "# A new title", {ONE: "A new title"}, is_quick=False
    ),
    "template": Edit(
        "docs/theme/partials/alternate.html",
        "{#-",
        "<!-- another template -->{#-",
        {ONE: "<!-- another template -->", "/zh/404.html": "<!-- another template -->"},
        is_quick=False,
    ),
    "style": Edit(
        "docs/theme/assets/site.css",
        "--ground: #ffffff",
        "--ground: #fefefe",
        {"/assets/site.css": "--ground: #fefefe"},
        is_quick=False,
    ),
    "nav": Edit(
        "mkdocs.yml", "Part 1", "Another part", {ONE: "Another part", f"/zh{ONE}": "Another part"}, is_quick=False
    ),
    "settings of the other language": Edit(
        "mkdocs.zh.yml", "自动微分笔记", "另一个名字", {f"/zh{ONE}": "另一个名字</title>"}, is_quick=False
    ),
}


@pytest.fixture(scope="module")
def clean() -> Iterator[CleanBuilds]:
    with clean_builds() as clean:
        yield clean


@pytest.fixture(scope="module")
def preview(tmp_path_factory, clean) -> Iterator[Preview]:
    """A preview of a small project; each test leaves it in a state that can be built."""
    folder = tmp_path_factory.mktemp("preview")
    project = folder / "project"
    example.write(project, 3)
    save(project / "src/foreign.py", FOREIGN)
    edit(project / "mkdocs.yml", "nav:", "markdown_extensions: { foreign: {} }\nnav:")
    save(project / "docs/generated/table.markdown", "changed 1\n")
    edit(project / "docs/en/pages/page-0003.md", "This page", '--8<-- "table.markdown"\n\nThis page')
    save(project / "snippets/tutorials/count.txt", RECORD)
    for language in ("en", "zh"):
        save(project / f"docs/{language}/tutorials/count.py", TUTORIAL)
    with running(project, folder / "work") as preview:
        yield preview


def save(file: Path, text: str) -> None:
    """Put a whole new file in the place of one, as many editors do: half of a text is never there to be built."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def edit(file: Path, old: str, new: str) -> None:
    save(file, edited(file, old, new))


def edited(file: Path, old: str, new: str) -> str:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}: adapt this test"
    return text.replace(old, new)


def append(file: Path, text: str) -> None:
    save(file, file.read_text(encoding="utf-8") + text)


def said(preview: Preview) -> str:
    """What the preview has said so far."""
    return preview.log.read_text(encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def assert_shows(preview, clean, tmp_path) -> Callable:
    """Assert that the preview shows what is expected, and becomes what a build of the same files makes."""
    sites = (tmp_path / f"site {number}" for number in itertools.count())

    def check(expected: dict[str, str], *, gone: bool = False) -> None:
        building = clean.start(preview, site := next(sites))
        wait_for(preview, expected, gone=gone)
        building.result()
        assert_becomes(preview, site)

    return check


def wait_for(preview: Preview, expected: dict[str, str], *, gone: bool = False) -> None:
    """Wait until the preview shows the text at each path, or no longer."""
    for path, text in expected.items():
        preview.wait_for(path, text, gone=gone)


def assert_becomes(preview: Preview, site: Path) -> None:
    """Assert that what is served is what was built, or becomes it while the last save is worked on."""
    built, end = contents(site), time.monotonic() + SECONDS
    while stale := different(preview, built):
        assert time.monotonic() < end, f"a build makes these files otherwise than the preview serves them: {stale}"
        time.sleep(0.05)


def different(preview: Preview, built: dict[str, bytes]) -> list[str]:
    try:
        served = contents(preview.site)
    except FileNotFoundError:
        return ["all: the preview is building"]
    return sorted(name for name in served.keys() | built.keys() if served.get(name) != built.get(name))


def make(wanted: Edit, preview: Preview) -> Callable[[], None]:
    """Make an edit, and return what checks that the preview did no more for it than it had to."""
    before = len(said(preview))
    files = list(preview.project.glob(wanted.files))
    for file in files:
        edit(file, wanted.old, wanted.new)

    def check() -> None:
        heard = said(preview)[before:]
        assert ("Building everything" not in heard) == wanted.is_quick
        # What the preview itself writes, such as this log beside mkdocs.yml, is no reason to look again.
        assert 0 < heard.count("Detected file changes") <= len(files), heard

    return check


@pytest.mark.parametrize("is_quick", [True, False], ids=["little is built", "everything is built"])
def test_edits_show_and_add_up_to_what_a_build_makes(is_quick, preview, assert_shows):
    # Of little, one after the other: nothing is built anew between them that would hide what one of them left stale.
    for wanted in (one for one in EDITS.values() if one.is_quick == is_quick):
        check = make(wanted, preview)
        wait_for(preview, wanted.shows)
        check()
    assert_shows({})


def test_a_file_that_is_saved_in_place_and_again_at_once_shows(preview, assert_shows):
    page = preview.project / "docs/en/pages/page-0001.md"
    first, last = (edited(page, "In step 1 we", f"In step 1, at {time}, we") for time in ("first", "last"))
    for text in [first, last] * 10:
        page.write_text(text, encoding="utf-8")
    assert_shows({ONE: "In step 1, at last, we"})


def test_an_edit_of_our_code_shows(preview, assert_shows):
    """Modules of several folders, which others import: one that stayed as it was would not show its edit."""
    source = preview.project / "src/autograd_notes"
    for file, function in (
        ("extensions/cells.py", "render"),
        ("downloads/markdown_export.py", "markdown"),
        ("site/search.py", "with_our_worker"),
    ):
        again = f"def {function}(*arguments):\n    return _{function}(*arguments) + '<!-- another {function} -->'\n"
        append(source / file, f"\n\n_{function} = {function}\n\n\n{again}")
    assert_shows(
        {
            ONE: "<!-- another render -->",
            f"/zh{ONE}": "<!-- another render -->",
            TWO: "<!-- another with_our_worker -->",
            "/pages/page-0001.md": "<!-- another markdown -->",
        }
    )


def test_another_installed_module_shows(preview, assert_shows):
    edit(preview.project / "src/foreign.py", "installed 1", "installed 2")
    assert_shows({ONE: "installed 2"})


def test_a_new_page_appears_and_a_deleted_one_disappears(preview, assert_shows):
    folders = [preview.project / f"docs/{language}/new" for language in ("en", "zh")]
    for folder in folders:
        save(folder / "page.md", "# New { #new }\n\nNow you see me.\n")
    both = {"/new/page/": "Now you see me", "/zh/new/page/": "Now you see me"}
    wait_for(preview, both)
    for folder in folders:
        shutil.rmtree(folder)
    assert_shows(both, gone=True)


def test_a_failing_block_shows_in_place_and_mends(preview, assert_shows):
    snippet, before = preview.project / "snippets/pages/page-0002.md", len(said(preview))
    both = dict.fromkeys((TWO, f"/zh{TWO}"), "snippets/pages/page-0002.md:64: not Python")
    edit(snippet, ">>> z.requires_grad\n", ">>> z.requires_grad)\n")
    assert_shows(both)
    edit(snippet, ">>> z.requires_grad)\n", ">>> z.requires_grad\n")
    wait_for(preview, both, gone=True)
    assert "Building everything" not in said(preview)[before:]


def test_a_deleted_snippet_shows_in_place_and_mends(preview, tmp_path, assert_shows):
    snippet, message = preview.project / "snippets/pages/page-0001.md", "there is no snippet &#x27;pages/page-0001.md"
    moved = snippet.rename(tmp_path / "moved.md")
    preview.wait_for(ONE, message)
    moved.rename(snippet)
    assert_shows({ONE: message}, gone=True)


@pytest.mark.parametrize(
    ("file", "old", "broken", "message"),
    [
        ("mkdocs.yml", "nav:", "nav: [", "mkdocs.yml"),
        ("docs/theme/partials/alternate.html", "{#-", "{% if %}{#-", "alternate.html:1: TemplateSyntaxError"),
        ("src/autograd_notes/extensions/cells.py", "from __future__", "from nowhere", "ModuleNotFoundError"),
    ],
)
def test_a_mistake_shows_in_the_browser_and_the_preview_goes_on(preview, file, old, broken, message):
    edit(preview.project / file, old, broken)
    preview.wait_for(ONE, message)
    edit(preview.project / file, broken, old)
    preview.wait_for(ONE, "The page page-0001")


def test_an_edit_during_the_first_build_shows(tmp_path):
    example.write(tmp_path / "project", 1)
    (tmp_path / "work").mkdir()
    preview = Preview(tmp_path / "project", tmp_path / "work")
    try:
        while "/zh" not in (output := said(preview)):
            assert preview.process.poll() is None, output
            time.sleep(0.01)
        # Now the English pages are made, and the Chinese ones are next.
        edit(tmp_path / "project/docs/en/pages/page-0001.md", "one computation", "a computation")
        preview.wait_for(ONE, "a computation")
    finally:
        preview.stop()


def test_pages_of_every_kind_show_their_edits(project, clean, tmp_path):
    copy = tmp_path / "project"
    for name in ("docs", "snippets", "src"):
        shutil.copytree(project / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mkdocs.yml", "mkdocs.zh.yml"):
        shutil.copy(project / name, copy)
    pages, snippets = [*copy.glob("docs/??/**/*.*")], [*copy.glob("snippets/**/*.*")]
    for file in {*pages, *snippets}:
        if not str(file.with_suffix("")).endswith(KINDS_OF_PAGES):
            file.unlink()
    with running(copy, tmp_path / "work") as preview:
        before = len(said(preview))
        for file in filter(Path.exists, pages):
            append(file, "\n## Edited { #edited }\n")
        append(copy / "docs/en/notes/scalar.md", "The last edit.\n")
        preview.wait_for("/notes/scalar/", "The last edit.")
        # Apart: a page that is made again for its own edit would hide that it does not follow its snippet.
        for file in filter(Path.exists, snippets):
            save(file, edited_snippet(file.read_text(encoding="utf-8")))
        clean.start(preview, tmp_path / "site").result()
        assert_becomes(preview, tmp_path / "site")
        assert "Building everything" not in (heard := said(preview)[before:]), heard


def edited_snippet(text: str) -> str:
    """Return the text of a snippet with edits that its page and the list of messages show."""
    before, fence, after = text.rpartition("```")
    return f"{before}>>> 'edited'\n'edited'\n{fence}{after}".replace("Error: ", "Error: edited ")
