"""A page as something to take along: a notebook, or Markdown with its outputs."""
