"""Markdown extensions, which put examples and formulas onto a page. Know nothing of MkDocs."""
