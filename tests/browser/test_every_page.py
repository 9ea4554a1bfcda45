"""What holds on every kind of page, in light and dark, on a desktop and on a phone.

A browser looks at so many pages that each kind of element is on one of them (`kinds`); what holds of each page's HTML is
judged on all of them, in tests/test_built_site.py.
"""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.browser.kinds import kinds, one_of_each
from tests.browser.survey import Visit, survey
from tests.conftest import once_for_all_workers


@pytest.fixture(scope="module")
def visits(
    browser_type_launch_args: dict,
    browser_context_args: dict,
    site: Path,
    paths: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Visit]:
    def visit_all(folder: Path) -> None:
        chosen = [*looked_at(site, paths), "/404.html", "/zh/404.html"]
        found = survey(browser_type_launch_args, browser_context_args, chosen)
        folder.mkdir()
        (folder / "visits.json").write_text(json.dumps([asdict(visit) for visit in found]))

    folder = once_for_all_workers("survey", tmp_path_factory, visit_all)
    return [Visit(**visit) for visit in json.loads((folder / "visits.json").read_text())]


def looked_at(site: Path, paths: list[str]) -> list[str]:
    """Return pages that have all kinds of elements between them, some in each language."""
    return one_of_each(
        {path: kinds((site / path.strip("/") / "index.html").read_text(encoding="utf-8")) for path in paths}
    )


def test_a_browser_looks_at_pages_that_have_all_kinds_between_them():
    pages = {
        "plain": kinds('<p class="a">words</p>'),
        "same": kinds('<p class="a">other</p>'),
        "more": kinds('<p class="a">words</p><div class="box"><p class="a">in it</p></div>'),
        "wide": kinds(f'<p class="a">{"w" * 90}</p>'),
    }
    assert one_of_each(pages) == ["more", "wide"]


def test_a_browser_looks_at_pages_of_each_language(visits: list[Visit]):
    chinese = [visit.path for visit in visits if visit.path.startswith("/zh/")]
    assert 2 < len(chinese) < len(visits) - 2


def test_axe_finds_nothing(visits: list[Visit]):
    found = [f"{visit.path}: {violation}" for visit in visits for violation in visit.violations]
    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways_on_a_phone(visits: list[Visit]):
    found = [f"{visit.path}: too wide: {', '.join(visit.too_wide)}" for visit in visits if visit.too_wide]
    assert not found, "\n".join(found)


def test_the_browser_reports_no_error(visits: list[Visit]):
    found = [f"{visit.path}: {error}" for visit in visits for error in visit.errors]
    assert not found, "\n".join(found)


def test_no_page_requests_anything_from_elsewhere(visits: list[Visit], base_url: str):
    found = [f"{visit.path}: {url}" for visit in visits for url in visit.requests if not url.startswith(base_url + "/")]
    assert not found, "\n".join(found)
