"""Figures of how a run went: what is left after each step, why the rest was turned down, how fast it was."""

from __future__ import annotations

from collections.abc import Iterator

from magpie_core.report.document import Numbered
from magpie_core.report.drawing import TALL, Figure, bars_of, by_set, chart_of, spec_of


def funnel(numbers: Numbered) -> Iterator[Figure]:
    """What is left after each step."""
    rows, labels = [], ["sampled"]
    for one in numbers.sets:
        if not one.stages:
            continue
        first = one.stages[0].before
        steps = [("sampled", first), *((f"after {stage.name}", stage.kept) for stage in one.stages)]
        for label, count in steps:
            if label not in labels:
                labels.append(label)
            rows.append(
                {"label": label, "set": one.name, "count": count, "share": count / max(first, 1)}
            )
    if rows:
        spec = bars_of(rows, labels, numbers, "What is left after each step", "step")
        yield Figure("funnel", "funnel", "What is left after each step", "", spec, wide=True)


def reasons(numbers: Numbered) -> Iterator[Figure]:
    """Why samples were turned down."""
    total: dict[str, int] = {}
    for one in numbers.sets:
        for reason in one.reasons:
            label = f"{reason.step}: {reason.reason}"
            total[label] = total.get(label, 0) + reason.count
    labels = sorted(total, key=lambda label: -total[label])[:20]
    rows = []
    for one in numbers.sets:
        sampled = one.stages[0].before if one.stages else one.records
        counts: dict[str, int] = {}
        for reason in one.reasons:
            label = f"{reason.step}: {reason.reason}"
            counts[label] = counts.get(label, 0) + reason.count
        rows += [
            {
                "label": label,
                "set": one.name,
                "count": counts[label],
                "share": counts[label] / sampled,
            }
            for label in labels
            if counts.get(label)
        ]
    if rows:
        caption = "Share of everything that was sampled."
        spec = bars_of(rows, labels, numbers, "Why samples were turned down", "reason")
        yield Figure("reasons", "funnel", "Why samples were turned down", caption, spec, wide=True)


def paces(numbers: Numbered) -> Iterator[Figure]:
    """Records and tokens over working time."""
    import altair as alt

    most = max((pace.hours for one in numbers.sets for pace in one.pace), default=0.0)
    if not most:
        return
    unit, factor = ("hours", 1.0) if most > 2 else ("minutes", 60.0)
    for field, title in (
        ("records_per_minute", "Records a minute"),
        ("tokens_per_second", "Tokens a second"),
        ("records", "Records so far"),
    ):
        rows = [
            {
                "at": round(pace.hours * factor, 4),
                "value": round(getattr(pace, field), 3),
                "set": one.name,
                "session": f"{one.name} {pace.session}",
            }
            for one in numbers.sets
            for pace in one.pace
        ]
        line = chart_of(rows).mark_line(
            strokeWidth=2,
            point=len(rows) < 60,
            interpolate="linear" if field == "records" else "step-before",
        )
        chart = line.encode(
            x=alt.X("at:Q", title=f"working time, {unit}", axis=alt.Axis(grid=False, tickCount=6)),
            y=alt.Y(
                "value:Q",
                title=None,
                scale=alt.Scale(domainMin=0),
                axis=alt.Axis(tickCount=4, domain=False, ticks=False, format="~s"),
            ),
            color=by_set(numbers, rows),
            detail="session:N",
            tooltip=[
                alt.Tooltip("at:Q", title=unit, format=".3~g"),
                alt.Tooltip("value:Q", title=title.lower(), format=",.4~g"),
                *([alt.Tooltip("set:N", title="data set")] if len(numbers.sets) > 1 else []),
            ],
        )
        spec = spec_of(chart.properties(height=TALL), title)
        yield Figure(field.replace("_", "-"), "speed", title, "", spec)
