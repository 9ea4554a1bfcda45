"""What judges: the tests, and the judges and the mutation run that they call."""
