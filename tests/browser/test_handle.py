"""What a reader can do with a handle: move it and read what PyTorch printed, by key, by touch, without script."""

import math

import pytest
from playwright.sync_api import Locator, Page, expect

HOMES = pytest.mark.parametrize("path", ["/", "/zh/"])


def printed(page: Page, column: str) -> str:
    return page.locator(f"value-handle [data-column='{column}']").inner_text()


@HOMES
def test_a_handle_moves_by_key_and_shows_the_row(page: Page, path: str):
    page.goto(path)
    slider = page.locator("value-handle").get_by_role("slider", name="x")
    assert (printed(page, "x"), printed(page, "y"), printed(page, "x.grad")) == ("3.", "12.", "7.")
    tangent = page.locator(".handle-tangent")
    before = tangent.get_attribute("d")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert (printed(page, "x"), printed(page, "y"), printed(page, "x.grad")) == ("3.2500", "13.8125", "7.5000")
    expect(slider).to_have_attribute("aria-valuetext", "x = 3.2500, y = 13.8125, x.grad = 7.5000")
    assert tangent.get_attribute("d") != before, "the tangent must move along"
    page.keyboard.press("Home")
    assert printed(page, "x") == "-5."


def test_every_row_of_the_slider_has_numbers(page: Page):
    page.goto("/explanation/conventions/")
    slider = page.locator("value-handle").get_by_role("slider", name="x")
    slider.focus()
    page.keyboard.press("Home")
    rows = []
    for _ in range(int(slider.get_attribute("max")) + 1):
        rows.append(page.locator("value-handle [data-column]").all_inner_texts())
        page.keyboard.press("ArrowRight")
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), key=float)
    assert all(len(row) == 9 and all(row) for row in rows)
    at_zero = next(row for row in rows if float(row[0]) == 0)
    assert at_zero[2:] == ["0.0", "0.0", "0.5", "0.0", "1.0", "0.0", "0.5"]


@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_graph_of_a_loop_grows_and_shrinks_with_its_input(page: Page, language: str):
    page.goto(f"{language}/notes/control-flow/")
    columns = ("a", "f(a)", "MulBackward0", "d", "a.grad")
    assert [printed(page, name) for name in columns] == ["125.", "2*2*2*a", "3", "1000.", "8."]
    page.locator("value-handle input").focus()
    page.keyboard.press("ArrowLeft")
    assert [printed(page, name) for name in columns] == ["109.3750", "2*2*2*2*a", "4", "1750.", "16."]
    page.keyboard.press("End")
    assert [printed(page, name) for name in columns] == ["1062.5000", "a", "0", "1062.5000", "1."]


@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_dot_goes_down_a_curve_on_logarithmic_axes(page: Page, language: str):
    page.goto(f"{language}/how-to/check-a-gradient/")
    page.locator("value-handle input").focus()
    page.keyboard.press("End")
    places = []
    for _ in range(10):
        places.append((float(printed(page, "h")), float(printed(page, "error(central, h)"))))
        x, y = map(float, page.locator(".handle-dot").get_attribute("d")[1:-2].split())
        assert (x, y) == pytest.approx(tuple(map(math.log10, places[-1])), abs=1e-4)
        page.keyboard.press("ArrowLeft")
    assert places == sorted(places, reverse=True)


@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_landing_point_of_a_tutorial_rises_and_falls_and_its_last_point_jumps(page: Page, language: str):
    page.goto(f"{language}/tutorials/simulation/")
    angles, jumps = page.locator("value-handle").all()
    gradients = rows(page, angles, "angle.grad")
    assert gradients[0] > 0 > gradients[-1]
    points, falling, rising = (
        rows(page, jumps, name) for name in ("len(points)", "gradient(last_point)", "gradient(landing)")
    )
    assert (points[0], points[-1]) == (42, 46)
    assert max(falling) < 0 < min(rising)


@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_gradient_of_a_tutorial_vanishes_to_the_left_and_explodes_to_the_right(page: Page, language: str):
    page.goto(f"{language}/tutorials/gradient-flow/")
    handle = page.locator("value-handle")
    first, last = (rows(page, handle, name) for name in ("tanh[0]", "tanh[-1]"))
    assert first[0] < 1e-6 * last[0]
    assert first[-1] > 5 * last[-1]


def rows(page: Page, handle: Locator, column: str) -> list[float]:
    """Return what a handle shows in one column, row by row."""
    slider = handle.locator("input")
    slider.focus()
    page.keyboard.press("Home")
    found = []
    for _ in range(int(slider.get_attribute("max")) + 1):
        found.append(float(handle.locator(f"[data-column='{column}']").inner_text()))
        page.keyboard.press("ArrowRight")
    return found


def test_a_handle_moves_nothing_else(page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    place = "document.getElementById('pages').getBoundingClientRect().top + scrollY"
    page.locator("value-handle input").focus()
    places = {page.evaluate(place)}
    for key in ("Home", "End", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
        places.add(page.evaluate(place))
    assert len(places) == 1, f"what follows stood at {places}"


def test_without_script_a_few_rows_stand_as_a_table(browser, browser_context_args: dict):
    page = browser.new_page(**browser_context_args, java_script_enabled=False)
    page.goto("/")
    expect(page.locator(".handle-rows tbody tr")).to_have_count(6)
    expect(page.locator(".handle-rows")).to_be_visible()
    expect(page.locator(".handle-bar")).to_be_hidden()
    page.close()


def test_paper_gets_the_table(page: Page):
    page.goto("/")
    expect(page.locator(".handle-rows")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".handle-rows")).to_be_visible()
    expect(page.locator(".handle-bar")).to_be_hidden()


def test_a_page_without_a_handle_loads_nothing_for_it(page: Page):
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto("/notes/scalar/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in requests if "handle" in url or "home.css" in url]
