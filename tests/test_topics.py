"""Every page and every mistake of the gallery belongs to a topic, and the page of topics is made from that."""

import pytest

from autograd_notes.engine.dialect import front_matter
from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.topics import read_topics

# What is about the whole site.
WITHOUT = {"index", "playground", "notes/errata", "reference/glossary", "reference/topics"}
WITHOUT |= {"explanation/how-this-stays-true", "reference/errors/index", "reference/errors/all-messages"}
TOPIC = """
[[topic]]
id = "graph"
en = "The graph"
zh = "计算图"
page = "explanation/graph.md"
"""


def _stem(address):
    return address.partition("#")[0].rpartition(".")[0]


def _triage(project):
    """The pages of the gallery that ask which mistake it is: they are in the navigation, and the mistakes are not."""
    return {
        path.relative_to(project / "docs/en").with_suffix("").as_posix()
        for path in (project / "docs/en/reference/errors").glob("*.md")
        if "up" not in front_matter(path.read_text(encoding="utf-8").split("\n")).values
    }


def test_every_page_and_every_mistake_has_a_topic(work, project):
    topics = read_topics(project / "docs/topics.toml", "en")
    listed = {_stem(one) for topic in topics for one in (topic.page, *topic.more, *topic.mistakes)}
    pages = {stem.removesuffix(".md") for stem in work.page_stems("en")} - WITHOUT - _triage(project)
    missing = sorted(pages - listed)
    assert not missing, "give these pages a topic in docs/topics.toml:\n" + "\n".join(missing)


def test_every_page_of_a_topic_exists(project):
    for topic in read_topics(project / "docs/topics.toml", "en"):
        for address in (topic.page, *topic.more, *topic.mistakes):
            for language in ("en", "zh"):
                path = project / "docs" / language / address.partition("#")[0]
                assert path.is_file(), f"docs/topics.toml, {topic.id}: there is no {address}"


def test_no_two_topics_have_one_page_of_their_own(project):
    pages = [topic.page for topic in read_topics(project / "docs/topics.toml", "zh")]
    assert len(pages) == len(set(pages)), "two topics are explained by one page"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("topic = ", "cannot be read"),
        (TOPIC.replace("zh", "de"), "graph lacks 'zh'"),
        (TOPIC + 'other = "x"\n', "graph has the unknown key 'other'"),
    ],
)
def test_a_topic_that_cannot_be_used_is_refused_by_name(tmp_path, text, problem):
    path = tmp_path / "topics.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read_topics(path, "en")
