import json

import pytest

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def reports(tagged, hostile, tmp_path_factory):
    """Addresses of pages: of a run, of two, of hostile texts."""
    from magpie_core.dataset.source import open_source
    from magpie_core.plugins import load_plugins
    from magpie_core.report.figures import figures
    from magpie_core.report.html import page as written
    from magpie_core.report.make import Options, make

    folder = tmp_path_factory.mktemp("pages")
    found = {}
    odd = folder / "odd.jsonl"
    names = ("constructor", "__proto__", "x" * 90, "a\\b\n<b>")
    rows = [
        {"instruction": f"Ask {n}?", "response": "So."}
        | {name: (name[:40], "other")[n % 2] for name in names[n % 3 == 0 :]}
        for n in range(20)
    ]
    odd.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    wanted = {"one": [tagged], "two": [tagged, hostile], "hostile": [hostile], "odd": [odd]}
    for name, sources in wanted.items():
        made = make(
            [open_source(one) for one in sources],
            load_plugins().figures(),
            Options(),
            lambda *_: None,
        )
        path = folder / f"{name}.html"
        path.write_text(written(made, figures(made)), encoding="utf-8")
        found[name] = path.as_uri()
    return found


def opened(page, address):
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def every_figure(page):
    """Scroll to each figure, as a reader does, and wait until it is drawn."""
    for one in page.query_selector_all(".chart"):
        one.scroll_into_view_if_needed()
        page.wait_for_function(
            "one => one.dataset.drawn && one.querySelector('svg, canvas')", arg=one
        )


def ground(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("name", ["one", "two", "hostile", "odd"])
def test_every_figure_is_drawn_and_nothing_is_asked_for(page, seen, reports, name):
    opened(page, reports[name])
    every_figure(page)
    assert seen.requests == [reports[name]]


@pytest.mark.parametrize("name", ["two", "hostile", "odd"])
def test_a_telephone_needs_no_sideways_scrolling(page, reports, name):
    page.set_viewport_size(PHONE)
    opened(page, reports[name])
    every_figure(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_record_without_a_label_has_no_chip_of_it(page, reports):
    opened(page, reports["odd"])
    page.fill("#search", "ask 0?")
    assert page.locator(".record").count() == 1
    assert "function" not in page.locator(".record").inner_text()


def test_pages_of_records(page, reports):
    opened(page, reports["one"])
    assert page.locator(".record").count() == 10
    assert page.locator("#where").inner_text() == "page 1 of 6"
    first = page.locator(".record").first.inner_text()
    page.click("#next")
    assert page.locator("#where").inner_text() == "page 2 of 6"
    assert page.locator(".record").first.inner_text() != first
    page.click("#previous")
    assert page.locator(".record").first.inner_text() == first
    assert page.locator("#previous").is_disabled()


def test_filters_work_together(page, reports):
    opened(page, reports["one"])
    page.select_option("[data-filter=task_category]", "Math")
    assert page.locator("#found").inner_text() == "20 of 60 records of the sample"
    page.select_option("[data-filter=difficulty]", "hard")
    assert page.locator("#found").inner_text() == "4 of 60 records of the sample"
    assert page.locator(".record").count() == 4
    page.select_option("[data-filter=difficulty]", "")
    page.select_option("[data-filter=task_category]", "")
    page.fill("#search", "and 17? 17")
    assert page.locator("#found").inner_text() == "1 of 60 records of the sample"
    page.fill("#search", "nobody wrote this")
    assert page.locator("#found").inner_text() == "0 of 60 records of the sample"
    assert page.locator("#next").is_disabled()


def test_the_other_data_set_is_a_choice_away(page, reports):
    opened(page, reports["two"])
    assert "What is" in page.locator(".record pre").first.inner_text()
    page.locator("#filters select:not([data-filter])").select_option("1")
    assert "end" in page.locator(".record pre").nth(1).inner_text()


def test_what_a_model_wrote_is_text(page, reports):
    opened(page, reports["hostile"])
    every_figure(page)
    for one in page.query_selector_all("details"):
        one.evaluate("one => one.open = true")
    text = page.inner_text("body")
    assert (
        "</script><script>document.title='owned'</script><img src=x onerror=alert(1)> <b>bold</b> &lt;i&gt;"
        in text
    )
    assert "␛[31mred␛[0m" in text
    assert "⟨U+202E⟩gnp.exe⟨U+202C⟩" in text
    assert "{{ 7*7 }}" in text
    assert "$E=mc^2$" in text
    assert page.title().startswith("hostile")
    assert page.locator("main img, main b:has-text('bold')").count() == 0
    assert page.locator("script").count() == 3


def test_the_map_shows_the_instruction_as_text(page, reports):
    opened(page, reports["hostile"])
    every_figure(page)
    chart = page.locator("[data-figure=map-0]")
    chart.scroll_into_view_if_needed()
    box = chart.locator("canvas").bounding_box()
    tip = page.locator("#tip")
    for step in range(4, 400):  # somewhere under the pointer there is a point
        page.mouse.move(box["x"] + (step * 37) % box["width"], box["y"] + (step * 23) % 400)
        if tip.is_visible() and "instruction" in tip.inner_text():
            break
    assert "instruction" in tip.inner_text()
    assert page.locator("#tip img, #tip script").count() == 0


@pytest.mark.parametrize(
    ("scheme", "first", "then"),
    [
        ("light", "rgb(255, 255, 255)", "rgb(23, 28, 36)"),
        ("dark", "rgb(23, 28, 36)", "rgb(255, 255, 255)"),
    ],
)
def test_light_and_dark(page, reports, scheme, first, then):
    page.emulate_media(color_scheme=scheme)
    opened(page, reports["one"])
    chart = page.locator("[data-figure=difficulty]")
    chart.scroll_into_view_if_needed()
    page.wait_for_selector(f"[data-figure=difficulty][data-drawn={scheme}]")
    assert ground(page) == first
    page.click("#theme")
    assert ground(page) == then
    page.wait_for_selector(f"[data-figure=difficulty]:not([data-drawn={scheme}]) svg")


def test_it_can_be_used_from_the_keyboard(page, reports):
    opened(page, reports["one"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.locator("nav a", has_text="Records").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.getElementById('records').getBoundingClientRect().top < 300"
    )
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    assert page.locator("#where").inner_text() == "page 2 of 6"
    page.locator(".reasons summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".reasons details[open] pre").first.is_visible()


def test_only_the_settings_that_differ(page, reports):
    opened(page, reports["two"])
    rows = page.locator("#settings-table tbody tr:visible")
    every = rows.count()
    page.check("#differing")
    assert 0 < rows.count() < every
