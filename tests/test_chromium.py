"""The browser that the tests use is one that they can use."""

import sys

from tests.browser import chromium


def test_without_what_drives_a_browser_there_is_none(monkeypatch):
    # As on a small machine, where a library is missing that the driver needs.
    monkeypatch.setattr(chromium, "DRIVER", (sys.executable, "-c", "raise SystemExit(127)"))
    assert chromium.find.__wrapped__() is None


def test_a_browser_that_does_not_start_is_none(monkeypatch, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(chromium, "NAMES", (str(broken),))
    monkeypatch.setattr(chromium, "PLACES", ())
    assert chromium.find.__wrapped__() != str(broken)
