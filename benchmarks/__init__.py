"""How long an author waits: measured, and held against what cannot be avoided, doctest, and stock markdown-exec."""
