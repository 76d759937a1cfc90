"""The page in a real browser: search, filters, paging, marks, keys, rejected, live. The `page` fixture sees to it
that nothing complains and nothing asks another machine; it comes after `serve`, so that it ends before it."""

import json
import re

import pytest
from playwright.sync_api import expect

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def opened(run, serve, page):
    """The page of the run, with its first record read."""
    served = serve(run)
    page.goto(served.url)
    expect(page.locator("#list li")).to_have_count(50)
    expect(page.locator(".turn")).not_to_have_count(0)
    page.served = served
    return page


def current(page):
    return page.locator("#list li[aria-current] .facts span").last


def status(page):
    return page.locator("#status")


def test_the_token_leaves_the_address_and_a_reload_keeps_what_was_asked(opened):
    assert "token" not in opened.url
    opened.fill("#search", "garten")
    expect(status(opened)).to_contain_text("of 24")
    opened.keyboard.press("Escape")
    opened.keyboard.press("j")
    expect(current(opened)).to_have_text("#9")
    opened.reload()
    expect(status(opened)).to_contain_text("of 24")
    expect(current(opened)).to_have_text("#9")
    expect(opened.locator("#search")).to_have_value("garten")


def test_without_the_token_nothing_is_shown(run, serve, page, seen):
    served = serve(run)
    page.goto(served.url.partition("#")[0])
    expect(page.locator("#banner")).to_contain_text("without its token")
    assert page.locator("#list li").count() == 0
    assert all("401" in one for one in seen.errors)
    seen.errors.clear()


def test_columns_may_be_called_what_every_object_has(tmp_path, serve, page):
    path = tmp_path / "data.jsonl"
    teams = ("Lotus", "Brabham", "toString")
    rows = [
        {"instruction": f"Ask {n}?", "response": "So.", "constructor": teams[n % 3], "valueOf": n}
        for n in range(30)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    page.goto(serve(path).url)
    expect(page.locator("#list li")).to_have_count(30)
    page.locator('[data-column="constructor"][data-value="Lotus"]').click()
    expect(status(page)).to_contain_text("of 10")
    page.fill('[data-column="valueOf"][data-end="0"]', "20")
    page.press('[data-column="valueOf"][data-end="0"]', "Enter")
    expect(status(page)).to_contain_text("of 3")
    page.reload()
    expect(status(page)).to_contain_text("of 3")
    page.locator("#active .plain").click()
    expect(status(page)).to_contain_text("of 30")


def test_search_filters_and_the_where_box(opened):
    opened.locator('[data-column="language"][data-value="DE"]').click()
    expect(status(opened)).to_contain_text("of 24")
    expect(opened.locator('[data-column="task_category"][data-value="Math"] .count')).to_have_text(
        "0"
    )
    expect(opened.locator('[data-column="language"][data-value="EN"] .count')).to_have_text("96")
    opened.fill('[data-column="instruct_reward"][data-end="0"]', "0")
    opened.press('[data-column="instruct_reward"][data-end="0"]', "Enter")
    expect(opened.locator("#active .chip")).to_have_count(2)
    opened.locator("#active .chip", has_text="language").click()
    expect(opened.locator('[data-column="language"][data-value="DE"]')).to_have_attribute(
        "aria-pressed", "false"
    )
    opened.keyboard.press("w")
    opened.keyboard.type("input_quality >= 'goood'")
    opened.keyboard.press("Enter")
    expect(opened.locator("#where-error")).to_contain_text("did you mean 'good'?")
    opened.fill("#where", "input_quality >= 'good' AND length(response) > 100")
    opened.keyboard.press("Enter")
    expect(opened.locator("#where-error")).to_be_empty()
    wanted = opened.served.ask(
        "page",
        asked={
            "where": "input_quality >= 'good' AND length(response) > 100",
            "ranges": {"instruct_reward": [0, None]},
        },
    )
    expect(status(opened)).to_contain_text(f"of {wanted['total']}")
    opened.keyboard.press("Escape")
    opened.keyboard.press("x")
    expect(status(opened)).to_contain_text("1–50 of 120")
    expect(opened.locator("#active")).to_be_hidden()


def test_a_bar_of_a_histogram_is_a_range(opened):
    opened.locator(".facet", has_text="length of response").locator("rect.touch").first.click()
    expect(opened.locator("#active .chip")).to_contain_text("length of response")
    expect(status(opened)).not_to_contain_text("of 120")


def test_sorting_and_paging(opened):
    opened.select_option("#sort", "instruct_reward")
    best = opened.served.ask("page", asked={"sort": "instruct_reward", "descending": True})["rows"][
        0
    ]
    expect(opened.locator("#list li").first.locator(".facts")).to_contain_text(f"#{best['index']}")
    opened.select_option("#sort", "")
    opened.click("#direction")
    expect(opened.locator("#list li").first).to_contain_text("#119")
    opened.click("#direction")
    expect(opened.locator("#list li").first).to_contain_text("#0")
    opened.get_by_label("Next page").click()
    expect(status(opened)).to_contain_text("51–100 of 120")
    opened.fill("#pager input", "3")
    opened.press("#pager input", "Enter")
    expect(status(opened)).to_contain_text("101–120 of 120")
    expect(opened.locator("#list li")).to_have_count(20)
    expect(opened.get_by_label("Next page")).to_be_disabled()


def test_the_keyboard_alone(opened):
    press = opened.keyboard.press
    press("j"), press("j"), press("k")
    expect(current(opened)).to_have_text("#1")
    press("y")
    expect(opened.locator(".marking.keep")).to_have_attribute("aria-pressed", "true")
    press("d")
    expect(opened.locator("#list li.drop")).to_have_count(1)
    press("u")
    expect(opened.locator("#list li.keep")).to_have_count(1)
    press("n")
    expect(opened.locator("#noting")).to_be_visible()
    opened.keyboard.type("odd\nbut kept jkdx")
    press("Control+Enter")
    expect(opened.locator("#reader .note")).to_have_text("note odd\nbut kept jkdx")
    expect(opened.locator('[data-column="mark"][data-value="keep"] .count')).to_have_text("1")
    press("c")
    expect(opened.locator("#list li.keep")).to_have_count(0)
    press("]")
    expect(status(opened)).to_contain_text("51–100")
    expect(current(opened)).to_have_text("#50")
    press("k")
    expect(status(opened)).to_contain_text("1–50")
    expect(current(opened)).to_have_text("#49")
    press("j")
    expect(current(opened)).to_have_text("#50")
    press("/")
    opened.keyboard.type("jyd")  # typed, not obeyed
    expect(status(opened)).to_contain_text("no record")
    press("Escape")
    press("?")
    expect(opened.locator("#help")).to_be_visible()
    press("Escape")
    expect(opened.locator("#help")).to_be_hidden()
    press("t")
    dark = opened.locator("html").get_attribute("data-theme")
    press("t")
    assert {dark, opened.locator("html").get_attribute("data-theme")} == {"dark", "light"}


def test_marks_in_the_page_are_on_disk_and_can_be_filtered_by(opened, run):
    opened.keyboard.press("y")
    expect(opened.locator("#list li.keep")).to_have_count(1)
    opened.locator('[data-column="mark"][data-value="keep"]').click()
    expect(status(opened)).to_contain_text("of 1 ")
    part = run / "tags/marks/part-00000.jsonl"
    assert '"mark":"keep"' in part.read_text()


def test_a_record_is_shown_as_it_was_said_and_does_no_harm(opened):
    reader = opened.locator("#reader")
    expect(reader.locator("pre .k").first).to_have_text("def")
    expect(reader.locator("table th").first).to_have_text("size")
    link = reader.locator(".turn.assistant .rendered a")
    assert link.get_attribute("href") == "https://docs.python.org/3/"
    assert set(link.get_attribute("rel").split()) >= {"noopener", "noreferrer"}
    expect(reader.locator(".side.chosen")).to_contain_text("reward 1.5")
    opened.keyboard.press("j")
    expect(reader.locator(".turn.assistant")).to_contain_text("<script>window.harmed = 1</script>")
    expect(reader.locator(".image")).to_have_text("[image: a picture] http://example.com/track.png")
    assert reader.locator("script, img, iframe, a").count() == 0
    assert opened.evaluate("window.harmed") is None
    opened.keyboard.press("m")
    expect(reader.locator(".turn.assistant .text")).to_contain_text(
        "[a link](javascript:window.harmed=1)"
    )
    opened.keyboard.press("j"), opened.keyboard.press("j")
    thought = reader.locator("details.reasoning")
    expect(thought).not_to_have_attribute("open", "")
    opened.keyboard.press("r")
    expect(thought).to_contain_text("7 of them blue")


def test_what_was_rejected(opened):
    opened.keyboard.press("2")
    expect(opened.locator(".card")).to_have_count(17)
    opened.locator(".chip", has_text="unfinished").click()
    expect(opened.locator(".card")).to_have_count(5)
    expect(opened.locator(".card").first).to_contain_text("by unfinished · #132")
    expect(opened.locator(".card").first).to_contain_text("<script>")
    opened.keyboard.press("/")
    opened.keyboard.type("nowhere")
    expect(opened.locator("#status-rejected")).to_contain_text("nothing")
    assert opened.evaluate("window.harmed") is None


@pytest.mark.engine
def test_the_method_live_on_the_embedded_model(opened):
    opened.keyboard.press("3")
    assert "pieces of eight tokens" in opened.locator("#live").inner_text()
    opened.click("#sample")
    done = opened.locator("#live-status", has_text=re.compile("^done"))
    done.wait_for(timeout=120_000)
    tokens = opened.locator("#step-prompt .token")
    assert tokens.locator(".what").all_inner_texts()[0] == "<|begin_of_text|>"
    assert tokens.locator(".number").all_inner_texts()[0] == "0"
    assert opened.locator("#step-prompt .token.special").count() == 3
    said = opened.locator("#step-instruction > .text").inner_text()
    assert len(said) > 10
    sampled = "".join(opened.locator("#step-instruction .tokens .what").all_text_contents())
    assert sampled.replace("␣", " ").replace("⏎", "\n").removesuffix("<|eot_id|>").strip() == said
    expect(opened.locator("#step-response .verdict")).to_be_visible()
    assert opened.locator("#step-response > .text").inner_text()
    opened.fill("[name=checkpoint]", "no-such-checkpoint")
    opened.click("#sample")
    opened.locator("#live-status.refused").wait_for(timeout=60_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_scrolling_sideways(run, serve, page, scheme):
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    page.goto(serve(run).url)
    expect(page.locator("#list li")).to_have_count(50)

    def wide(selector):
        return page.evaluate(
            f"(({selector!r}.startsWith('#') || 1) && document.querySelector({selector!r})).scrollWidth"
        )

    assert wide("html") == 390
    page.locator("#list li").first.click()
    expect(page.locator("#reader .turn").first).to_be_visible()
    assert (wide("html"), wide("#reader")) == (390, 390)
    page.get_by_label("Next record").click()
    expect(page.locator("#reader .turn.assistant")).to_contain_text("<script>")
    assert wide("#reader") == 390
    page.locator(".back").click()
    expect(page.locator("#reader .turn").first).to_be_hidden()
    page.click("#show-filters")
    expect(page.locator("#where")).to_be_visible()
    assert wide(".side-pane") <= 390
    page.click("#hide-filters")
    for tab in ("rejected", "live"):
        page.click(f"[data-tab={tab}]")
        expect(page.locator(f"#{tab} :is(.card, form)").first).to_be_visible()
        assert (wide("html"), wide(f"#{tab}")) == (390, 390)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(map(int, re.findall(r"\d+", background)[:3])) > 380
    assert light is (scheme == "light")


def test_news_of_a_run_that_is_being_written(opened, run):
    from magpie_core.record import Record
    from magpie_core.run.folder import RunFolder

    with RunFolder.open(run, write=True) as folder:
        folder.append(
            Record(id="0123456789ab-00000500", index=500, instruction="Now?", response="Yes.")
        )
    button = opened.get_by_role("button", name="Take it in")
    button.wait_for(timeout=30_000)
    button.click()
    expect(opened.locator("#count-records")).to_have_text("121")
    expect(opened.locator("#banner")).to_be_hidden()


def test_read_only_data_can_be_read_and_not_marked(run, serve, page, monkeypatch):
    import os

    real = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: str(run) not in str(path) and real(path, mode)
    )
    page.goto(serve(run).url)
    expect(page.locator("#banner")).to_contain_text("you may not write")
    expect(page.locator(".marking.keep")).to_be_disabled()
    page.keyboard.press("y")
    expect(page.locator("#toast")).to_contain_text("you may not write")
