"""The edge to MkDocs, and what the site has beside its pages."""
