"""The words in pictures, in the language of the page: the code that draws is the same for all, with English words."""

from __future__ import annotations

import re

from autograd_notes.language import LANGUAGE, LANGUAGES

# The texts of plots (labels, titles, legends), without a number at their end.
LABELS = {
    "zh": {
        "bars": "柱",
        "by hand": "手写",
        "central": "中心差分",
        "curve": "曲线",
        "first weight": "第一个权重",
        "forward": "前向差分",
        "kept": "保留",
        "layer": "层",
        "loss": "损失",
        "never cleared": "从不清零",
        "norm of the gradient": "梯度的范数",
        "normalized": "规范化",
        "norms": "范数",
        "optimizer": "优化器",
        "order": "阶数",
        "points": "点",
        "residual": "残差连接",
        "second weight": "第二个权重",
        "segment": "每段",
        "segments": "段数",
        "sigmoid": "sigmoid",
        "sin": "sin",
        "sin x": "sin x",
        "start": "起点",
        "step": "步",
        "tanh": "tanh",
        "target": "目标",
        "together": "合计",
        "xavier": "Xavier",
    }
}
WORD = re.compile(r"[A-Za-z]{2,}")
# Code, or a formula: the same in all languages.
CODE = re.compile(r"[()_]|[a-z]\d")
# What graphs say beside names, by where it stands in a text.
NOTES = {
    "zh": {
        r"^no (?=grad_fn$)": "没有 ",
        r"^saved (?=\S)": "保存 ",
        r"\bshape (?=\d)": "形状 ",
        r"(?<=\d) nodes$": " 个节点",
        r" changed in place$": " 被原地修改",
    }
}


def label(text: str) -> str:
    """Return a text of a plot in the language of the page.

    Raises:
        LookupError: There are words in it, and no translation.
    """
    language = LANGUAGE.get()
    if language == LANGUAGES[0] or not WORD.search(text) or CODE.search(text):
        return text
    words, space, number = text.rpartition(" ")
    if not number.isdigit():
        words, space, number = text, "", ""
    if words not in LABELS[language]:
        raise LookupError(f"no {language!r} for the label {words!r} of a plot; add it to LABELS in {__file__}")
    return LABELS[language][words] + space + number


def note(text: str) -> str:
    """Return what a graph says beside names in the language of the page."""
    for pattern, words in NOTES.get(LANGUAGE.get(), {}).items():
        text = re.sub(pattern, words, text)
    return text
