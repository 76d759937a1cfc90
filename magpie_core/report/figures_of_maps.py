"""Figures of the map: one for each data set, the others grey beneath it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from magpie_core.report.document import Map, Numbered
from magpie_core.report.drawing import Figure, chart_of, spec_of
from magpie_core.report.make import Report
from magpie_core.report.theme import set_colour

if TYPE_CHECKING:
    import altair as alt


def map_of(one: Map, report: Report, numbers: Numbered) -> Iterator[Figure]:
    """The map of each data set that has vectors; hovering shows the instruction."""
    import altair as alt

    labels = list(dict.fromkeys(_in_order(one, numbers)))
    ends = alt.Scale(domain=[-104, 104], nice=False, zero=False)
    x = alt.X("x:Q", axis=None, scale=ends)
    y = alt.Y("y:Q", axis=None, scale=ends)
    size = 45 if sum(map(len, one.points)) < 1_000 else 22
    for at, (data, points) in enumerate(zip(numbers.sets, one.points, strict=True)):
        if not points:
            continue
        rows = [
            {"x": place[0], "y": place[1], "label": label or "none", "text": text}
            for place, label, text in zip(points, one.labels[at], report.hover[at], strict=True)
        ]
        others = [
            {"x": place[0], "y": place[1]}
            for number, some in enumerate(one.points)
            if number != at
            for place in some
        ]
        layers: list[alt.Chart] = []
        if others:
            layers.append(
                chart_of(others)
                .mark_circle(size=size / 2, color="@faint", opacity=0.8)
                .encode(x=x, y=y)
            )
        coloured = one.coloured_by is not None and any(one.labels[at])
        colour = (
            alt.Color(
                "label:N",
                scale=alt.Scale(
                    domain=labels, range=[f"@kind{n % 12}" for n in range(len(labels))]
                ),
                legend=alt.Legend(
                    title=None, orient="bottom", columns=2, labelLimit=150, symbolOpacity=1
                ),
            )
            if coloured
            else alt.value(set_colour(at))
        )
        tips = [alt.Tooltip("text:N", title="instruction")] if any(report.hover[at]) else []
        if coloured:
            tips.append(alt.Tooltip("label:N", title="label"))
        chart = chart_of(rows).mark_circle(size=size, opacity=0.75)
        encoded = chart.encode(x=x, y=y, color=colour, tooltip=tips)
        if coloured:
            chosen = alt.selection_point(fields=["label"], bind="legend", name="shown")
            encoded = encoded.encode(
                opacity=alt.condition(chosen, alt.value(0.75), alt.value(0.04))
            ).add_params(chosen)
        layers.append(encoded)
        title = data.name if len(numbers.sets) > 1 else "Instructions by meaning"
        caption = f"{len(points):,} of {data.records:,} instructions."
        if others:
            caption += " The other data sets' are grey."
        spec = spec_of(alt.layer(*layers).properties(height=460), f"Map of {data.name}")
        yield Figure(f"map-{at}", "map", title, caption, spec, wide=len(numbers.sets) == 1)


def _in_order(one: Map, numbers: Numbered) -> Iterator[str]:
    """Labels as their own figure has them, then what else there is."""
    there = {label or "none" for some in one.labels if any(some) for label in some}
    for found in numbers.distributions:
        if found.name == one.coloured_by:
            yield from (label for label in found.labels if label in there)
    yield from sorted(there)
