"""The figures of a report, as Vega-Lite specifications made with Altair, in the order of the page."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from magpie_core.report.drawing import Figure
from magpie_core.report.figures_of_columns import crossing_of, distribution
from magpie_core.report.figures_of_maps import map_of
from magpie_core.report.figures_of_runs import funnel, paces, reasons
from magpie_core.report.make import Report


def figures(report: Report) -> list[Figure]:
    """Every figure there is something to draw in, in the order of the page."""
    numbers = report.numbers
    found = [*funnel(numbers), *reasons(numbers)]
    found += [distribution(one, numbers) for one in numbers.distributions if len(one.labels) != 1]
    for crossing in numbers.crossings:
        found += crossing_of(crossing, numbers)
    if numbers.map is not None:
        found += map_of(numbers.map, report, numbers)
    return _apart([*found, *paces(numbers)])


def _apart(found: list[Figure]) -> list[Figure]:
    """The same, no two of one name: columns may be called anything."""
    seen: Counter[str] = Counter()
    apart = []
    for one in found:
        seen[one.name] += 1
        apart.append(
            one if seen[one.name] == 1 else replace(one, name=f"{one.name}-again-{seen[one.name]}")
        )
    return apart
