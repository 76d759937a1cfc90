"""The page: one file that opens without a network. Everything a model wrote is text in it.

Text in the markup is escaped by Jinja; what scripts read stands as JSON without ``<``, ``>`` and ``&``, and
goes into the page as text. The policy in its head lets only the two scripts run that were written with it,
by their digests, and lets nothing be asked for from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from magpie_core.report.document import DataSet, Labels, Numbered, Numbers
from magpie_core.report.drawing import Figure, short_number
from magpie_core.report.make import Report
from magpie_core.report.theme import CONFIG, DARK, LIGHT, set_colour

PAGE = Path(__file__).with_name("page")
SECTIONS = {
    "overview": "Overview",
    "funnel": "Funnel",
    "length": "Length",
    "labels": "Tags",
    "crossings": "Category × difficulty",
    "map": "Map",
    "neighbours": "Near-duplicates",
    "diversity": "Diversity",
    "speed": "Speed and cost",
    "other": "Other columns",
    "settings": "Settings",
    "records": "Records",
}
"""What the page has, in its order; a section there is nothing to show in is left out."""
_ALWAYS = ("overview", "diversity", "settings", "records")


def page(report: Report, figures: Sequence[Figure]) -> str:
    """The page as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    numbers = report.numbers
    by_section = {name: [one for one in figures if one.section == name] for name in SECTIONS}
    shown = {
        name: title
        for name, title in SECTIONS.items()
        if by_section[name]
        or name in _ALWAYS
        or any(one.section == name for one in numbers.distributions)
        or (name == "speed" and any(one.spent for one in numbers.sets))
        or (name == "map" and any(one.notes for one in numbers.sets))
        or (name == "funnel" and any(one.selections for one in numbers.sets))
    }
    library, script = _library(), _read("report.js")
    environment = Environment(
        loader=FileSystemLoader(PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"short": short_number, "number": "{:,}".format, "duration": _duration}
    return environment.get_template("report.html.jinja").render(
        numbers=numbers,
        several=len(numbers.sets) > 1,
        colours=[_of_page(set_colour(at)) for at in range(len(numbers.sets))],
        cards=[_card(numbers, at) for at in range(len(numbers.sets))],
        reasons=[
            _reasons(one, texts) for one, texts in zip(numbers.sets, report.examples, strict=True)
        ],
        settings=_settings(numbers),
        same=_same(numbers),
        diversity=_diversity(report),
        sections=shown,
        figures=by_section,
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        light=_variables(LIGHT),
        dark=_variables(DARK),
        style=_read("report.css"),
        library=library,
        script=script,
        data=_embedded(_data(report, figures)),
        policy=_policy(library, script),
    )


def _policy(*scripts: str) -> str:
    digests = " ".join(f"'sha256-{_digest(one)}'" for one in scripts)
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _library() -> str:
    """Vega, Vega-Lite and what puts them into a page."""
    import vl_convert

    script = (
        str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )
    # Its names stay its own; nothing in it may end the element it stands in.
    script = f"(() => {{\n{script}\n}})();"
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _read(name: str) -> str:
    return (PAGE / name).read_text("utf-8")


def _embedded(value: Any) -> str:
    """JSON that holds nothing HTML or an old script reader takes for its own."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace").decode()


def _data(report: Report, figures: Sequence[Figure]) -> dict[str, Any]:
    numbers = report.numbers
    return {
        "figures": {one.name: one.spec for one in figures},
        "config": CONFIG,
        "themes": {"light": LIGHT, "dark": DARK},
        "sets": [one.name for one in numbers.sets],
        "rows": report.rows,
        "filters": [
            {"name": one.name, "title": one.title, "labels": one.labels}
            for one in numbers.distributions
            if len(one.labels) > 1
            and any(one.name in row["labels"] for rows in report.rows for row in rows)
        ],
    }


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name[1:]}:{colour};" for name, colour in colours.items())


def _of_page(colour: str) -> str:
    return f"var(--{colour[1:]})"


def _card(numbers: Numbered, at: int) -> list[tuple[str, str]]:
    """What is said first of a data set: a name and a number each."""
    one = numbers.sets[at]
    found = []
    if one.stages:
        first = one.stages[0].before
        found.append(("sampled", f"{first:,}"))
        passed = min(one.records, first)
        found.append(("accepted", f"{passed / max(first, 1):.1%}"))
    medians = {"length of instruction": "instruction", "length of response": "response"}
    for spread in numbers.distributions:
        values = spread.sets[at]
        if spread.name in medians and isinstance(values, Numbers):
            median = short_number(values.quantiles["0.5"])
            found.append((f"median {medians[spread.name]}", f"{median} chars"))
    if one.diversity.distance is not None:
        found.append(("neighbour distance", f"{one.diversity.distance:.3f}"))
    for name, value in one.diversity.figures.items():
        if value is not None:
            found.append((f"{name.capitalize()} of {one.diversity.sample:,}", short_number(value)))
    for spread in numbers.distributions:
        values = spread.sets[at]
        if spread.name.endswith("language") and isinstance(values, Labels) and values.rows:
            found.append(("languages", str(sum(count > 0 for count in values.counts))))
    if one.spent is not None:
        found.append(("time", _duration(one.spent.hours)))
        if one.spent.money is not None:
            found.append(("cost", f"{one.spent.money:,.3g}"))
    return found


def _duration(hours: float) -> str:
    if hours >= 1:
        return f"{hours:,.1f} h"
    return f"{hours * 60:.0f} min" if hours * 60 >= 2 else f"{hours * 3600:.0f} s"


def _reasons(one: DataSet, texts: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Why samples were turned down, with examples."""
    sampled = one.stages[0].before if one.stages else 1
    return [
        {"reason": reason, "share": reason.count / max(sampled, 1), "texts": some}
        for reason, some in zip(one.reasons, texts, strict=True)
    ]


def _settings(numbers: Numbered) -> list[tuple[str, list[str], bool]]:
    """Each setting with its value in every data set, and whether they differ."""
    names = dict.fromkeys(name for one in numbers.sets for name in one.settings)
    rows = []
    for name in names:
        values = [one.settings.get(name, "") for one in numbers.sets]
        rows.append((name, values, len(set(values)) > 1))
    return rows


def _same(numbers: Numbered) -> dict[str, list[str]]:
    """By section, columns in which all records that have a label have the same."""
    found: dict[str, list[str]] = {}
    for one in numbers.distributions:
        if len(one.labels) == 1:
            found.setdefault(one.section, []).append(f"{one.title}: {one.labels[0]}")
    return found


def _diversity(report: Report) -> list[tuple[str, list[str]]]:
    """Each figure of diversity, for every data set."""
    sets = [one.diversity for one in report.numbers.sets]
    rows = [
        (
            "mean distance to the nearest other instruction, all records",
            [one.distance for one in sets],
        )
    ]
    for n in sets[0].distinct:
        rows.append((f"distinct-{n}, of {sets[0].sample:,}", [one.distinct[n] for one in sets]))
    for name, what in report.figure_names.items():
        rows.append((f"{what}, of {sets[0].sample:,}", [one.figures.get(name) for one in sets]))
    return [(name, ["–" if one is None else f"{one:,.4g}" for one in some]) for name, some in rows]
