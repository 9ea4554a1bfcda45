"""The site to take along is made on any date."""

import zipfile

from autograd_notes.edition import EPOCH
from autograd_notes.site import offline


def test_a_date_that_zip_does_not_know_is_the_first_one_that_it_knows(tmp_path, monkeypatch):
    monkeypatch.setenv(EPOCH, "0")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("page")
    with zipfile.ZipFile(offline._zip(tmp_path / "site")) as archive:
        assert archive.getinfo("site/index.html").date_time == (1980, 1, 1, 0, 0, 0)
