"""What a page says in code, numbers and formulas is what ran: no value of it can be wrong without a test failing."""

import pytest

from tests.expect import expect_none
from tests.judges import formulas, numbers, prose, sections
from tests.judges.claims import FORMULA, NUMBER, judge_claims
from tests.judges.project import LANGUAGES
from tests.judges.sentences import SentenceJudge


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_of_a_snippet_is_shown_once_in_order_and_no_code_is_typed_into_a_page(work, language):
    expect_none(
        problem
        for stem in work.page_stems(language)
        for problem in sections.judge_sections(work, work.page(language, stem), stem)
    )


def test_every_snippet_has_a_page(work):
    expect_none(sections.judge_pages(work))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_inline_code_is_in_the_run_of_its_section_or_exists_in_pytorch(work, language):
    expect_none(
        problem
        for stem in work.page_stems(language)
        for problem in prose.judge_prose(work.page(language, stem), work.runs(stem), work.root)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_in_the_text_is_in_the_run_of_its_section_or_claimed(work, language):
    judge = numbers.NumberJudge(work)
    expect_none(
        problem for stem in work.page_stems(language) for problem in judge.judge(work.page(language, stem), stem)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_formula_is_true_or_agrees_with_the_page_s_code(work, language):
    judge = formulas.FormulaJudge(work)
    expect_none(
        problem for stem in work.page_stems(language) for problem in judge.judge(work.page(language, stem), stem)
    )


def test_every_sentence_that_rests_on_an_output_is_on_its_page_and_true(work):
    judge = SentenceJudge(work)
    expect_none(problem for stem in judge.claims for problem in judge.judge(stem))


@pytest.mark.parametrize("kind", [FORMULA, NUMBER])
def test_every_claim_is_on_its_page(work, kind):
    expect_none(judge_claims(work, kind))
