"""`make audit`: build the site, let Lighthouse visit it as a phone, and print the table of its scores."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.chromium import find
from tests.browser.server import serve

LIGHTHOUSE = "lighthouse@12.8.2"
PAGES = ["", "notes/scalar/", "notes/exercises/", "tutorials/build-autograd/"]
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
RUNS = 3
ADDRESS = "http://127.0.0.1:8000/"


def main() -> int:
    """Print the median scores of each page; return 1 where one is below 100, 2 where a program is missing."""
    npx, chromium = shutil.which("npx"), find()
    if npx is None or chromium is None:
        missing = "node (with npm)" if npx is None else "Chromium"
        print(
            f"make audit needs {missing}: install it and try again. Nothing else of the project does.", file=sys.stderr
        )
        return 2
    with tempfile.TemporaryDirectory() as folder:
        build = [sys.executable, "-m", "mkdocs", "build", "--site-dir", folder]
        built = subprocess.run(build, env={**os.environ, "SITE_URL": ADDRESS}, capture_output=True, text=True)
        if built.returncode:
            raise SystemExit(f"the site does not build:\n{built.stdout}{built.stderr}")
        with serve(Path(folder)) as server:
            rows = list(_rows([npx, "--yes", LIGHTHOUSE], chromium, server.port))
    print(f"{'page':40}" + "".join(f"{category:>16}" for category in CATEGORIES))
    for path, scores in rows:
        print(f"/{path:39}" + "".join(f"{score:16}" for score in scores))
    return int(any(score < 100 for _, scores in rows for score in scores))


def _rows(lighthouse: list[str], chromium: str, port: int) -> Iterator[tuple[str, list[int]]]:
    """Yield each page with the median of each of its scores."""
    for path in (prefix + page for page in PAGES for prefix in ("", "zh/")):
        runs = [_scores(lighthouse, chromium, port, path) for _ in range(RUNS)]
        yield path, [round(statistics.median(scores)) for scores in zip(*runs, strict=True)]


def _scores(lighthouse: list[str], chromium: str, port: int, path: str) -> list[float]:
    flags = f"--headless=new --no-sandbox --host-resolver-rules='MAP {urlsplit(ADDRESS).netloc} 127.0.0.1:{port}'"
    options = [f"--chrome-flags={flags}", f"--only-categories={','.join(CATEGORIES)}", "--output=json", "--quiet"]
    command = [*lighthouse, ADDRESS + path, *options]
    result = subprocess.run(command, env={**os.environ, "CHROME_PATH": chromium}, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"Lighthouse failed on /{path}:\n{result.stderr}")
    categories = json.loads(result.stdout)["categories"]
    return [100 * categories[category]["score"] for category in CATEGORIES]


if __name__ == "__main__":
    sys.exit(main())
