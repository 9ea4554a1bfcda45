"""A preview that does no more than an edit asks for, instead of MkDocs' own.

It goes with the move to Zensical (DESIGN.md, "After Material"), which rebuilds only what changed: in May 2027 at the
latest. `site.hooks` alone calls it.
"""
