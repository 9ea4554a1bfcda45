"""Judges: each is a function from pages and runs to a list of problems, so that tests can call it on mutated copies."""
