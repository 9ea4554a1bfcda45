"""Pictures made of the tensors and numbers of a run."""
