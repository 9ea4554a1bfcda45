"""The table of operations: what autograd does with each, measured on sample inputs, recorded, and shown on a page."""
