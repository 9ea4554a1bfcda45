"""What other releases of PyTorch print: run there, compare, keep what differs, and find it again for a page."""
