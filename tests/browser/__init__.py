import pytest

LANGUAGES = pytest.mark.parametrize("language", ["", "zh/"], ids=["en", "zh"])
"""For a test of both languages: the folder of each in the site."""
