"""Both languages say the same: code, formulas and structure agree, and no translation is older than its source."""

import os
import warnings

import pytest

from tests.expect import expect_none
from tests.judges import glossary, parity, stamps
from tests.judges.problem import listed


def _pairs(work):
    return [
        (work.page("en", stem), work.page("zh", stem))
        for stem in work.page_stems("en")
        if stem in work.page_stems("zh")
    ]


def test_every_page_exists_in_both_languages(work):
    expect_none(parity.judge_files(work))


def test_pages_agree_in_headings_snippets_code_formulas_links_boxes_and_tables(work):
    expect_none(problem for pair in _pairs(work) for problem in parity.judge_parity(*pair))


def test_every_chinese_page_was_made_from_the_english_page_as_it_is(work):
    """Who mends an English sentence need not know Chinese: it is a warning for them, and refused where it is published."""
    stale = listed(problem for pair in _pairs(work) for problem in stamps.judge_stamp(*pair))
    if stale and _is_published():
        pytest.fail(stale, pytrace=False)
    elif stale:
        warnings.warn(f"Chinese pages are to be looked at before this is published:\n{stale}", stacklevel=1)


def test_a_stale_translation_is_refused_where_it_is_published_and_nowhere_else(monkeypatch):
    monkeypatch.delenv("GITHUB_EVENT_NAME", raising=False)
    monkeypatch.setenv("CI", "true")
    assert _is_published()
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert not _is_published()
    monkeypatch.delenv("CI")
    assert not _is_published()


def _is_published():
    return bool(os.environ.get("CI")) and os.environ.get("GITHUB_EVENT_NAME") != "pull_request"


def test_chinese_pages_use_the_terms_of_the_glossary(work):
    expect_none(problem for _, chinese in _pairs(work) for problem in glossary.judge_terms(chinese))
