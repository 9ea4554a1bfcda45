"""Both languages have one folder of styles and scripts."""

import re

import pytest

from autograd_notes.site.shared import OWN, with_shared_assets

ADDRESS = re.compile(r'\s(?:href|src)="([^"#?]*assets/[^"#?]*)"')


@pytest.mark.parametrize(
    ("page", "changed"),
    [
        ('<script src="../../assets/a.js">', '<script src="../../../assets/a.js">'),
        ('<link href="assets/a.css">', '<link href="../assets/a.css">'),
        ('<link href="/notes/zh/assets/a.css">', '<link href="/notes/assets/a.css">'),
        ('<a href="../assets.html">', '<a href="../assets.html">'),
        ("<code>href=&quot;assets/a.css&quot;</code>", "<code>href=&quot;assets/a.css&quot;</code>"),
    ],
)
def test_addresses_lead_to_the_folder_of_the_main_language(page: str, changed: str):
    assert with_shared_assets(page, "zh/") == changed
    assert with_shared_assets(page, "") == page


def test_what_a_chinese_page_loads_is_there_and_of_the_main_language(site):
    for path in (site / "zh").rglob("index.html"):
        found = ADDRESS.findall(path.read_text(encoding="utf-8"))
        assert found, path
        for address in found:
            file = (path.parent / address).resolve()
            assert file.is_file(), f"{path}: {address}"
            assert file.is_relative_to(site / "assets"), f"{path}: {address}"
    assert {path.name for path in (site / "zh" / "assets").iterdir()} == set(OWN)
