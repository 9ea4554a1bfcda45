"""The language of the page that is being rendered, and the words that depend on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

LANGUAGES = ("en", "zh")
LANGUAGE: ContextVar[str] = ContextVar("LANGUAGE", default=LANGUAGES[0])


def say(*, en: str, zh: str) -> str:
    """Return the wording in the page's language; both stand side by side, so that none is forgotten."""
    return {"en": en, "zh": zh}[LANGUAGE.get()]


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let all that is said be said in a language, for as long as the `with` block takes."""
    token = LANGUAGE.set(language)
    try:
        yield
    finally:
        LANGUAGE.reset(token)
