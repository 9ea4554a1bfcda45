"""Both languages say the same: code, formulas and structure agree, and no translation is older than its source."""

from tests.expect import expect_none
from tests.judges import glossary, parity, stamps


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
    expect_none(problem for pair in _pairs(work) for problem in stamps.judge_stamp(*pair))


def test_chinese_pages_use_the_terms_of_the_glossary(work):
    expect_none(problem for _, chinese in _pairs(work) for problem in glossary.judge_terms(chinese))
