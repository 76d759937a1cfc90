"""Figures of columns: bars of labels, histograms of numbers, and how often two labels meet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from magpie_core.report.document import Crossing, Distribution, Labels, Numbered, Numbers
from magpie_core.report.drawing import (
    LABEL,
    TALL,
    Figure,
    bars_of,
    by_set,
    chart_of,
    short_number,
    spec_of,
    tip_title,
)


def distribution(one: Distribution, numbers: Numbered) -> Figure:
    """One column in every data set; its name is one of a file, whatever the column is called."""
    name = re.sub(r"[^a-z0-9]+", "-", one.name.lower()).strip("-")[:60] or "column"
    if one.labels:
        return _labels(one, numbers, name)
    return _histogram(one, numbers, name)


def _labels(one: Distribution, numbers: Numbered, name: str) -> Figure:
    rows, notes = [], []
    for data, found in zip(numbers.sets, one.sets, strict=True):
        if not isinstance(found, Labels):
            continue
        for label, count in zip(one.labels, found.counts, strict=True):
            rows.append(
                {
                    "label": label,
                    "set": data.name,
                    "count": count,
                    "share": count / max(found.rows, 1),
                }
            )
        note = f"{_whose(data.name, numbers)}{found.rows:,} of {data.records:,} records"
        notes.append(note + (f", {found.others:,} with a rarer label" if found.others else ""))
    spec = bars_of(rows, one.labels, numbers, one.title, one.title)
    return Figure(name, one.section, one.title, "; ".join(notes) + ".", spec)


def _whose(name: str, numbers: Numbered) -> str:
    return f"{name}: " if len(numbers.sets) > 1 else ""


def _histogram(one: Distribution, numbers: Numbered, name: str) -> Figure:
    import altair as alt

    rows, notes, middles = [], [], []
    for data, found in zip(numbers.sets, one.sets, strict=True):
        if not isinstance(found, Numbers):
            continue
        for low, high, count in zip(one.edges, one.edges[1:], found.counts, strict=False):
            rows.append(
                {
                    "low": low,
                    "high": high,
                    "set": data.name,
                    "count": count,
                    "share": count / max(found.rows, 1),
                }
            )
        middles.append({"set": data.name, "median": found.quantiles["0.5"]})
        notes.append(_whose(data.name, numbers) + _described(found))
    several = len(numbers.sets) > 1
    tips = [
        alt.Tooltip("low:Q", title="from", format=",~g"),
        alt.Tooltip("high:Q", title="to", format=",~g"),
        *([alt.Tooltip("set:N", title="data set")] if several else []),
        alt.Tooltip("count:Q", title="records", format=","),
        alt.Tooltip("share:Q", title="share", format=".2%"),
    ]
    ends = alt.Scale(domain=[one.edges[0], one.edges[-1]], nice=False, zero=False)
    axis = alt.Axis(grid=False, tickCount=6, format="~s")
    y = alt.Y(
        "share:Q",
        title=None,
        stack=None,
        scale=alt.Scale(domainMin=0),
        axis=alt.Axis(format="~%", tickCount=4, domain=False, ticks=False),
    )
    colour = by_set(numbers, rows)
    bars = chart_of(rows).mark_bar(binSpacing=0 if several else 1, opacity=0.3 if several else 1)
    x = alt.X("low:Q", bin="binned", title=None, scale=ends, axis=axis)
    layers = [bars.encode(x=x, x2="high:Q", y=y, color=colour, tooltip=tips)]
    if several:  # where bars hide each other, their outline is seen
        last = [{**row, "low": row["high"]} for row in rows if row["high"] == one.edges[-1]]
        line = chart_of([*rows, *last]).mark_line(interpolate="step-after", strokeWidth=1.5)
        layers.append(line.encode(x=alt.X("low:Q", scale=ends, axis=axis), y=y, color=colour))
    rules = chart_of(middles).mark_rule(strokeDash=[4, 3], strokeWidth=1.5)
    rule_colour = colour if several else alt.value("@ink")
    layers.append(
        rules.encode(
            x=alt.X("median:Q"),
            color=rule_colour,
            tooltip=[alt.Tooltip("median:Q", title="median", format=",.4~g")],
        )
    )
    spec = spec_of(alt.layer(*layers).properties(height=TALL), one.title)
    return Figure(name, one.section, one.title, "; ".join(notes) + ".", spec)


def _described(found: Numbers) -> str:
    q = found.quantiles
    beyond = found.below + found.above
    text = (
        f"median {short_number(q['0.5'])}, mean {short_number(found.mean)}, 90% from "
        f"{short_number(q['0.05'])} to {short_number(q['0.95'])}"
    )
    if beyond:
        text += f"; {beyond:,} beyond the edges ({short_number(found.least)} to {short_number(found.most)})"
    return text


def crossing_of(one: Crossing, numbers: Numbered) -> Iterator[Figure]:
    """How often two labels meet, in each data set that has both."""
    import altair as alt

    for at, (data, table) in enumerate(zip(numbers.sets, one.counts, strict=True)):
        total = sum(map(sum, table))
        if not total:
            continue
        most = max(map(max, table)) / total
        rows = [
            {"row": row, "column": column, "count": count, "share": count / total}
            for row, line in zip(one.rows, table, strict=True)
            for column, count in zip(one.columns, line, strict=True)
        ]
        base = chart_of(rows).encode(
            x=alt.X(
                "column:N",
                sort=one.columns,
                title=None,
                axis=alt.Axis(
                    labelAngle=-35, orient="bottom", domain=False, ticks=False, labelLimit=110
                ),
            ),
            y=alt.Y(
                "row:N",
                sort=one.rows,
                title=None,
                axis=alt.Axis(labelLimit=LABEL, domain=False, ticks=False, labelPadding=6),
            ),
            tooltip=[
                alt.Tooltip("row:N", title=tip_title(one.down)),
                alt.Tooltip("column:N", title=tip_title(one.across)),
                alt.Tooltip("count:Q", title="records", format=","),
                alt.Tooltip("share:Q", title="share", format=".1%"),
            ],
        )
        scale = alt.Scale(range=["@ramp0", "@ramp1", "@ramp2"], domain=[0, most / 2, most])
        boxes = base.mark_rect(cornerRadius=2, stroke="@page", strokeWidth=2).encode(
            color=alt.Color("share:Q", scale=scale, legend=None)
        )
        text = base.mark_text(fontSize=10).encode(
            text=alt.Text("count:Q", format=",~d"),
            color=alt.condition(
                f"datum.share > {most * 0.55!r}", alt.value("@onramp"), alt.value("@ink")
            ),
        )
        title = f"{one.down} and {one.across[:1].lower()}{one.across[1:]}"
        if len(numbers.sets) > 1:
            title += f": {data.name}"
        spec = spec_of(alt.layer(boxes, text).properties(height=26 * len(one.rows)), title)
        name = f"heat-{at}-{'-'.join(one.across.lower().split()[:1])}"
        yield Figure(name, "crossings", title, f"{total:,} records that have both.", spec)
