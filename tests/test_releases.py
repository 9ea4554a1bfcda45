"""What other releases print is recorded for the statements that stand there now, and shown where it differs."""

import contextlib
import itertools
import sys
from pathlib import Path

import markdown
import pytest
from bs4 import BeautifulSoup
from mkdocs.config import load_config

from autograd_notes.engine.dialect import Heading, Include, elements
from autograd_notes.engine.session import TRACEBACK
from autograd_notes.engine.snippet import Section, read_sections
from autograd_notes.engine.transcript import InputError, read_blocks, read_text
from autograd_notes.releases import compare, environment, examples, lookup, record
from autograd_notes.releases.__main__ import main
from autograd_notes.releases.lookup import Span
from autograd_notes.releases.record import Difference, Record
from tests.console import NAME, fence, section, written

HOW_MANY = 9
SETTINGS = """
[project]
dependencies = ["torch==2.15.0"]
[tool.autograd-notes]
releases = ["2.13.0", "2.14.1"]
"""
ONE, TWO = section("one", ">>> 1\n1"), section("two", ">>> 2\n2\n>>> 3\n3")
PAGE = "reference/releases.md"


# ---- The records of this project


@pytest.fixture(scope="module")
def records(project):
    with contextlib.chdir(project):
        return record.read_all()


def test_every_recorded_statement_still_stands_where_it_was_recorded(project, records):
    with contextlib.chdir(project):
        stale = [f"{one.release}: {found.file}: {found.statement}" for one in records for found in record.stale(one)]
    assert not stale, "\n".join([*stale, "These were changed or removed since: run `make releases`."])


def test_the_nine_minor_releases_before_the_documented_one_are_recorded_and_no_others(project, records):
    listed, documented = record.supported(project), record.documented(project)
    minors = [record.order(release)[:2] for release in [*listed, documented]]
    assert len(listed) == HOW_MANY, f"list {HOW_MANY} releases in pyproject.toml: the last patch of each minor one"
    for one, after in itertools.pairwise(minors):
        assert after in ((one[0], one[1] + 1), (one[0] + 1, 0)), f"{after} does not follow {one}: mend pyproject.toml"
    assert [one.release for one in records] == listed, "run `make releases`"


def test_all_files_with_examples_ran_in_each_release(project, records):
    with contextlib.chdir(project):
        there = set(examples.names())
    lost = {one.release: sorted(set(one.files) - there) for one in records if set(one.files) - there}
    assert not lost, f"{lost} are gone: run `make releases`"


def test_what_the_page_of_releases_says_is_in_the_records(project):
    """Each heading names the first release that prints what is documented; each open block has a difference."""
    known = [record.minor(release) for release in (*record.supported(project), record.documented(project))]
    blocks = {found.name: found.block for found in read_sections(project / "snippets" / PAGE)}
    found = dict(zip(blocks, lookup.elsewhere(list(blocks.values()), project / record.RECORDS), strict=True))
    heading = ""
    for element in elements(read_text(project / "docs/en" / PAGE).split("\n")):
        if isinstance(element, Heading):
            heading = element.title.partition(":")[0]
        elif isinstance(element, Include) and blocks[element.section].opens_releases:
            name = element.section
            newest = [elsewhere.spans[0].last for elsewhere in found[name] if elsewhere]
            assert newest, f"{name}: no release prints anything else; run `make releases`, or close the block"
            last = max(newest, key=record.order)
            first = known[known.index(last) + 1]
            assert heading == f"PyTorch {first}", f"{name}: PyTorch {last} differs, so the heading must name {first}"


# ---- A record as a file


DIFFERENCE = Difference("snippets/a.md", "one", "0123456789ab", "value", "f('''x''')\n", "a\n\n\\n 中\n")


def test_a_record_is_read_as_it_was_written(tmp_path):
    follows = Difference("snippets/a.md", "one", "0123456789ac", "follow-up", "x\n", "")
    path = tmp_path / "2.9.1.toml"
    record.write(Record("2.9.1", (DIFFERENCE, follows), {"snippets/a.md": "ff"}), path)
    read = record.read(path)
    assert read.release == "2.9.1"
    assert read.differences == (DIFFERENCE, follows)
    assert read.files == {"snippets/a.md": "ff"}
    assert [file.name for file in tmp_path.iterdir()] == ["2.9.1.toml"]


@pytest.mark.parametrize("text", ["release =", "x = 1", 'release = "2.9.1"\nfiles = {}\ndifferences = [{a = 1}]'])
def test_a_file_that_is_no_record_is_refused_with_what_to_do(tmp_path, text):
    path = written(tmp_path, text, "2.9.1.toml")
    with pytest.raises(InputError, match=r"not the record of a release.*\n.*make releases"):
        record.read(path)


# ---- Names of statements


def test_the_name_of_a_statement_changes_with_its_session_and_its_documented_output():
    def names(text: str) -> list[str]:
        return [name for block in examples.digests(read_blocks(text, NAME)) for name in block]

    both = names(fence(">>> x = 1\n>>> x\n1"))
    assert names(fence(">>> x = 1") + fence(">>> x\n1")) == both, "where a session is cut does not matter"
    assert names("!!! note\n\n    " + fence(">>> x = 1\n>>> x\n1").replace("\n", "\n    ")) == both
    assert names(fence(">>> x = 2\n>>> x\n1"))[1] != both[1]
    assert names(fence(">>> x = 1\n>>> x\n2"))[1] != both[1]
    assert names(fence(">>> x = 1") + fence(">>> x\n1", 'session="b"'))[1] != both[1]


# ---- Kinds of differences


ERROR = f"{TRACEBACK}RuntimeError: "
KINDS = {
    "value": ("1\n", "2\n"),
    "a new exception": ("1\n", f"{ERROR}no\n"),
    "an exception that is gone": (f"{ERROR}no\n", "1\n"),
    "message": (f"{ERROR}no\n", f"{ERROR}never\n"),
    "another type": (f"{ERROR}no\n", f"{TRACEBACK}ValueError: no\n"),
    "warning": ("UserWarning: a\n1\n", "UserWarning: b\n1\n"),
    "a warning that is gone": ("UserWarning: a\n1\n", "1\n"),
    "missing": ("1\n", f"{TRACEBACK}AttributeError: module 'torch.autograd.graph' has no attribute 'queue_callback'\n"),
    "an argument": ("1\n", f"{TRACEBACK}TypeError: f() got an unexpected keyword argument 'a'\n"),
    "a derivative": ("1\n", f"{ERROR}derivative for aten::aminmax is not implemented\n"),
    "nothing of None": ("1\n", f"{TRACEBACK}AttributeError: 'NoneType' object has no attribute 'zero_'\n"),
}
EXPECTED = {
    "a new exception": "value",
    "an exception that is gone": "value",
    "another type": "message",
    "a warning that is gone": "warning",
    "an argument": "missing",
    "a derivative": "missing",
    "nothing of None": "value",
}


@pytest.mark.parametrize("what", KINDS)
def test_a_difference_is_of_its_kind(what):
    documented, live = KINDS[what]
    [found] = _differences(f">>> f()\n{documented}", [live])
    assert (found.kind, found.output) == (EXPECTED.get(what, what), live)


def test_what_follows_a_failure_in_its_session_is_said_and_not_recorded():
    _, follows = _differences(">>> a = f()\n>>> a\n1", [f"{ERROR}no\n", f"{TRACEBACK}NameError: name 'a'\n"])
    assert (follows.kind, follows.output) == ("follow-up", "")


def test_the_version_itself_is_no_difference():
    assert _differences(">>> torch.__version__\n'2.15.0'", ["'2.9.1'\n"]) == []


def _differences(code: str, printed: list[str]) -> list[Difference]:
    [block] = read_blocks(fence(code), NAME)
    found = compare.differences("snippets/a.md", [Section("one", 1, block)], [printed], "2.9.1", "2.15.0")
    return list(found)


# ---- The recorder, with a release that is made up


class Stub:
    """Stands for environments: every release prints what is documented, but for `changes`."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, list[str]]] = []
        self.changes: dict[str, str] = {}
        self.refused: set[str] = set()
        self.error = ""
        self.while_it_runs = lambda: None

    @contextlib.contextmanager
    def throw_away(self, release):
        if self.error:
            raise InputError(f"torch {release}", 0, self.error, "Wait.")
        self.release = release
        yield Path(sys.executable)

    def run(self, python, names):
        self.ran.append((self.release, [Path(name).stem for name in names]))
        self.while_it_runs()
        return {name: self._ran(name) for name in names}

    def _ran(self, name):
        if Path(name).stem in self.refused:
            return f"{name}: cannot run"
        blocks = [found.block for found in examples.sections(name)]
        printed = [
            [self.changes.get(statement.source.strip(), statement.documented) for statement in block.statements]
            for block in blocks
        ]
        return environment.Ran(examples.digest_of_file(blocks), printed)


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """Two snippets in the current folder, and made-up releases."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, SETTINGS, "pyproject.toml")
    written(tmp_path, ONE, "snippets/one.md")
    written(tmp_path, TWO, "snippets/two.md")
    stub = Stub()
    monkeypatch.setattr(environment, "throw_away", stub.throw_away)
    monkeypatch.setattr(environment, "run", stub.run)
    return stub


def _recorded(release: str) -> list[tuple[str, str]]:
    return [(one.statement, one.output) for one in record.read(record.file_of(release)).differences]


def test_each_release_runs_once_newest_first_and_what_differs_is_recorded(stub, capsys):
    stub.changes["2"] = "4\n"
    assert main([]) == 0
    assert stub.ran == [("2.14.1", ["one", "two"]), ("2.13.0", ["one", "two"])]
    assert _recorded("2.14.1") == _recorded("2.13.0") == [("2\n", "4\n")]
    assert "snippets/releases/2.14.1.toml: 2 files ran; 1 differences (1 value)." in capsys.readouterr().out


def test_a_second_time_nothing_runs_and_nothing_is_written(stub, capsys):
    main([])
    before = record.file_of("2.13.0").stat()
    stub.ran.clear()
    assert main([]) == 0
    assert stub.ran == []
    assert record.file_of("2.13.0").stat().st_mtime_ns == before.st_mtime_ns
    assert "2.13.0: up to date." in capsys.readouterr().out


def test_only_files_that_changed_run_again(stub, tmp_path):
    stub.changes = {"1": "5\n", "2": "4\n"}
    main([])
    stub.ran.clear()
    written(tmp_path, TWO.replace(">>> 3\n3", ">>> 30\n30"), "snippets/two.md")
    stub.changes = {"1": "not run", "30": "40\n"}
    assert main(["2.13.0"]) == 0
    assert stub.ran == [("2.13.0", ["two"])]
    assert _recorded("2.13.0") == [("1\n", "5\n"), ("30\n", "40\n")]


def test_a_file_that_is_gone_goes_from_the_records_without_a_run(stub, tmp_path):
    stub.changes = {"1": "5\n", "2": "4\n"}
    main([])
    stub.ran.clear()
    (tmp_path / "snippets/two.md").unlink()
    assert main([]) == 0
    assert stub.ran == []
    assert _recorded("2.13.0") == [("1\n", "5\n")]
    assert list(record.read(record.file_of("2.13.0")).files) == ["snippets/one.md"]


def test_a_release_that_cannot_be_installed_is_named_and_its_record_is_as_it_was(stub, tmp_path, capsys):
    main([])
    before = record.file_of("2.13.0").read_text()
    written(tmp_path, ONE.replace("1\n1", "7\n7"), "snippets/one.md")
    stub.error = "cannot be installed: no room"
    assert main(["2.13.0"]) == 1
    assert "torch 2.13.0: cannot be installed: no room" in capsys.readouterr().err
    assert record.file_of("2.13.0").read_text() == before


def test_a_file_that_cannot_run_there_is_named_and_tried_again(stub, capsys):
    stub.refused = {"two"}
    assert main(["2.13.0"]) == 1
    assert "2.13.0: snippets/two.md: cannot run" in capsys.readouterr().err
    stub.refused, stub.ran = set(), []
    assert main(["2.13.0"]) == 0
    assert stub.ran == [("2.13.0", ["two"])]


def test_a_file_that_is_saved_while_it_runs_is_named_and_not_recorded(stub, tmp_path, capsys):
    stub.changes["30"] = "40\n"
    stub.while_it_runs = lambda: written(tmp_path, TWO.replace(">>> 3\n3", ">>> 30\n30"), "snippets/two.md")
    assert main(["2.13.0"]) == 1
    assert "2.13.0: snippets/two.md: was changed while it ran." in capsys.readouterr().err
    assert list(record.read(record.file_of("2.13.0")).files) == ["snippets/one.md"]


def test_the_record_of_a_release_that_is_not_listed_any_more_goes(stub, tmp_path, capsys):
    main([])
    written(tmp_path, SETTINGS.replace('"2.13.0", ', ""), "pyproject.toml")
    assert main([]) == 0
    assert [path.name for path in (tmp_path / record.RECORDS).iterdir()] == ["2.14.1.toml"]
    assert "snippets/releases/2.13.0.toml: removed" in capsys.readouterr().out


def test_a_release_that_is_not_listed_is_refused_with_those_that_are(stub, capsys):
    assert main(["2.0.1"]) == 2
    assert "It lists: 2.13.0, 2.14.1." in capsys.readouterr().err


@pytest.mark.parametrize(
    "change", [(">>> 1", ">>> 1 + 0"), ("1\n```", "01\n```")], ids=["another statement", "another documented output"]
)
def test_a_recorded_statement_that_changed_since_is_found(stub, tmp_path, change):
    stub.changes["1"] = "5\n"
    main(["2.13.0"])
    assert list(record.stale(record.read(record.file_of("2.13.0")))) == []
    written(tmp_path, ONE.replace(*change), "snippets/one.md")
    [stale] = record.stale(record.read(record.file_of("2.13.0")))
    assert (stale.file, stale.statement) == ("snippets/one.md", "1\n")


def test_a_recorded_statement_whose_file_is_gone_is_found(stub, tmp_path):
    stub.changes["1"] = "5\n"
    main(["2.13.0"])
    (tmp_path / "snippets/one.md").unlink()
    assert [stale.file for stale in record.stale(record.read(record.file_of("2.13.0")))] == ["snippets/one.md"]


def test_a_record_that_was_tampered_with_is_found(stub):
    stub.changes["1"] = "5\n"
    main(["2.13.0"])
    path = record.file_of("2.13.0")
    [before] = record.read(path).differences
    path.write_text(path.read_text().replace(before.digest, "0" * len(before.digest)))
    assert len(list(record.stale(record.read(path)))) == 1


def test_another_python_runs_the_examples_with_this_engine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = ">>> import torch\n>>> torch.ones(2).sum()\ntensor(9.)\n>>> 1 / 0\n1"
    written(tmp_path, section("a", code), "snippets/a.md")
    written(tmp_path, section("a", ">>> import sys; sys.exit(0)"), "snippets/b.md")
    found = environment.run(Path(sys.executable), ["snippets/a.md", "snippets/b.md"])
    assert found["snippets/a.md"].outputs == [["", "tensor(2.)\n", f"{TRACEBACK}ZeroDivisionError: division by zero\n"]]
    assert "snippets/b.md:3: this statement ends Python" in found["snippets/b.md"]


def test_a_python_that_cannot_run_the_engine_is_named_with_what_it_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    broken = written(tmp_path, "#!/bin/sh\necho 'No module named torch' >&2\nexit 1\n", "python")
    broken.chmod(0o755)
    with pytest.raises(InputError, match="No module named torch"):
        environment.run(broken, ["snippets/a.md"])


# ---- On a page


def test_releases_that_follow_one_another_are_named_by_the_first_and_the_last():
    known = ["2.6.0", "2.7.1", "2.8.0", "2.9.1"]
    assert lookup.spans(["2.9.1", "2.6.0", "2.7.1"], known) == (Span("2.9", "2.9"), Span("2.6", "2.7"))
    assert lookup.spans(known, known) == (Span("2.6", "2.9"),)
    assert lookup.spans([], known) == ()


@pytest.fixture
def page(project, tmp_path):
    """Return a function that converts Markdown with the settings of a language and records of our own."""

    def run(text: str, language: str) -> BeautifulSoup:
        name = "mkdocs.yml" if language == "en" else f"mkdocs.{language}.yml"
        config = load_config(str(project / name))
        config = config.plugins.on_config(config)
        converter = markdown.Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)
        converter.preprocessors["snippet"].base_path = [str(tmp_path)]
        return BeautifulSoup(converter.convert(text), "html.parser")

    return run


CODE = ">>> x = 1\n>>> x\n1\n>>> x + 1\n2"
SHOWN = {"en": ("Other releases: 2.6 to 2.8", "PyTorch 2.8", "PyTorch 2.6 to 2.7 (prints nothing)"),
         "zh": ("其他版本：2.6 至 2.8", "PyTorch 2.8", "PyTorch 2.6 至 2.7（没有输出）")}  # fmt: skip


def _write_records(folder: Path, code: str, **printed: str) -> None:
    [[_, digest, _]] = examples.digests(read_blocks(fence(code), NAME))
    for release, output in printed.items():
        name = release.removeprefix("v").replace("_", ".")
        found = Difference("snippets/a.md", "one", digest, "value", "x\n", output)
        record.write(Record(name, (found,), {}), folder / "releases" / f"{name}.toml")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_cell_says_which_releases_print_something_else_and_opens_to_what_each_prints(page, tmp_path, language):
    _write_records(tmp_path, CODE, v2_6_0="", v2_7_1="", v2_8_0=f"UserWarning: <a>\n{ERROR}no\n")
    cells = page(fence(CODE), language).select(".cell")
    assert [len(cell.select("details")) for cell in cells] == [1, 0], "below the statement, and nowhere else"
    [details] = cells[0].select("details.cell-releases")
    assert not details.has_attr("open")
    assert details.find_previous_sibling().select_one("code").get_text() == "1", "below what is documented"
    names = [details.summary.get_text(), *(part.get_text() for part in details.select(".cell-release"))]
    assert names == list(SHOWN[language])
    assert [part.get_text() for part in details.select("code")] == ["UserWarning: <a>", "RuntimeError: no"]
    assert [part["class"][1] for part in details.select(".cell-output")] == ["cell-warning", "cell-error"]


def test_a_block_about_releases_shows_them_without_being_asked(page, tmp_path):
    _write_records(tmp_path, CODE, v2_6_0="5\n")
    [details] = page(fence(CODE, 'releases="open"'), "en").select("details.cell-releases")
    assert details.has_attr("open")


def test_a_statement_that_prints_nothing_ends_its_cell_where_another_release_prints_something(page, tmp_path):
    code = ">>> x = 1\n>>> x = 2\n>>> x\n2"
    _write_records(tmp_path, code, v2_6_0="UserWarning: a\n")
    cells = page(fence(code), "en").select(".cell")
    assert [bool(cell.select("details")) for cell in cells] == [True, False]
    assert cells[0].select_one(".cell-input code").get_text().strip() == "x = 1\nx = 2"


def test_another_documented_output_shows_nothing_of_the_old_record(page, tmp_path):
    _write_records(tmp_path, CODE, v2_6_0="5\n")
    changed = fence(CODE.replace(">>> x\n1", ">>> x + 0\n1"))
    assert not page(changed, "en").select("details")


def test_what_follows_a_failure_is_not_shown(page, tmp_path):
    _write_records(tmp_path, CODE, v2_6_0="")
    path = tmp_path / "releases/2.6.0.toml"
    path.write_text(path.read_text().replace('"value"', '"follow-up"'))
    assert not page(fence(CODE), "en").select("details")
