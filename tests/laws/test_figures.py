"""The figures of laws on the pages are those of the run, and a law says which operations break it."""

from dataclasses import replace

import pytest

from tests.laws.law import Law, expect
from tests.laws.published import NO_GRAD, PUBLISHED, files


def test_the_figures_on_the_pages_are_those_of_the_laws(calls, project, monkeypatch):
    monkeypatch.chdir(project)
    stale = [str(path) for path, text in files(calls).items() if not path.is_file() or path.read_text("utf-8") != text]
    assert not stale, f"write {', '.join(stale)} anew: python -m tests.laws"


def test_no_figure_is_left_that_no_page_shows(calls, project, monkeypatch):
    monkeypatch.chdir(project)
    left = {path.name for path in (project / "docs/generated").glob("law*")} - {path.name for path in files(calls)}
    assert not left, f"delete {', '.join(sorted(left))}"


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published.name)
def test_each_published_law_holds(calls, published):
    expect(published.law, calls)


def test_a_law_with_one_exception_too_few_fails_and_names_it(calls):
    too_few = replace(NO_GRAD, exceptions={"torch.unsafe_chunk": ""})
    with pytest.raises(pytest.fail.Exception, match=r"does not hold for torch\.unsafe_split"):
        expect(too_few, calls)


def test_a_law_with_one_exception_too_many_fails_and_names_it(calls):
    too_many = replace(NO_GRAD, exceptions={**NO_GRAD.exceptions, "torch.exp": ""})
    with pytest.raises(pytest.fail.Exception, match=r"holds for torch\.exp, which is named"):
        expect(too_many, calls)


def test_a_law_that_was_tried_on_nothing_fails(calls):
    with pytest.raises(pytest.fail.Exception, match="tried on no operation"):
        expect(Law(lambda call: True, lambda call: False), calls)
