"""The mutation run: change every documented fact once and count how many changes the judges notice."""
