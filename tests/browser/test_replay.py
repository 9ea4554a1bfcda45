"""What a reader can do with a replay in a browser: with buttons, slider, keyboard, without script, on paper."""

from pathlib import Path

import pytest
import torch

from autograd_notes.pictures.replay import replay

ASSETS = Path(__file__).parents[2] / "docs" / "theme" / "assets"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Replay</title>
<meta name="viewport" content="width=device-width"><style>{style}</style>
<script>document.documentElement.className = "scripted"</script>
<body data-md-color-scheme="default"><main class="md-typeset"><h1>Replay</h1>{picture}<p>After it.</p></main>
<script>{script}</script></body></html>"""
CODE = """
square = a * a
y = square + a
y.backward()
a.grad
"""


@pytest.fixture(scope="module")
def recorded():
    return replay(CODE, names={"a": torch.tensor(3.0, requires_grad=True)})


@pytest.fixture(scope="module")
def file(recorded, tmp_path_factory):
    path = tmp_path_factory.mktemp("replay") / "index.html"
    style, script = ((ASSETS / name).read_text(encoding="utf-8") for name in ("pictures.css", "replay.js"))
    page = PAGE.format(style=style, script=script, picture=recorded._repr_html_())
    path.write_text(page, encoding="utf-8")
    return path


def said(page):
    return page.locator(".replay-said").text_content()


def visible(page, role):
    """Return the texts of one role that a reader sees now."""
    return [item.text_content() for item in page.locator(f"svg text.{role}").all() if item.is_visible()]


def marked(page):
    """Return the lines of code and the pieces of them that are marked now."""
    lines = page.locator(".code-line.now").all_text_contents()
    return [line.strip() for line in lines], page.locator(".code-part.now").all_text_contents()


def walk(page, steps):
    page.get_by_role("button", name="Next").focus()
    for _ in range(steps):
        page.keyboard.press("ArrowRight")


def test_a_replay_starts_with_the_finished_picture(visit, recorded):
    page = visit()
    assert visible(page, "gradient") == [f"∇ {node.gradient}" for node in recorded.graph.nodes]
    assert page.locator(".replay-out code").is_visible()
    assert marked(page) == ([], [])


def test_the_first_step_has_names_and_no_gradient(visit):
    page = visit()
    walk(page, 1)
    assert (visible(page, "value"), visible(page, "gradient"), visible(page, "message")) == (
        ["y", "square", "a = 3"],
        [],
        [],
    )
    assert not page.locator(".replay-out code").is_visible(), "the last line has printed nothing yet"


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
    assert page.locator(".replay-ready").is_visible()


def test_arrow_keys_work_after_a_click_into_the_picture(visit):
    page = visit()
    page.locator("backward-replay svg").click()
    page.keyboard.press("ArrowRight")
    assert said(page).startswith("1/")


def test_the_running_line_is_marked_and_on_the_way_back_the_operation_as_well(visit):
    page = visit()
    walk(page, 2)
    assert marked(page) == (["square = a * a"], ["a * a"])
    walk(page, 2)
    assert marked(page) == (["y.backward()"], ["square + a"])
    walk(page, 2)
    assert said(page).endswith("square sends 1 × 3 = 3 to a and 1 × 3 = 3 to a.")
    assert marked(page) == (["square = a * a", "y.backward()"], ["a * a"])
    walk(page, 2)
    assert marked(page) == (["a.grad"], [])
    assert page.locator(".replay-out code").inner_text() == "tensor(7.)"


def test_the_reason_says_what_each_number_is(visit):
    page = visit()
    walk(page, 6)
    reasons = page.locator(".replay-reasons li").filter(visible=True)
    assert reasons.count() == 1, "the reason of this step, and no other, must show"
    equation = " ".join(reasons.locator(".equation").first.inner_text().split())
    assert equation == "1 arrived at square × 3 ∂square/∂a = 3 goes on to a"


@pytest.mark.parametrize("way", ["hover", "focus", "tap"])
def test_a_name_lights_up_in_code_graph_reason_and_output(visit, way):
    page = visit(has_touch=True, viewport={"width": 1280, "height": 900})
    walk(page, 6)
    getattr(page.locator(".replay-lines button[data-name=square]"), way)()
    lit = page.locator(".lit")
    assert set(lit.evaluate_all("parts => parts.map((part) => part.dataset.name)")) == {"square"}
    for part in (".replay-lines .lit", "svg .box.lit", ".replay-reasons .lit"):
        assert page.locator(part).count() > 0, f"{part} must light up"
    page.locator(".replay-lines span[data-name=a]").last.hover()
    assert page.locator(".replay-out.lit").count() == 1, "what the last line prints is about a"
    page.mouse.move(0, 0)
    assert way == "focus" or page.locator(".lit").count() == 0


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


def test_all_steps_can_be_read_at_once(visit, recorded):
    page = visit()
    page.get_by_role("button", name="All steps").click()
    assert page.locator(".replay-reasons li").filter(visible=True).count() == len(recorded.moments)


def test_nothing_else_moves_from_step_to_step_nor_when_the_script_starts(visit, recorded):
    page = visit(viewport={"width": 390, "height": 800})
    place = "document.querySelector('main > p').getBoundingClientRect().top"
    page.evaluate("document.querySelector('backward-replay').classList.remove('live')")
    places = {page.evaluate(place)}
    page.evaluate("document.querySelector('backward-replay').classList.add('live')")
    page.get_by_role("button", name="Next").focus()
    for _ in range(len(recorded.moments) + 1):
        places.add(page.evaluate(place))
        page.keyboard.press("ArrowRight")
    assert len(places) == 1, f"what follows stood at {places}"


def test_a_replay_that_instant_navigation_puts_in_place_works(visit, recorded):
    page = visit()
    page.evaluate(
        """(html) => {
            const fetched = new DOMParser().parseFromString(html, "text/html");
            document.querySelector("main").replaceChildren(...fetched.body.children);
        }""",
        recorded._repr_html_(),
    )
    page.get_by_role("button", name="Next").click()
    assert said(page).startswith("1/")


def test_without_script_the_finished_picture_and_the_steps_are_there(visit, recorded):
    page = visit(java_script_enabled=False)
    assert visible(page, "gradient") == [f"∇ {node.gradient}" for node in recorded.graph.nodes]
    assert page.locator("li").filter(visible=True).count() == len(recorded.moments)
    for useless in (page.locator(".replay-bar"), page.locator(".replay-ready")):
        assert not useless.is_visible(), "there is nothing to press"


def test_paper_gets_the_finished_picture_and_the_steps_without_controls(visit, recorded):
    page = visit()
    walk(page, 2)
    page.emulate_media(media="print")
    assert visible(page, "gradient") == [f"∇ {node.gradient}" for node in recorded.graph.nodes]
    assert page.locator("li").filter(visible=True).count() == len(recorded.moments)
    assert not page.get_by_role("button", name="Next").is_visible()


def test_nothing_moves_for_readers_who_asked_for_less_motion(visit):
    page = visit(reduced_motion="reduce")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_page_never_scrolls_sideways_on_a_phone(visit):
    page = visit(viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
