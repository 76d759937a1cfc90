import json
import re

import pytest

from magpie_core.report.figures import figures
from magpie_core.report.html import page as written
from magpie_core.report.pictures import picture
from magpie_core.report.theme import DARK, LIGHT, coloured


@pytest.fixture(scope="module")
def made(report, hostile):
    """The page of a run of hostile texts, and its figures."""
    found = report(hostile)
    drawn = figures(found)
    return written(found, drawn), drawn


def without_library(html):
    return re.sub(r"<script>.*?</script>", "", html, flags=re.S)


def test_the_page_has_three_scripts_whatever_the_records_say(made):
    html, _ = made
    assert (
        len(re.findall(r"<script\b", re.sub(r"<script>.*?</script>", "<script>", html, flags=re.S)))
        == 3
    )
    assert "<img" not in without_library(html)
    assert "onerror" not in re.sub(
        r'<script type="application/json".*?</script>', "", without_library(html), flags=re.S
    ).replace("onerror=alert(1)&gt;", "")


def test_nothing_of_the_machine_and_no_secret_is_in_it(made):
    html, _ = made
    for told in ("hunter2", "somebody", "/home/", "/tmp/", "?key=1"):
        assert told not in without_library(html)
    assert "example.org/v1" in html
    assert "tiny-llama" in html


def test_the_data_is_json_without_what_html_takes_for_its_own(made):
    html, _ = made
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)[1]
    assert not set(text) & set("<>&\u2028\u2029\x1b\x00\u202e")
    data = json.loads(text)
    assert "</script><script>document.title='owned'" in data["rows"][0][0]["turns"][1][1]


def test_the_page_asks_for_nothing_and_runs_only_its_own_scripts(made):
    html, _ = made
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert policy.count("sha256-") == 2
    assert not re.search(r"\b(src|href)=[\"'](?!#)", without_library(html))


def test_one_copy_of_the_library(made):
    html, _ = made
    assert html.count("window.vegaEmbed=") == 1
    assert len(html) < 3e6


def test_expressions_are_not_made_of_records(made):
    _, drawn = made

    def strings(spec):
        if isinstance(spec, dict):
            for key, one in spec.items():
                if key not in ("datasets", "values", "domain", "sort"):
                    yield from strings(one)
        elif isinstance(spec, list):
            for one in spec:
                yield from strings(one)
        elif isinstance(spec, str):
            yield spec

    assert not [
        text for one in drawn for text in strings(one.spec) if "owned" in text or "{{" in text
    ]


def test_colours_are_those_of_the_theme_and_data_stays(made):
    _, drawn = made
    assert set(LIGHT) == set(DARK)
    for one in drawn:
        for theme in ("light", "dark"):
            assert '"@' not in json.dumps(
                coloured({"spec": {**one.spec, "datasets": {}}}, theme)
            ).replace('"range": ["@', "")
    kept = coloured({"datasets": {"x": [{"label": "@ink"}]}, "color": "@ink"}, "dark")
    assert kept == {"datasets": {"x": [{"label": "@ink"}]}, "color": DARK["@ink"]}


def test_names_of_figures_are_names_of_files(made):
    _, drawn = made
    names = [one.name for one in drawn]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", one) for one in names)
    assert {
        "funnel",
        "reasons",
        "difficulty",
        "instruct-reward",
        "min-neighbor-distance",
        "map-0",
        "records-per-minute",
    } <= set(names)


@pytest.mark.parametrize(("form", "begin"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_every_figure_can_be_drawn_without_a_browser(made, form, begin):
    _, drawn = made
    wanted = {"funnel", "difficulty", "instruct-reward", "heat-0-difficulty", "map-0", "records"}
    for one in drawn:
        if one.name in wanted:
            assert picture(one, form, "dark").startswith(begin), one.name


def test_no_rows_means_no_text(report, hostile):
    found = report(hostile, rows=0)
    html = written(found, figures(found))
    assert "HYPERLINK" not in html
    assert "0123456789ab-" not in html


def test_a_data_set_without_anything_has_a_page(report, talks):
    found = report(talks(("Why?", "So.")))
    html = written(found, figures(found))
    assert "No embeddings" in html
    assert "A data file has no settings." in html


@pytest.mark.parametrize(
    "odd",
    ["constructor", "__proto__", "toString", "a\\b", "two\nlines", 'a"b', "{{x}}", "</script>"],
)
def test_columns_and_labels_may_be_called_anything(report, tmp_path, odd):
    path = tmp_path / "data.jsonl"
    rows = [
        {"instruction": f"Ask {n}?", "response": "Yes.", odd: [odd, "other"][n % 2]}
        for n in range(20)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    figure = next(one for one in figures(report(path)) if one.section == "other")
    drawn = picture(figure, "svg").decode()
    assert drawn.count('aria-roledescription="bar"') == 2
    assert "other" in drawn
