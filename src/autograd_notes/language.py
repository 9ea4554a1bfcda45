"""The language of the page that is being rendered, and the words that depend on it."""

from __future__ import annotations

from contextvars import ContextVar

LANGUAGE: ContextVar[str] = ContextVar("LANGUAGE", default="en")


def say(*, en: str, zh: str) -> str:
    """Return the wording in the page's language; both stand side by side, so that none is forgotten."""
    return {"en": en, "zh": zh}[LANGUAGE.get()]
