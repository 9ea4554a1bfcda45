"""What holds on every page, in both languages, in light and dark, on a desktop and on a phone."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.browser.survey import Visit, survey
from tests.conftest import once_for_all_workers


@pytest.fixture(scope="module")
def visits(
    browser_type_launch_args: dict,
    browser_context_args: dict,
    paths: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Visit]:
    def visit_all(folder: Path) -> None:
        found = survey(browser_type_launch_args, browser_context_args, [*paths, "/404.html", "/zh/404.html"])
        folder.mkdir()
        (folder / "visits.json").write_text(json.dumps([asdict(visit) for visit in found]))

    folder = once_for_all_workers("survey", tmp_path_factory, visit_all)
    return [Visit(**visit) for visit in json.loads((folder / "visits.json").read_text())]


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
