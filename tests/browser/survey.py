"""One visit to each of some pages: as a reader with a desktop in the light, then with a phone in the dark."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
AXE = {"resultTypes": ["violations"], "preload": False}
# axe-core needs seconds for a long page, and says the same of all that is alike: of a page's blocks, table rows and
# entries of lists, those go that hold no kind of element (`kinds`) that an earlier one does not. Headings stay, whose
# levels are in order.
WITHOUT_WHAT_IS_ALIKE = """() => {
  const seen = new Set()
  const kind = (element) => `${element.parentElement.className} > ${element.localName}.${element.className}`
  const isAlike = (block) => {
    const found = [block, ...block.querySelectorAll("*")].map(kind)
    const isNew = found.some((one) => !seen.has(one))
    found.forEach((one) => seen.add(one))
    return !isNew && !block.matches("h1, h2, h3, h4, h5, h6")
  }
  for (const blocks of ["article > *", "tbody > tr", "article :is(ul, ol) > li"])
    document.querySelectorAll(blocks).forEach((block) => block.isConnected && isAlike(block) && block.remove())
}"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth && element.checkVisibility())
  .map((element) => element.outerHTML.slice(0, 100))
  .slice(0, 3)"""


@dataclass
class Visit:
    """What was seen on one page.

    Attributes:
        path: The path of the page.
        violations: What axe-core found.
        too_wide: What makes the page scroll sideways on a phone.
        errors: What the browser wrote to its console.
        requests: The addresses of all that was requested.
    """

    path: str
    violations: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def survey(launch_args: dict, context_args: dict, paths: Sequence[str]) -> list[Visit]:
    """Visit the pages, in one browser for each core: axe-core takes seconds for a long page."""
    cores = os.cpu_count() or 1
    shares = [paths[first::cores] for first in range(cores)]
    with ThreadPoolExecutor(cores) as pool:
        visits = pool.map(lambda share: _survey(launch_args, context_args, share), shares)
    return [visit for share in visits for visit in share]


def _survey(launch_args: dict, context_args: dict, paths: Sequence[str]) -> list[Visit]:
    visits: list[Visit] = []
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(**launch_args).new_page(**context_args)
        page.on("request", lambda request: visits[-1].requests.append(request.url))
        page.on("pageerror", lambda error: visits[-1].errors.append(str(error)))
        page.on("console", lambda line: visits[-1].errors.append(line.text) if line.type == "error" else None)
        for path in paths:
            visits.append(Visit(path))
            _visit(page, visits[-1])
    return visits


def _visit(page: Page, visit: Visit) -> None:
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(visit.path)
    page.wait_for_selector("html.js body[data-md-color-scheme=default]")
    page.set_viewport_size(PHONE)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        visit.too_wide = page.evaluate(TOO_WIDE)
    page.evaluate(WITHOUT_WHAT_IS_ALIKE)
    page.set_viewport_size(DESKTOP)
    visit.violations += _violations(page, "light")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_selector("body[data-md-color-scheme=slate]")
    visit.violations += _violations(page, "dark, 390 px")


def _violations(page: Page, how: str) -> list[str]:
    return [
        f"{how}: {violation['id']}: {violation['help']}: {node['html'][:120]} ({node['failureSummary']})"
        for violation in Axe().run(page, options=AXE).response["violations"]
        for node in violation["nodes"]
    ]
