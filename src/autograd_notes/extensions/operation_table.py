"""The Markdown extension that shows what is recorded of each operation: a table, and lists of those that have a value.

The table stands where a page says `<!-- operations -->`. A list stands where it says `<!-- operations saves= -->`, here
of the operations that save nothing; several values are separated by "|", and a long list is folded.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograd_notes.engine.dialect import Marker
from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.formulas import mathml
from autograd_notes.extensions.marker import MarkerExtension
from autograd_notes.extensions.place import find_place
from autograd_notes.operations import documentation, formulas
from autograd_notes.operations.record import FILE, OR, SOMETIMES, Row, Table, read

FEW = 40
NODES_SHOWN = 3
HEADS = {
    "name": {"en": "Operation", "zh": "运算"},
    "gradient": {"en": "Gradient for", "zh": "对谁求导"},
    "saves": {"en": "Saves", "zh": "保存"},
    "again": {"en": "Second backward", "zh": "再次反向传播"},
    "second": {"en": "Second derivative", "zh": "二阶导数"},
    "forward": {"en": "Forward mode", "zh": "前向模式"},
    "vmap": {"en": "vmap", "zh": "vmap"},
    "view": {"en": "Result", "zh": "结果"},
    "in_place": {"en": "In-place form", "zh": "原地形式"},
    "changed": {"en": "Do not change", "zh": "不可改动"},
    "complex": {"en": "Complex", "zh": "复数"},
    "repeats": {"en": "Repeats", "zh": "可重复"},
}
CHINESE = {
    "works": "可行",
    "raises": "报错",
    "yes": "有",
    "zero": "零",
    "lost": "丢失",
    "none": "无",
    "nothing": "无",
    "rule": "规则",
    "loop": "循环",
    "new": "新张量",
    "view": "视图",
    "input": "输入",
    "result": "结果",
    "complex.yes": "可以",
    "complex.no": "不行",
    "repeats.yes": "是",
    "forward": "仅前向",
    "no": "不行",
    "random": "随机",
    "refused": "被拒",
    "sometimes": "有时",
    "not": "不可对",
    "backward": "反向",
    "argument": "实参",
    "any": "不限",
    "name": "有",
    "find": "按名字筛选",
    "more": "按列筛选",
    "count": "{} / {} 种运算",
    "bytes": "{} B：{}",
    "all": "{} 种",
    "at-once": "立即",
}
ENGLISH = {
    "argument": "an argument",
    "name": "has one",
    "find": "Filter by name",
    "more": "Filter by column",
    "count": "{} of {} operations",
    "bytes": "{} B for {}",
    "all": "{} operations",
    "at-once": "at once",
}


class OperationTableExtension(MarkerExtension):
    """Replace the markers by the table and by lists of operations."""

    markers = ("operations",)
    file = str(FILE)
    is_html = True

    def made(self, marker: Marker) -> Iterator[str]:
        """Yield what stands for the table, or for the list of those that have a value."""
        table = dict(sorted(read(self.path).items(), key=lambda entry: in_order(entry[0])))
        words = _Words(self.language)
        column, _, values = marker.argument.partition("=")
        if column not in ("", *next(iter(table.values()))):
            problem = f"the table of operations has no column {column!r}."
            raise InputError(find_place(self.md, []).name, 0, problem, "Correct the marker.")
        chosen = [name for name, row in table.items() if column and row[column] in values.split("|")]
        yield self.md.htmlStash.store(_listed(chosen, words) if column else "".join(_table(table, words)))


@dataclass(frozen=True)
class _Words:
    language: str

    def __call__(self, word: str, column: str = "") -> str:
        known = CHINESE if self.language == "zh" else ENGLISH
        return known.get(f"{column}.{word}") or known.get(word, word)

    def head(self, column: str) -> str:
        return HEADS[column][self.language]


def _listed(names: list[str], words: _Words) -> str:
    links = " ".join(f'<a href="#{name}">{_short(name)}</a>' for name in names)
    count = words("all").format(len(names))
    if len(names) <= FEW:
        return f'<p class="operation-names">{links}</p>'
    return f'<details><summary>{count}</summary><p class="operation-names">{links}</p></details>'


def _table(table: Table, words: _Words) -> Iterator[str]:
    # The search finds the page by the names; of the table itself it would only quote scraps. (Material's search takes
    # the end of any element of the same name for the end of an excluded one, so we exclude what holds no such element.)
    yield f'<p hidden>{" ".join(table)}</p><div class="operation-box"><operation-table data-count="{words("count")}">'
    yield from _filters(table, words)
    # On a narrow screen each cell shows the name of its column, which the style sheet takes from here.
    names = ";".join(f"--column-{place}:'{words.head(name)} '" for place, name in enumerate(HEADS, 1))
    yield f'<table class="operations" data-search-exclude style="{names}"><thead><tr>'
    yield "".join(f'<th scope="col">{words.head(column)}</th>' for column in HEADS)
    yield "</tr></thead><tbody>"
    known = formulas.read()
    for name, row in table.items():
        yield f'<tr id="{name}">{_name(name, row)}'
        for column, cell in CELLS.items():
            content = cell(row, words)
            if column == "gradient" and name in known:
                content += f"<br>{mathml(known[name], False)}"
            yield f"<td>{content}</td>"
        yield "</tr>\n"
    yield "</tbody></table></operation-table></div>"


def _filters(table: Table, words: _Words) -> Iterator[str]:
    count = words("count").format(len(table), len(table))
    yield "<noscript><style>.operation-filters { display: none }</style></noscript>"
    yield '<div class="operation-filters" data-search-exclude>'
    yield f'<label>{words("find")} <input type="search" autocomplete="off"></label>'
    yield f"<output>{count}</output><details><summary>{words('more')}</summary>"
    for place, column in enumerate(HEADS):
        if column in OPTIONS:
            yield f'<label>{words.head(column)} <select data-column="{place}"><option value="">{words("any")}</option>'
            for option in OPTIONS[column] or _values(table, column):
                # Names of arguments and forms are code; what is not code is a word.
                word = words(option, column)
                value = "code" if option in ("argument", "name") else word
                yield f'<option value="{value}">{word}</option>'
            yield "</select></label>"
    yield "</details></div>"


def _values(table: Table, column: str) -> list[str]:
    return sorted({value for row in table.values() for value in row[column].split(OR)})


def _name(name: str, row: Row) -> str:
    where = documentation.address(name)
    # Long names may break before a dot.
    shown = f"<code>{_short(name).replace('.', '<wbr>.')}</code>"
    nodes = row["grad_fn"].split()
    more = " …" if len(nodes) > NODES_SHOWN else ""
    link = f'<a href="{where}">{shown}</a>' if where else shown
    return (
        f'<th scope="row">{link} <a class="row-link" href="#{name}">#</a>'
        f"<small>{' '.join(nodes[:NODES_SHOWN])}{more}</small></th>"
    )


def in_order(name: str) -> str:
    """Return what names are sorted by: as one looks them up, without the module that all have in common."""
    return name.removeprefix("torch.").lstrip("_").lower()


def _short(name: str) -> str:
    return html.escape(name.removeprefix("torch."))


def _gradient(row: Row, words: _Words) -> str:
    refused = _names(row["not_implemented"], words)
    return _names(row["gradient"], words) + (f"; {words('not')} {refused}" if refused else "")


def _saves(row: Row, words: _Words) -> str:
    kept = row["saves"].split()
    if not kept:
        return words("nothing")
    number, _, shapes = row["bytes"].partition(" for ")
    return f"{_names(row['saves'], words)}<small>{words('bytes').format(number, shapes)}</small>"


def _changed(row: Row, words: _Words) -> str:
    result = {"raises": "result", "fine/raises": "result?", "refused": "result", "fine/refused": "result?"}
    what = f"{result.get(row['result_changed'], '')} {row['input_changed']}"
    at_once = f" ({words('at-once')})" if "refused" in row["result_changed"] else ""
    return _names(what, words) + at_once if what.strip() else words("nothing")


def _vmap(row: Row, words: _Words) -> str:
    forward, backward = (_either(row, column, words) for column in ("vmap", "vmap_gradient"))
    return forward if forward == backward else f"{forward}; {words('backward')} {backward}"


def _in_place(row: Row, words: _Words) -> str:
    name, _, raises = row["in_place"].partition(" ")
    return f"<code>{name}</code> {words(raises)}" if name else words("none")


def _names(names: str, words: _Words) -> str:
    """Return names of arguments as code, and what is not an argument as a word: first those that always hold."""
    always: list[str] = []
    sometimes: list[str] = []
    for name in names.split():
        plain = name.removesuffix(SOMETIMES)
        shown = words(plain) if plain in ("result", "new") else f"<code>{plain}</code>"
        (always if name == plain else sometimes).append(shown)
    parts = [", ".join(always)] if always else []
    if sometimes:
        parts.append(f"{words('sometimes')} {', '.join(sometimes)}")
    return "; ".join(parts)


def _either(row: Row, column: str, words: _Words) -> str:
    return " / ".join(words(value, column) for value in row[column].split(OR))


def _plain(column: str) -> Callable[[Row, _Words], str]:
    return lambda row, words: _either(row, column, words)


CELLS: dict[str, Callable[[Row, _Words], str]] = {
    "gradient": _gradient,
    "saves": _saves,
    "again": _plain("again"),
    "second": _plain("second"),
    "forward": _plain("forward"),
    "vmap": _vmap,
    "view": _plain("view"),
    "in_place": _in_place,
    "changed": _changed,
    "complex": _plain("complex"),
    "repeats": _plain("repeats"),
}
# What can be chosen in a column; () for all values that it has.
OPTIONS: dict[str, tuple[str, ...]] = {
    "saves": ("nothing", "argument", "result", "new"),
    **dict.fromkeys(("again", "second", "forward", "vmap", "view"), ()),
    "in_place": ("name", "raises", "none"),
    "changed": ("nothing", "argument", "result"),
    **dict.fromkeys(("complex", "repeats"), ()),
}


makeExtension = OperationTableExtension  # noqa: N816 (the name is Python-Markdown's)
