"""What the figures have in common: a specification's size, colours by data set, bars. Knows no report.

A specification holds labels and numbers, and as data the instructions on the map; no expression in it is made
of what a model wrote, and what a column is called stands in them as ``tip_title`` leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magpie_core.report.document import Numbered
from magpie_core.report.theme import set_colour

if TYPE_CHECKING:
    import altair as alt

Row = dict[str, Any]

BAR = 22
"""Height of a row of bars, in pixels, and of one bar where several data sets stand in it."""
SEVERAL = 15
TALL = 190
"""Height of a histogram."""
TAKEN = frozenset(
    {"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString"}
    | {"toString", "valueOf", "__proto__", "__defineGetter__", "__defineSetter__"}
    | {"__lookupGetter__", "__lookupSetter__"}
)
"""What every object of JavaScript has: Vega finds that in its tables, and draws nothing."""
LABEL = 170
"""Widest label of an axis, in pixels: what is left on a telephone must do."""


@dataclass(frozen=True)
class Figure:
    """One figure."""

    name: str
    """For its place in the page, and its file."""
    section: str
    title: str
    caption: str
    spec: dict[str, Any]
    wide: bool = False
    """Whether it takes the whole width of the page."""


def chart_of(rows: Sequence[Row]) -> alt.Chart:
    """A chart of ``rows``, which stand in its specification."""
    import altair as alt

    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]


def spec_of(chart: Any, alone: str) -> dict[str, Any]:
    """A specification as wide as its place; ``alone`` describes it to who cannot see it."""
    spec: dict[str, Any] = chart.properties(
        width="container", background="transparent", description=alone
    ).to_dict()
    spec.pop("config", None)  # colours and fonts are the page's
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    untaken: dict[str, Any] = _untaken(spec)
    return untaken


def _untaken(value: Any) -> Any:
    """``value`` with a space behind each text of ``TAKEN``: it reads the same, and is another one."""
    if isinstance(value, dict):
        return {key: _untaken(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_untaken(one) for one in value]
    return f"{value} " if isinstance(value, str) and value in TAKEN else value


def names_in(numbers: Numbered) -> list[str]:
    """Names of the data sets, in their order."""
    return [one.name for one in numbers.sets]


def by_set(numbers: Numbered, rows: Sequence[Row]) -> Any:
    """Colours of the data sets that have any of ``rows``."""
    import altair as alt

    there = {row["set"] for row in rows}
    colours = {name: set_colour(at) for at, name in enumerate(names_in(numbers)) if name in there}
    shown = (
        alt.Legend(title=None, orient="top", symbolType="square", labelLimit=LABEL, symbolOpacity=1)
        if len(numbers.sets) > 1
        else None
    )
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color("set:N", scale=scale, legend=shown)


def bars_of(
    rows: Sequence[Row], labels: Sequence[str], numbers: Numbered, alone: str, what: str
) -> dict[str, Any]:
    """Horizontal bars of shares, their counts beside them; a row for each label."""
    import altair as alt

    several = len(numbers.sets) > 1
    height = len(labels) * (SEVERAL * len({row["set"] for row in rows}) + 8 if several else BAR)
    base = chart_of(rows).encode(
        y=alt.Y(
            "label:N",
            sort=list(labels),
            title=None,
            scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1),
            axis=alt.Axis(labelLimit=LABEL, ticks=False, domain=False, labelPadding=6),
        ),
        x=alt.X(
            "share:Q",
            title=None,
            axis=alt.Axis(format="%", tickCount=4, domain=False, ticks=False),
            scale=alt.Scale(domainMin=0, nice=True, padding=0),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=tip_title(what)),
            *([alt.Tooltip("set:N", title="data set")] if several else []),
            alt.Tooltip("count:Q", title="records", format=","),
            alt.Tooltip("share:Q", title="share", format=".1%"),
        ],
    )
    if several:
        base = base.encode(yOffset=alt.YOffset("set:N", sort=names_in(numbers)))
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=by_set(numbers, rows))
    text = base.mark_text(align="left", dx=4, color="@muted", fontSize=10).encode(
        text=alt.Text("count:Q", format=",")
    )
    return spec_of(alt.layer(bars, text).properties(height=height), alone)


def tip_title(text: str) -> str:
    """``text`` as what stands beside a value when one points at it.

    Vega-Lite writes it into an expression, in quotes: nothing is drawn where a backslash or the end of a
    line stands there.
    """
    return " ".join(text.split()).replace("\\", "\u29f5")


def short_number(value: float) -> str:
    """``1,234`` or ``0.0123``."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
