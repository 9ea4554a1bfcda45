"""Where no MathML can be, a formula is a line of text that reads as mathematics, whatever is in it."""

import re

import pytest

from autograd_notes.extensions.formulas import mathml
from autograd_notes.site.formula_text import text_of, with_formulas_as_text

# Elements that a formula can be made of: a test below has each that is not written as what is in it.
ROWS = {"math", "mrow", "mspace", "mtr", "mtd"}
TESTED = {
    "mi",
    "mn",
    "mo",
    "mtext",
    "msup",
    "msub",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mfrac",
    "msqrt",
    "mroot",
}
KNOWN = ROWS | TESTED | {"mtable"}
FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"t, t^2, t^3", "t, t², t³"),
        (r"1, 2t, 3t^2", "1, 2t, 3t²"),
        (r"z_i = x_i^3", "z_i = x_i³"),
        (r"n x^{n-1}", "nxⁿ⁻¹"),
        (r"\varepsilon^{1/3}", "ε^(1/3)"),
        (r"x_{i+1}", "x_(i+1)"),
        (r"\left( x + \frac{a}{x} \right)^2", "(x + a/x)²"),
        (r"\frac{1}{2 \sqrt{a}}", "1/(2√a)"),
        (r"-\frac{1}{\sqrt{1 - x^2}}", "−1/√(1 − x²)"),
        (r"\sqrt[3]{x}", "x^(1/3)"),
        (r"\frac{f(x + h) - f(x)}{h} = 3x^2 + 3xh + h^2", "(f(x + h) − f(x))/h = 3x² + 3xh + h²"),
        (r"\frac{\mathrm{d}z}{\mathrm{d}a}", "dz/da"),
        (
            r"\frac{\partial L}{\partial x_j} = \sum_i v_i \frac{\partial y_i}{\partial x_j}",
            "∂L/∂x_j = ∑_i v_i ∂y_i/∂x_j",
        ),
        (r"\sum_{i=1}^n x_i", "∑_(i=1)ⁿ x_i"),
        (r"\frac{1}{2}((v - 3)^2 + p v^2)", "1/2 ((v − 3)² + pv²)"),
        (r"y \leftarrow x \sin y", "y ← x sin y"),
        (r"\max(x, 0) - \max(-x, 0)", "max(x, 0) − max(−x, 0)"),
        (r"u'' = -u", "u′′ = −u"),
        (r"\mathbf{v}^\top (\mathbf{J} \mathbf{u})", "vᵀ(Ju)"),
        (r"\mathbf{J}_3 \mathbf{J}_2", "J_3 J_2"),
        (r"\nabla f(\mathbf{x}) \cdot \mathbf{v}", "∇f(x) ⋅ v"),
        (
            r"\begin{bmatrix} 2x_1 & 0 \\ 0 & 2x_2 \end{bmatrix} = \mathrm{diag}(2\mathbf{x})",
            "[2x_1, 0; 0, 2x_2] = diag(2x)",
        ),
        (r"\hat y - \bar x", "y\u0302 − x\u0304"),
        (r"\exp(-x^2) \text{ if } x > 0", "exp(−x²) if x > 0"),
    ],
)
def test_a_formula_reads_as_mathematics_in_one_line(tex, text):
    assert text_of(mathml(tex, False)) == text


@pytest.mark.parametrize("tex", [r"\lim_{h \to 0} \max_i x_i", r"\sum_{i=1}^n \frac{1}{i}"])
def test_a_displayed_formula_reads_like_one_in_a_line(tex):
    assert text_of(mathml(tex, True)) == text_of(mathml(tex, False))


def test_a_formula_stays_html_where_it_stands_in_html():
    assert with_formulas_as_text(f"<p>if {mathml('a < b', False)}</p>") == "<p>if a &lt; b</p>"


def test_no_formula_of_the_site_has_an_element_that_has_no_form_in_a_line(site):
    formulas = {
        formula for page in site.rglob("*.html") for formula in FORMULA.findall(page.read_text(encoding="utf-8"))
    }
    assert formulas
    unknown = {name for formula in formulas for name in re.findall(r"<(\w+)", formula)} - KNOWN
    assert not unknown, (
        f"give {', '.join(sorted(unknown))} a form in src/autograd_notes/site/formula_text.py, and test it here"
    )
