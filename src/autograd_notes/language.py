"""The language of the page that is being rendered, for the words inside pictures."""

from contextvars import ContextVar

LANGUAGE: ContextVar[str] = ContextVar("language", default="en")
