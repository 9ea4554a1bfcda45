"""`python -m autograd_notes check` and `accept`: what they print, and exit codes 0 agreed, 1 drifted, 2 unusable."""

import os
import shutil
import subprocess
import sys

import pytest

from autograd_notes.__main__ import main
from tests.console import fence, section, written


def test_check_of_what_agrees_says_how_much_and_exits_0(tmp_path, capsys):
    path = written(tmp_path, fence(">>> 1\n1\n>>> x = 2"))
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "1 file, 2 statements, 0 drifts.\n"


def test_check_of_a_drift_names_file_line_statement_documented_and_live_and_exits_1(tmp_path, capsys):
    path = written(tmp_path, "text\n\n" + fence(">>> x = 1\n>>> x\n2"))
    assert main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{path}:5: output drifted (- documented, + live)\n    >>> x\n  - 2\n  + 1\n")
    assert "accept" in out


def test_check_of_unusable_input_says_why_checks_the_rest_and_exits_2(tmp_path, capsys):
    broken, drifted = written(tmp_path, fence(">>> x ="), "a.md"), written(tmp_path, fence(">>> 1\n2"), "b.md")
    assert main(["check", str(broken), str(drifted), str(tmp_path / "gone.md")]) == 2
    printed = capsys.readouterr()
    assert f"{drifted}:2: output drifted" in printed.out
    assert f"{broken}:2: not Python" in printed.err
    assert f"{tmp_path / 'gone.md'}: cannot be read: No such file" in printed.err


def test_accept_prints_what_it_recorded_and_exits_0(tmp_path, capsys):
    path = written(tmp_path, fence(">>> 1\n2"))
    assert main(["accept", str(path)]) == 0
    assert capsys.readouterr().out == (
        f"{path}:2: recorded (- was, + is)\n    >>> 1\n  - 2\n  + 1\n\n1 file, 1 output recorded.\n"
    )
    assert path.read_text() == fence(">>> 1\n1")


def test_accept_of_unusable_input_overwrites_nothing_records_the_rest_and_exits_2(tmp_path, capsys):
    broken, drifted = (
        written(tmp_path, fence(">>> 1\n2\n>>> x ="), "a.md"),
        written(tmp_path, fence(">>> 1\n2"), "b.md"),
    )
    assert main(["accept", str(broken), str(drifted)]) == 2
    assert f"{broken}:4: not Python" in capsys.readouterr().err
    assert broken.read_text() == fence(">>> 1\n2\n>>> x =")
    assert drifted.read_text() == fence(">>> 1\n1")


@pytest.mark.parametrize("command", ["check", "accept"])
def test_without_files_it_takes_all_snippets_by_their_rules(command, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, section("a", ">>> 1\n1"), "snippets/notes/a.md")
    written(tmp_path, "not a snippet", "snippets/README.md")
    assert main([command]) == 0
    assert capsys.readouterr().out.startswith("1 file, ")
    broken = written(tmp_path, section("b", ">>> 1  # a comment\n2"), "snippets/b.md")
    assert main([command]) == 2
    assert "snippets/b.md:3: a snippet holds no words for humans" in capsys.readouterr().err
    assert broken.read_text() == section("b", ">>> 1  # a comment\n2")


def test_a_folder_without_snippets_is_unusable(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    assert "Run this in the project's folder" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["chekc"], ["check", "--fast"]])
def test_a_wrong_command_line_exits_2_and_shows_the_right_one(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m autograd_notes" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [["autograd_notes", "check"], ["autograd_notes", "accept"], ["mkdocs", "build", "--site-dir", "{folder}/site"]],
    ids=" ".join,
)
def test_without_torch_it_says_what_installs_it(command, tmp_path, project):
    written(tmp_path, "raise ModuleNotFoundError('No module named torch', name='torch')\n", "torch.py")
    result = subprocess.run(
        [sys.executable, "-m", *(word.format(folder=tmp_path) for word in command)],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode not in (0, None)
    assert "torch is not installed" in result.stderr
    assert "`make serve` and `make test` install it" in result.stderr


def test_an_output_that_the_terminal_cannot_show_is_shown_by_its_numbers(tmp_path, project):
    path = written(tmp_path, fence('>>> "\u4e2d"\n1'))
    result = subprocess.run(
        [sys.executable, "-m", "autograd_notes", "check", str(path)],
        cwd=project,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    assert "\\u4e2d" in result.stdout


def test_what_editors_leave_beside_snippets_is_no_snippet(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, section("a", ">>> 1\n1"), "snippets/a.md")
    (tmp_path / "snippets/.#a.md").symlink_to("nobody@nowhere.1234")
    (tmp_path / "snippets/._a.md").write_bytes(b"\x00\x05\x16\x07")
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "1 file, 1 statement, 0 drifts.\n"


def test_the_settings_of_a_computer_change_no_output(tmp_path, project):
    shutil.copytree(project / "src", tmp_path / "späces 路径/src", ignore=shutil.ignore_patterns("__pycache__"))
    settings = {"TORCH_SHOW_CPP_STACKTRACES": "1", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = subprocess.run(
        [sys.executable, "-m", "autograd_notes", "check", project / "snippets/reference/errors/anomaly-nan.md"],
        cwd=tmp_path,
        env={**os.environ, **settings, "PYTHONPATH": str(tmp_path / "späces 路径/src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
