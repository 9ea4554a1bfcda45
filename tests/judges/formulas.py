"""Judge the mathematics: every formula of a page is worked out, or compared with the page's code, or it is a fault.

- A *symbol* (`$x_i$`) claims nothing; the page's code or another formula of the page must have it.
- A *closed claim* (`$2^{12} = 4096$`, `$\\frac{\\partial}{\\partial x_i} \\sum_j x_j^3 = 3x_i^2$`) is read from the
  page's own TeX and worked out on both sides. Derivatives are taken by sympy and confirmed by autograd, from the
  definitions that stand above them on the page.
- All else (a definition such as `$y = x^2$`, an expression such as `$4x_i + 1$`) means something in the page's code
  only. The claims of the page (snippets/<page>.claims.toml) say what: the TeX is worked out with the values of the page's session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy

from tests.judges import tex
from tests.judges.algebra import CONSTANTS, Algebra, disagreement, walk
from tests.judges.claims import FORMULA, Entry, Values, claims_of, find_entry, read_claims
from tests.judges.page import Mark, Page, Part
from tests.judges.problem import Problem
from tests.judges.project import LANGUAGES, Project, shown
from tests.judges.tex import LETTER, TexError, Tree, read_tex
from tests.judges.tokens import tokens

TOLERANCE = 1e-6

Definitions = Mapping[str, Tree | tuple[str, Tree]]


class FormulaJudge:
    """Judges the formulas of pages, with the claims and the values of their sessions read once.

    Args:
        project: The working copy.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.claims = read_claims(project, FORMULA)
        self.letters = {stem: _letters_of(project, stem) for stem in self.claims}
        self.values = Values(project, self._asked())
        self.judged: dict[object, str] = {}

    def judge(self, page: Page, stem: str) -> list[Problem]:
        """Return a problem for each formula of a page that is false, or that nothing accounts for.

        Args:
            page: The page, in any language.
            stem: Its stem.
        """
        definitions: dict[str, Tree | tuple[str, Tree]] = {}
        claimed = self._claimed(page, stem)
        problems = []
        for part in page.parts:
            known = claimed | self._names_of_code(part, stem)
            for formula in part.formulas:
                entry = find_entry(self.claims.get(stem, []), formula.text, part.id)
                fault = self._fault(stem, formula, entry, definitions, known)
                if fault:
                    problems.append(
                        Problem(page.name, formula.line, f"${formula.text}$ {fault}", _remedy(stem, formula, entry))
                    )
        return list(dict.fromkeys(problems))

    def _fault(
        self,
        stem: str,
        formula: Mark,
        entry: Entry | None,
        definitions: dict[str, Tree | tuple[str, Tree]],
        known: set[str],
    ) -> str:
        """Return what is wrong with a formula, "" for nothing; note what it defines."""
        if entry and entry.check:
            value = self.values.get(*_place(stem, entry), entry.check)
            return (
                "" if not isinstance(value, str) and all(_flat(value)) else f"fails its check {entry.check!r}: {value}"
            )
        try:
            tree = read_tex(formula.text)
        except TexError as error:
            return f"cannot be worked out: {error}."
        is_symbol = _is_symbol(tree)
        if entry is None and (is_symbol or _is_closed(tree, definitions)):
            unknown = sorted((_letters(tree) | (_indices(tree) if is_symbol else set())) - known)
            if unknown:
                return f"has {unknown[0]!r}, which neither the code under this heading nor a formula with a claim has."
            if is_symbol:
                return ""
        key = (formula.text, stem, entry and entry.line, tuple(definitions.items()))
        if key not in self.judged:
            self.judged[key] = self._worked_out(stem, tree, entry, definitions)
        if entry:
            definitions.update(_defined(tree))
        return self.judged[key]

    def _worked_out(self, stem: str, tree: Tree, entry: Entry | None, definitions: Definitions) -> str:
        try:
            if entry:
                return self._compared(stem, tree, entry, definitions)
            if not _is_closed(tree, definitions):
                return "is accounted for nowhere."
            algebra = Algebra(definitions)
            first, *others = algebra.sides(tree)
            differences = filter(None, (disagreement(first, other) for other in others))
            return next((f"is false: {difference}." for difference in differences), "")
        except (TexError, RecursionError) as error:
            return f"cannot be worked out: {error}."

    def _compared(self, stem: str, tree: Tree, entry: Entry, definitions: Definitions) -> str:
        """Work a formula out with the values of the session, and compare its sides with each other and the claim."""
        place = _place(stem, entry)
        values = {letter: self.values.get(*place, entry.where.get(letter, letter)) for letter in self.letters[stem]}
        values = {letter: value for letter, value in values.items() if not isinstance(value, str)}
        left = _target(tree)
        known = {name: body for name, body in definitions.items() if name not in entry.where and name != left}
        known |= {letter: read_tex(body) for letter, body in entry.define.items()}
        free = {letter: value for letter, value in values.items() if letter not in known}
        algebra = Algebra(known, {letter: _shape(value) for letter, value in free.items()})
        point = {symbol: number for letter, value in free.items() for symbol, number in _symbols(letter, value)}
        found = [
            [_number(value, point) for value in side]
            for side in _sides(tree, algebra, bool(left) and left not in values)
        ]
        if entry.equals:
            expected = self.values.get(*place, entry.equals)
            if isinstance(expected, str):
                raise TexError(f"{entry.equals!r} gives {expected!r}")
            found.append(_flat(expected))
        if len(found) < 2:
            raise TexError(f"nothing to compare it with: add equals = … to its entry (line {entry.line})")
        different = (other for other in found[1:] if not _close(found[0], other))
        return next((f"is false after {entry.after!r}: {found[0]} is not {other}." for other in different), "")

    def _asked(self) -> Iterator[tuple[str, str, str]]:
        for stem, entries in self.claims.items():
            for entry in entries:
                for python in filter(None, (entry.check, entry.equals)):
                    yield *_place(stem, entry), python
                for letter in self.letters[stem] if not entry.check else ():
                    yield *_place(stem, entry), entry.where.get(letter, letter)

    def _claimed(self, page: Page, stem: str) -> set[str]:
        """Return the names and indices of the formulas with a claim, and the indices of its other equations."""
        names: set[str] = set()
        for part in page.parts:
            for formula in part.formulas:
                entry = find_entry(self.claims.get(stem, []), formula.text, part.id)
                tree = _read(formula.text)
                if tree is None:
                    names |= set(LETTER.findall(formula.text)) if entry else set()
                elif entry:
                    names |= _letters(tree) | _indices(tree)
                elif isinstance(tree, tex.Equation):
                    names |= _indices(tree)
        return names

    def _names_of_code(self, part: Part, stem: str) -> set[str]:
        runs = shown(part.includes, self.project.runs(stem))
        return {token for run in runs for code in run.inputs for token in tokens(code)}


def _read(text: str) -> Tree | None:
    try:
        return read_tex(text)
    except TexError:
        return None


def _letters_of(project: Project, stem: str) -> list[str]:
    found: set[str] = set()
    for language in LANGUAGES:
        if stem in project.page_stems(language):
            for part in project.page(language, stem).parts:
                for formula in part.formulas:
                    tree = _read(formula.text)
                    found |= _letters(tree) if tree else set()
    return sorted(found)


def _letters(tree: Tree) -> set[str]:
    return {node.letter for node in walk(tree) if isinstance(node, tex.Name)} - set(CONSTANTS)


def _indices(tree: Tree) -> set[str]:
    return {index for node in walk(tree) if isinstance(node, tex.Index) for index in node.indices}


def _is_symbol(tree: Tree) -> bool:
    return bool(_letters(tree)) and all(isinstance(node, tex.Name | tex.Index | tex.Transpose) for node in walk(tree))


def _is_closed(tree: Tree, definitions: Definitions) -> bool:
    """Whether a formula is an equation that says something new about names that are known."""
    return isinstance(tree, tex.Equation) and _target(tree) in ("", *definitions)


def _target(tree: Tree) -> str:
    """Return the name on the left side of an equation, with brackets for a function; "" where there is no name."""
    left = tree.sides[0] if isinstance(tree, tex.Equation) else None
    if isinstance(left, tex.Apply) and not left.primes and isinstance(left.argument, tex.Name):
        return f"{left.function}()"
    name = left.base if isinstance(left, tex.Index) else left
    return name.letter if isinstance(name, tex.Name) and name.letter not in CONSTANTS else ""


def _defined(tree: Tree) -> dict[str, Tree | tuple[str, Tree]]:
    """Return the name that an equation defines and its definition; {} where it defines none, or a mere number."""
    target = _target(tree)
    if not target or not _letters(tree.sides[1]):
        return {}
    left, right = tree.sides[:2]
    return {target: (left.argument.letter, right) if isinstance(left, tex.Apply) else right}


def _sides(tree: Tree, algebra: Algebra, is_new: bool) -> list[list[sympy.Expr]]:
    """Return the values of what can be worked out: not of a name that nothing but its equation knows."""
    if not isinstance(tree, tex.Equation):
        return [algebra.values(getattr(tree, "value", tree))]
    return algebra.sides(tex.Equation(tree.sides[1:]) if is_new else tree)


def _place(stem: str, entry: Entry) -> tuple[str, str]:
    return entry.snippet or stem, entry.after


def _remedy(stem: str, formula: Mark, entry: Entry | None) -> str:
    if entry:
        return f"Correct it in both languages, or its entry: {claims_of(stem)}:{entry.line}."
    quote = "'''" if "'" in formula.text else "'"
    claim = (
        'equals = "<its value there, in Python>"' if _read(formula.text) else 'check = "<Python that is true there>"'
    )
    return (
        "Correct it in both languages; or, if it is right, say what it means in "
        f"{claims_of(stem)}:\n    [[formula]]\n    tex = {quote}{' '.join(formula.text.split())}{quote}\n"
        f'    after = "<a section of the snippet>"\n    {claim}'
    )


def _shape(value: object) -> tuple[int, ...]:
    return (len(value), *_shape(value[0])) if isinstance(value, list) else ()


def _flat(value: object) -> list[float]:
    return [number for entry in value for number in _flat(entry)] if isinstance(value, list) else [value]


def _symbols(letter: str, value: object) -> Iterator[tuple[sympy.Symbol, float]]:
    if not isinstance(value, list):
        yield sympy.Symbol(letter), value
        return
    for number, entry in enumerate(value):
        yield from _symbols(f"{letter}_{number}", entry)


def _number(value: sympy.Expr, point: Mapping[sympy.Symbol, float]) -> float:
    value = sympy.sympify(value)
    unknown = sorted(str(symbol).partition("_")[0] for symbol in value.free_symbols - set(point))
    if unknown:
        raise TexError(f'{unknown[0]} has no value there: add where = {{ {unknown[0]} = "…" }} to its entry')
    return float(value.subs(point))


def _close(left: list[float], right: list[float]) -> bool:
    return len(left) == len(right) and all(
        abs(one - other) <= TOLERANCE * (1 + abs(other)) for one, other in zip(left, right, strict=True)
    )
