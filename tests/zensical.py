"""`make zensical`: build the English pages with Zensical, and compare what PyTorch printed with the site that MkDocs builds.

Material for MkDocs is maintained until May 2027, and Zensical is what follows it. DESIGN.md says what a move would take.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from tests.conftest import PROJECT, build_site

ZENSICAL = "zensical==0.0.73"
SETTINGS = Path("mkdocs.zensical.yml")
# What Zensical does not read, and why it need not.
LEFT_OUT = [
    (r"(?m)^hooks:.*\n", "", "hooks are MkDocs'"),
    (r"(?ms)^  - mkdocs-jupyter:.*?(?=^\S)", "", "it knows no notebooks: the four tutorials are left out"),
    (r"(?m)^  (?:custom_dir|icon):.*\n", "", "the templates are written for Material's"),
    (r"(?ms)^validation:.*", "", "it has settings of its own"),
    (r"!relative \$config_dir/", "", "its paths are relative to the project"),
    (r"(?m)^site_dir:.*\n", "site_dir: {folder}\n", "it builds inside of the project alone"),
]
# Code and outputs, pictures by what they say, and formulas.
PIECE = re.compile(r'<pre>.*?</pre>|<svg[^>]*aria-label="[^"]*"|<math.*?</math>', re.DOTALL)
ARTICLE = re.compile(r"<article.*?</article>", re.DOTALL)


def main() -> int:
    """Print how many pages hold the same pieces, and each page that does not; return 1 where there is one."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(dir=PROJECT, prefix=".zensical-") as site:
        build_site(PROJECT, Path(folder, "site"))
        _build(Path(folder), Path(site))
        pages = [page.relative_to(site) for page in sorted(Path(site).rglob("index.html"))]
        found = {page: (_pieces(Path(folder, "site", page)), _pieces(Path(site, page))) for page in pages}
    different = [page for page, (mkdocs, zensical) in found.items() if mkdocs != zensical]
    for page in different:
        print(f"{page}: is not what MkDocs builds")
    number = sum(len(pieces) for pieces, _ in found.values())
    print(
        f"{ZENSICAL}: {len(pages)} pages, {number} pieces of code, output, picture and formula; {len(different)} differ"
    )
    return int(bool(different) or not pages)


def _build(environment: Path, site: Path) -> None:
    """Build the English pages in an environment that has Zensical before all that is installed here."""
    text = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    for pattern, instead, _ in LEFT_OUT:
        text, number = re.subn(pattern, instead.format(folder=site.name), text)
        assert number, f"mkdocs.yml has nothing like {pattern!r} any more: adapt tests/zensical.py"
    python = environment / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", ZENSICAL], check=True)
    packages = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    )
    # Also the programs, such as the one that lays out graphs.
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    ours = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    Path(packages.strip(), "ours.pth").write_text(ours, encoding="utf-8")
    try:
        (PROJECT / SETTINGS).write_text(text, encoding="utf-8")
        subprocess.run(
            [python, "-m", "zensical", "build", "--config-file", SETTINGS],
            cwd=PROJECT,
            env={**os.environ, "PATH": path},
            check=True,
        )
    finally:
        (PROJECT / SETTINGS).unlink(missing_ok=True)


def _pieces(page: Path) -> list[str]:
    article = ARTICLE.search(page.read_text(encoding="utf-8"))
    return PIECE.findall(article[0]) if article else []


if __name__ == "__main__":
    sys.exit(main())
