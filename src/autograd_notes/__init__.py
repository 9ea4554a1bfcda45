"""Documentation whose examples run when it is built, and whose documented values are compared."""
