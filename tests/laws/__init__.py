"""Laws: general sentences of the site ("every", "never", "only"), each tried on all that it speaks of.

A law is a test that is named as its sentence. Most speak of operations, and are tried on those that PyTorch lists for
its own tests: `observe` runs sample calls of all of them once, and `law` compares what was seen with the sentence. A
law that fails prints the operations that break it; one whose exceptions have become regular does so, too.
"""
