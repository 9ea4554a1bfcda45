"""A preview shows what a build of the same files makes, byte for byte, whatever an author does to them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import example
from benchmarks.preview import Preview, environment, running

# The first build of a preview, in a process of its own.
CLEAN_BUILD = """
import sys
from mkdocs.commands.build import build
from mkdocs.config import load_config

site, address = sys.argv[1:]
config = load_config("mkdocs.yml", site_dir=site)
config.plugins.on_startup(command="serve", dirty=False)
config.site_url = address
build(config, serve_url=address)
"""
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
ONE, TWO = "/pages/page-0001/", "/pages/page-0002/"


@pytest.fixture(scope="module")
def preview(tmp_path_factory) -> Iterator[Preview]:
    """A preview of a small project; each test leaves it in a state that can be built."""
    folder = tmp_path_factory.mktemp("preview")
    project = folder / "project"
    example.write(project, 3)
    (project / "src/foreign.py").write_text(FOREIGN, encoding="utf-8")
    edit(project / "mkdocs.yml", "nav:", "markdown_extensions: { foreign: {} }\nnav:")
    with running(project, folder / "work") as preview:
        yield preview


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times: adapt this test"
    file.write_text(text.replace(old, new), encoding="utf-8")


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def assert_as_built(preview: Preview, folder: Path) -> None:
    """Assert that what is served is what a clean build makes."""
    command = [sys.executable, "-c", CLEAN_BUILD, str(folder / "site"), f"{preview.address}/"]
    result = subprocess.run(
        command, cwd=preview.project, env=environment(preview.project), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    served, built = contents(preview.site), contents(folder / "site")
    assert sorted(served) == sorted(built)
    stale = [name for name in built if served[name] != built[name]]
    assert not stale, f"the preview serves {stale} as they were before, or otherwise than a build makes them"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def was_built_whole(preview: Preview) -> bool:
    """Whether the last save made the preview build everything."""
    return "Building everything" in preview.log.read_text(encoding="utf-8").rpartition("Detected file changes")[2]


def test_an_edited_sentence_shows_and_only_its_page_is_made_again(preview, tmp_path):
    edit(preview.project / "docs/en/pages/page-0001.md", "one computation", "a computation")
    preview.wait_for(ONE, "a computation")
    assert not was_built_whole(preview)
    assert_as_built(preview, tmp_path)


def test_an_edited_sentence_of_the_other_language_shows(preview, tmp_path):
    edit(preview.project / "docs/zh/pages/page-0001.md", "拆开来看", "拆开来细看")
    preview.wait_for(f"/zh{ONE}", "拆开来细看")
    assert not was_built_whole(preview)
    assert_as_built(preview, tmp_path)


def test_an_edited_snippet_shows_in_both_languages(preview, tmp_path):
    edit(preview.project / "snippets/pages/page-0001.md", ">>> z.requires_grad\nFalse", ">>> z.dim() + 41\n42")
    preview.wait_for(ONE, "42")
    preview.wait_for(f"/zh{ONE}", "42")
    assert not was_built_whole(preview)
    assert_as_built(preview, tmp_path)


def test_an_edited_sentence_is_found_by_the_search_beside_all_others(preview, tmp_path):
    index = "/search/sections.json"
    edit(preview.project / "docs/en/pages/page-0002.md", "one computation", "searchable computation")
    found = preview.wait_for(index, "searchable computation")
    assert all(f"pages/page-000{number}/" in found for number in (1, 2, 3))
    assert_as_built(preview, tmp_path)


def test_an_edited_title_shows_in_the_navigation_of_other_pages(preview, tmp_path):
    edit(preview.project / "docs/en/pages/page-0002.md", "# The page page-0002", "# A new title")
    preview.wait_for(ONE, "A new title")
    assert_as_built(preview, tmp_path)


def test_a_deleted_definition_no_longer_works(preview, tmp_path):
    snippet = preview.project / "snippets/pages/page-0003.md"
    edit(snippet, ">>> def scaled(t):\n...     return 3 * t.exp()\n", "")
    preview.wait_for("/pages/page-0003/", "name &#x27;scaled&#x27; is not defined")
    assert_as_built(preview, tmp_path)


def test_a_failing_block_shows_in_place_and_mends(preview, tmp_path):
    snippet = preview.project / "snippets/pages/page-0002.md"
    whole = snippet.read_text(encoding="utf-8")
    edit(snippet, ">>> z.requires_grad\n", ">>> z.requires_grad)\n")
    preview.wait_for(TWO, "snippets/pages/page-0002.md:64: not Python")
    assert not was_built_whole(preview)
    snippet.write_text(whole, encoding="utf-8")
    preview.wait_for(TWO, "not Python", gone=True)
    assert not was_built_whole(preview)
    assert_as_built(preview, tmp_path)


def test_an_edited_template_shows(preview, tmp_path):
    append(preview.project / "docs/theme/partials/alternate.html", "<!-- another template -->")
    preview.wait_for(ONE, "<!-- another template -->")
    assert_as_built(preview, tmp_path)


def test_an_edited_style_shows(preview, tmp_path):
    append(preview.project / "docs/theme/assets/site.css", "/* another style */")
    preview.wait_for("/assets/site.css", "/* another style */")
    assert_as_built(preview, tmp_path)


def test_an_edited_nav_shows(preview, tmp_path):
    edit(preview.project / "mkdocs.yml", "Part 1", "Another part")
    preview.wait_for(ONE, "Another part")
    preview.wait_for(f"/zh{ONE}", "Another part")
    assert_as_built(preview, tmp_path)


def test_an_edited_engine_shows(preview, tmp_path):
    again = 'def render(*arguments):\n    return "<!-- another engine -->" + _render(*arguments)\n'
    append(preview.project / "src/autograd_notes/extensions/cells.py", f"\n\n_render = render\n\n\n{again}")
    preview.wait_for(ONE, "<!-- another engine -->")
    assert_as_built(preview, tmp_path)


def test_another_installed_module_shows(preview, tmp_path):
    edit(preview.project / "src/foreign.py", "installed 1", "installed 2")
    preview.wait_for(ONE, "installed 2")
    assert_as_built(preview, tmp_path)


def test_a_new_page_appears_and_a_deleted_one_disappears(preview, tmp_path):
    pages = [preview.project / f"docs/{language}/pages/new.md" for language in ("en", "zh")]
    for page in pages:
        page.write_text("# New { #new }\n\nNow you see me.\n", encoding="utf-8")
    preview.wait_for("/zh/pages/new/", "Now you see me")
    for page in pages:
        page.unlink()
    preview.wait_for("/zh/pages/new/", "Now you see me", gone=True)
    assert_as_built(preview, tmp_path)


@pytest.mark.parametrize(
    ("file", "old", "broken", "message"),
    [
        ("mkdocs.yml", "nav:", "nav: [", "mkdocs.yml"),
        ("docs/theme/partials/alternate.html", "{#-", "{% if %}{#-", "alternate.html:1: TemplateSyntaxError"),
        ("src/autograd_notes/extensions/cells.py", "from __future__", "from nowhere", "ModuleNotFoundError"),
    ],
)
def test_a_mistake_shows_in_the_browser_and_the_preview_goes_on(preview, file, old, broken, message):
    whole = (preview.project / file).read_text(encoding="utf-8")
    edit(preview.project / file, old, broken)
    preview.wait_for(ONE, message)
    (preview.project / file).write_text(whole, encoding="utf-8")
    preview.wait_for(ONE, "The page page-0001")


def test_a_deleted_snippet_shows_in_place_and_mends(preview, tmp_path):
    snippet = preview.project / "snippets/pages/page-0001.md"
    moved = snippet.rename(tmp_path / "moved.md")
    preview.wait_for(ONE, "there is no snippet &#x27;pages/page-0001.md&#x27;")
    shutil.copy(moved, snippet)
    preview.wait_for(ONE, "there is no snippet", gone=True)
    assert_as_built(preview, tmp_path)


def test_an_edit_during_the_first_build_shows(tmp_path):
    example.write(tmp_path / "project", 1)
    (tmp_path / "work").mkdir()
    preview = Preview(tmp_path / "project", tmp_path / "work")
    try:
        while "/zh" not in (said := preview.log.read_text(encoding="utf-8")):
            assert preview.process.poll() is None, said
            time.sleep(0.01)
        # Now the English pages are made, and the Chinese ones are next.
        edit(tmp_path / "project/docs/en/pages/page-0001.md", "one computation", "a computation")
        preview.wait_for(ONE, "a computation")
    finally:
        preview.stop()


def test_every_page_and_snippet_of_this_site_shows_its_edit(project, tmp_path):
    copy = tmp_path / "project"
    for name in ("docs", "snippets", "src"):
        shutil.copytree(project / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mkdocs.yml", "mkdocs.zh.yml"):
        shutil.copy(project / name, copy)
    if (project / ".cache").exists():
        # What the tutorials print.
        shutil.copytree(project / ".cache", copy / ".cache")
    slow = []
    with running(copy, tmp_path / "work") as preview:
        for file in sorted(
            [*copy.glob("docs/*/**/*.md"), *copy.glob("docs/*/**/*.py"), *copy.glob("snippets/*/**/*.md")]
        ):
            epoch = preview.epoch()
            file.write_text(edited(file.read_text(encoding="utf-8"), file), encoding="utf-8")
            preview.wait_for_build(epoch)
            if was_built_whole(preview):
                slow.append(str(file.relative_to(copy)))
        assert_as_built(preview, tmp_path)
    assert not slow, f"an edit of one of these builds everything, see `log.info` in incremental.py: {slow}"


def edited(text: str, file: Path) -> str:
    """Return the text of a page, a tutorial or a snippet with edits that this and other pages may show."""
    if file.suffix == ".py":
        return text.replace("# %% [markdown]\n", "# %% [markdown]\n# Edited.\n#\n", 1)
    if "snippets" in file.parts:
        before, fence, after = text.rpartition("```")
        return f"{before}>>> 'edited'\n'edited'\n{fence}{after}".replace("Error: ", "Error: edited ")
    return text.replace("\n## ", "\n## Edited ")
