"""The command line: make the site as a folder and a zip that a reader opens as files, without a network or a server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from autograd_notes.edition import EPOCH
from autograd_notes.site.history import fix_date

FOLDER = Path("offline")
NAME = "autograd-notes"
# What no reader opens: for machines and developers, for sharing a link, and Material's own search in many languages.
LEFT_OUT = (
    "404.html",
    "assets/cards",
    "assets/javascripts/lunr",
    "assets/javascripts/workers",
    "assets/**/*.map",
    "llms.txt",
    "robots.txt",
    "sitemap.xml*",
)
# The format knows none before it.
FIRST_DATE = (1980, 1, 1, 0, 0, 0)


def main(folder: Path = FOLDER) -> int:
    """Build the site into a folder, zip it, and say where both are; return the exit code of the build."""
    site = folder / NAME
    command = [sys.executable, "-m", "mkdocs", "build", "--no-directory-urls", "--site-dir", str(site.resolve())]
    code = subprocess.run(command, check=False).returncode
    if code == 0:
        _leave_out(site)
        archive = _zip(site)
        print(f"{site / 'index.html'} opens in a browser; {archive} ({archive.stat().st_size >> 10} KB) holds it all.")
    return code


def _leave_out(site: Path) -> None:
    for pattern in LEFT_OUT:
        for path in sorted(site.rglob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _zip(site: Path) -> Path:
    """Zip a folder, with one date on all files, so that the same site gives the same zip."""
    fix_date(Path.cwd())
    date = max(time.gmtime(int(os.environ.get(EPOCH, time.time())))[:6], FIRST_DATE)
    archive = site.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(site.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(site.parent).as_posix(), date)
                entry.external_attr = 0o644 << 16
                zipped.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive


if __name__ == "__main__":
    sys.exit(main())
