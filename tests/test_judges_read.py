"""What the judges read is what stands there: tokens, formulas, headings, and the stamps that they compare."""

import pytest

from tests.console import section, written
from tests.judges import algebra, stamps
from tests.judges.algebra import Algebra, disagreement
from tests.judges.claims import Values
from tests.judges.page import read_page
from tests.judges.project import Project
from tests.judges.tex import TexError, read_tex
from tests.judges.tokens import occurs, tokens


@pytest.mark.parametrize(
    ("quoted", "text", "found"),
    [
        ("2.", "tensor([ 2., 12.])", True),
        ("2.", "tensor([12.])", False),
        ("2", "tensor(2.)", False),
        ("2.", "tensor(-2.)", False),
        ("-2.", "tensor(-2.)", True),
        ("1", "x - 1", True),
        ("-1", "x - 1", False),
        ("grad", "x.grad", True),
        ("grad", "x.grad_fn", False),
        ("tensor([0., 1.])", "tensor([ 0.,  1.])", True),
        ("x.grad", "y.grad", False),
        ("1e-15", "error < 1e-15", True),
        ("MulBackward0", "<MulBackward0>", True),
        ("AccumulateGrad", "'torch::autograd::AccumulateGrad'", True),
    ],
)
def test_a_quotation_is_found_as_whole_tokens_with_free_spacing(quoted, text, found):
    assert occurs(tokens(quoted), tokens(text)) is found


TRUE = [
    r"2^{12} = 4096",
    r"\frac{\partial}{\partial x_i} \sum_j x_j^3 = 3x_i^2",
    r"\frac{\partial}{\partial x_i} \sum_j \sin x_j = \cos x_i",
    r"\frac{\partial}{\partial \mathbf{x}} \mathbf{x} \cdot \mathbf{x} = 2\mathbf{x}",
    r"\mathbf{x}^\top \mathbf{y} = \sum_i x_i y_i",
    r"\mathrm{diag}(\mathbf{x}) \mathbf{y} = \mathrm{diag}(\mathbf{y}) \mathbf{x}",
    r"\begin{bmatrix} 1 & 2 \end{bmatrix} \begin{bmatrix} 3 \\ 4 \end{bmatrix} = 11",
    r"e^{2t} = e^t e^t",
    r"\frac{\partial}{\partial x} \tanh x = 1 - (\tanh x)^2",
    r"\sqrt{x^2} = x",
]
FALSE = [
    r"2^{12} = 4095",
    r"\frac{\partial}{\partial x_i} \sum_j x_j^3 = 3x_i^3",
    r"\frac{\partial}{\partial x_i} \sum_j \sin x_j = -\cos x_i",
    r"\frac{\partial}{\partial \mathbf{x}} \mathbf{x} \cdot \mathbf{x} = 2\mathbf{y}",
    r"\mathbf{x}^\top \mathbf{y} = \mathbf{x} \mathbf{y}^\top",
    r"\begin{bmatrix} 1 & 2 \end{bmatrix} \begin{bmatrix} 3 \\ 4 \end{bmatrix} = 12",
    r"e^{2t} = e^t",
]


def _difference(text: str) -> str:
    first, *others = Algebra().sides(read_tex(text))
    return "".join(disagreement(first, other) for other in others)


@pytest.mark.parametrize("text", TRUE)
def test_a_true_formula_is_found_true(text):
    assert _difference(text) == ""


@pytest.mark.parametrize("text", FALSE)
def test_a_false_formula_is_found_false(text):
    assert _difference(text)


@pytest.mark.parametrize(
    "text",
    [
        r"a \oplus b",
        r"\frac{1",
        r"x_",
        r"\begin{matrix} 1 \end{matrix}",
        r"2x_i + 2x_i = 4x_j",
        r"\frac{\partial y}{\partial x} = 0",
    ],
)
def test_a_formula_without_a_meaning_is_no_true_formula(text):
    with pytest.raises(TexError):
        _difference(text)


def test_a_derivative_on_which_sympy_and_autograd_disagree_is_refused(monkeypatch):
    algebra._differentiated.cache_clear()
    monkeypatch.setattr(algebra.sympy, "diff", lambda expression, symbol: expression)
    with pytest.raises(TexError, match="autograd finds"):
        _difference(r"\frac{\partial}{\partial x} x^2 = x^2")
    algebra._differentiated.cache_clear()


def test_a_page_is_read_with_the_lines_of_its_file():
    page = read_page(
        "---\ntitle: A `b`\n---\n\n# One { #one }\n\nText `a` and $x_1$ and 12, see [a `b` 7](c.md#d), no \\`code\\`.\n"
        "<!-- `hidden` 3 -->\n\n$$\ny = `2`\n$$\n\n## Two { #two }\n\n"
        '!!! note "A `title`"\n\n    --8<-- "s.md:t"\n\n| a | b |\n| --- | --- |\n| `c` | 1 |\n\n> quoted 5\n',
        "docs/en/page.md",
    )
    _, one, two = page.parts
    assert [(mark.text, mark.line) for mark in one.codes] == [("a", 7), ("b", 7)]
    assert [(mark.text, mark.line) for mark in one.formulas] == [("x_1", 7), ("y = `2`", 10)]
    assert [(mark.text, mark.line) for mark in one.numbers] == [("12", 7), ("7", 7)]
    assert [mark.text for mark in one.links] == ["c.md#d"]
    assert (two.level, two.id, two.line) == (2, "two", 14)
    assert [(mark.text, mark.line) for mark in two.includes] == [("s.md:t", 18)]
    assert [mark.text for mark in two.boxes] == ["!!! note"]
    assert [mark.text for mark in two.tables] == ["3 x 2"]
    assert [(mark.text, mark.quoted) for mark in two.numbers] == [("1", False), ("5", True)]


def test_a_stamp_is_renewed_by_one_command_and_only_for_a_chinese_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    english = written(tmp_path, "---\ntitle: A\n---\n\n# A\n", "docs/en/a.md")
    chinese = written(tmp_path, "---\ntitle: 甲\nenglish: old\n---\n\n# 甲\n", "docs/zh/a.md")

    def problems() -> list:
        return stamps.judge_stamp(
            *(read_page(path.read_text(), path.relative_to(tmp_path).as_posix()) for path in (english, chinese))
        )

    assert [problem.line for problem in problems()] == [3]
    assert stamps.main(["docs/zh/a.md"]) == 0
    assert problems() == []
    assert chinese.read_text() == f"---\ntitle: 甲\nenglish: {stamps.stamp(english.read_text())}\n---\n\n# 甲\n"
    english.write_text(english.read_text() + "\nMore.\n")
    assert len(problems()) == 1
    for wrong in (["docs/en/a.md"], ["docs/zh/b.md"], []):
        assert stamps.main(wrong) == 2
    assert "Name the Chinese pages" in capsys.readouterr().err


def test_a_complex_value_is_not_compared_by_its_real_part_alone(tmp_path):
    written(tmp_path, section("number", ">>> z = 3 + 4j"), "snippets/page.md")
    question = "page.md", "number", "z"
    assert Values(Project(tmp_path), [question]).get(*question) == "a complex value: compare it in a check"
