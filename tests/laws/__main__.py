"""`python -m tests.laws` tries the published laws and writes their figures for the pages that show them."""

from tests.laws.observe import observe
from tests.laws.published import files

if __name__ == "__main__":
    for path, text in files(observe()).items():
        path.write_text(text, encoding="utf-8")
        print(f"{path}:\n{text}")
