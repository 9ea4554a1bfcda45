"""Read, run, compare and re-record examples: what page, test and command share. Knows nothing of pages."""
