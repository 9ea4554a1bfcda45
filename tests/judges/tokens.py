"""Cut code, outputs and prose into tokens, so that `2.` is not found inside `12.` and spacing does not matter."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOKEN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[jJ]?(?![A-Za-z_])|[^\W]+|\S")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[jJ]?")
OPERAND_END = re.compile(r"[\w\])'\"]")


def tokens(text: str) -> list[str]:
    """Return the tokens of a text: numbers with their sign, words, and every other character by itself."""
    found: list[str] = []
    for token in TOKEN.findall(text):
        if (
            found
            and found[-1] == "-"
            and is_number(token)
            and not (len(found) > 1 and OPERAND_END.match(found[-2][-1]))
        ):
            found[-1] = f"-{token}"
        else:
            found.append(token)
    return found


def is_number(token: str) -> bool:
    """Whether a token is a number."""
    return NUMBER.fullmatch(token) is not None


def occurs(wanted: Sequence[str], text: Sequence[str]) -> bool:
    """Whether the wanted tokens stand in the text, one after the other."""
    size = len(wanted)
    return any(list(text[start : start + size]) == list(wanted) for start in range(len(text) - size + 1))
