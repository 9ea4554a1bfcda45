"""The site as a reader gets it shows what ran, and holds nothing broken, raw or foreign."""

import pytest

from tests.conftest import DRIFTED, DRIFTS, why_not_built
from tests.expect import expect_none
from tests.judges import built_site
from tests.judges.project import LANGUAGES


@pytest.fixture(scope="module")
def built(site):
    return built_site.BuiltSite(site)


def test_the_site_builds(site_or_why_not):
    """The other tests that need the site are left out where this one fails, in one line."""
    why_not = why_not_built(site_or_why_not)
    if DRIFTED in why_not:
        pytest.skip(DRIFTS)
    if why_not:
        pytest.fail(why_not, pytrace=False)


def test_no_page_has_raw_markdown_dead_links_duplicate_ids_foreign_assets_or_a_wrong_language(built):
    expect_none(built_site.judge_every_page(built))


def test_no_style_loads_from_another_host(built):
    expect_none(built_site.judge_styles(built))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_built_and_shows_the_code_outputs_and_formulas_that_were_judged(work, built, language):
    stems = work.page_stems(language)
    pages = {stem: built.page(language, stem) for stem in stems}
    assert not [stem for stem, page in pages.items() if page is None]
    expect_none(
        problem
        for stem in stems
        for page in [work.page(language, stem)]
        for problem in built_site.judge_shown(pages[stem], page, work.generated(page), work.runs(stem))
    )
