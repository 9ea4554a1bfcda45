"""What a reader can do with a replay in a browser: with buttons, slider, keyboard, without script, on paper."""

from pathlib import Path

import pytest
import torch

from autograd_notes.pictures.replay import replay

ASSETS = Path(__file__).parents[2] / "docs" / "theme" / "assets"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Replay</title>
<meta name="viewport" content="width=device-width"><style>{style}</style>
<body data-md-color-scheme="default"><main class="md-typeset"><h1>Replay</h1>{picture}</main><script>{script}</script>
</body></html>"""


@pytest.fixture(scope="module")
def recorded():
    a = torch.tensor(3.0, requires_grad=True)
    return replay(lambda: a * a + a, names={"a": a})


@pytest.fixture(scope="module")
def file(recorded, tmp_path_factory):
    path = tmp_path_factory.mktemp("replay") / "index.html"
    style, script = ((ASSETS / name).read_text(encoding="utf-8") for name in ("pictures.css", "replay.js"))
    page = PAGE.format(style=style, script=script, picture=recorded._repr_html_())
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium(playwright, program):
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium, file):
    contexts = []

    def open_page(**options):
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def said(page):
    return page.locator(".replay-bar p").inner_text()


def visible(page, role):
    """Return the texts of one role that a reader sees now."""
    return [item.text_content() for item in page.locator(f"svg text.{role}").all() if item.is_visible()]


def test_a_replay_starts_with_names_and_without_numbers(visit):
    page = visit()
    assert (visible(page, "value"), visible(page, "gradient"), visible(page, "message")) == (["a"], [], [])


def test_arrow_keys_walk_through_every_step_and_back(visit, recorded):
    page = visit()
    page.get_by_role("button", name="Next").focus()
    steps = len(recorded.moments)
    for step in range(1, steps + 1):
        page.keyboard.press("ArrowRight")
        assert said(page).startswith(f"{step}/{steps} "), "ArrowRight must go one step on, wherever the focus was"
    page.keyboard.press("ArrowRight")
    assert said(page).startswith(f"{steps}/{steps} "), "after the last step there is none"
    page.keyboard.press("ArrowLeft")
    assert said(page).startswith(f"{steps - 1}/{steps} "), "a button pressed to the end must keep the focus"
    page.keyboard.press("Home")
    assert "Press Next" in said(page)


def test_at_a_fan_out_the_reader_sees_the_sum_arrive(visit):
    page = visit()
    page.get_by_role("button", name="Next").focus()
    seen = []
    while not said(page).endswith("= 7."):
        page.keyboard.press("ArrowRight")
        seen.append((visible(page, "gradient") or [""])[-1])
    assert list(dict.fromkeys(seen))[-3:] == ["∇ 1 + …", "∇ 1 + 3 + 3", "∇ 7"], f"the leaf read {seen}"


def test_the_slider_goes_to_any_step(visit, recorded):
    page = visit()
    slider = page.get_by_role("slider", name="Step")
    slider.focus()
    page.keyboard.press("End")
    assert said(page).startswith(f"{len(recorded.moments)}/")
    page.keyboard.press("ArrowLeft")
    assert said(page).startswith(f"{len(recorded.moments) - 1}/"), "one press of a key must be one step"


def test_play_walks_by_itself_and_a_step_of_the_reader_ends_it(visit):
    page = visit()
    page.clock.install()
    page.reload()
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(3200)
    assert said(page).startswith("3/"), "Play must take a step at once and one every 1.5 seconds"
    page.get_by_role("button", name="Back").click()
    page.clock.run_for(5000)
    assert said(page).startswith("2/")
    assert page.get_by_role("button", name="Play").is_visible(), "the button must offer to play again"


def test_a_replay_that_instant_navigation_puts_in_place_works(visit):
    page = visit()
    page.evaluate(
        """() => {
            const html = document.querySelector("main").innerHTML.replace(/<div class="replay-bar".*?<\\/div>/, "");
            const fetched = new DOMParser().parseFromString(html.replace('class="live"', ""), "text/html");
            document.querySelector("main").replaceChildren(...fetched.body.children);
        }"""
    )
    assert page.locator(".replay-bar").count() == 1
    page.get_by_role("button", name="Next").click()
    assert said(page).startswith("1/")


def test_without_script_the_finished_picture_and_the_steps_are_there(visit, recorded):
    page = visit(java_script_enabled=False)
    assert visible(page, "gradient") == [f"∇ {node.gradient}" for node in recorded.graph.nodes]
    assert page.locator("li").count() == len(recorded.moments)


def test_paper_gets_the_finished_picture_without_controls(visit, recorded):
    page = visit()
    page.emulate_media(media="print")
    assert visible(page, "gradient") == [f"∇ {node.gradient}" for node in recorded.graph.nodes]
    assert not page.get_by_role("button", name="Next").is_visible()


def test_nothing_moves_for_readers_who_asked_for_less_motion(visit):
    page = visit(reduced_motion="reduce")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_page_never_scrolls_sideways_on_a_phone(visit):
    page = visit(viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
