"""How the values of each column are distributed, computed in DuckDB, in bins all data sets share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from magpie_core.report.document import Crossing, Distribution, Labels, Numbers, Section
from magpie_core.report.reading import Reading
from magpie_core.report.safe import short
from magpie_core.selection.expression import SIZED

BINS = 36
"""About so many; their width is a round number."""
NAMED = 24
"""Labels that get a bar of their own."""
FEW = 10
"""Whole numbers of no more different values are drawn as labels."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
LARGEST = 1e300
"""Beyond it sums and widths of bins leave what a float holds: such a number counts as none, as NaN does."""
_TITLES = {
    "length of instruction": "Instruction length, characters",
    "length of response": "Response length, characters",
    "instruction_tokens": "Instruction length, tokens",
    "response_tokens": "Response length, tokens",
    "response_finish": "How the response ended",
    "input_quality": "Quality of the instruction",
    "difficulty": "Difficulty",
    "task_category": "Category",
    "language": "Language",
    "instruct_reward": "Reward of the response",
    "reward_difference": "Reward difference",
    "min_neighbor_distance": "Distance to the nearest other instruction",
    "repeat_count": "Near-duplicates of each record",
    "duplicate_keep": "Kept among near-duplicates",
    "turns": "Turns",
}
_ORDER = (
    "input_quality",
    "difficulty",
    "task_category",
    "language",
    "safety",
    "llama_guard_2",
    "instruct_reward",
    "reward",
)
"""What people ask for first."""
_LENGTHS = (*sorted(SIZED.values()), "instruction_tokens", "response_tokens")
_LENGTHS_TOO = ("response_finish", "turns", "reasoning_cut")
_NEIGHBOURS = ("min_neighbor_distance", "repeat_count", "duplicate_keep")

Fact = tuple[int, float, float, float, list[float]]
"""Of a column of numbers: how many, mean, least, most, and the quantiles that were asked for."""


def distributions(readings: Sequence[Reading]) -> list[Distribution]:
    """Every column that any of the data sets has."""
    names = sorted({name for one in readings for name in one.columns}, key=_place)
    return [found for name in names if (found := _distribution(name, readings)) is not None]


def crossings(readings: Sequence[Reading], found: Sequence[Distribution]) -> list[Crossing]:
    """Category by difficulty, and by quality; only where a data set has both."""
    by_name = {one.name.rpartition(".")[2].lower(): one for one in found if one.labels}
    pairs = [("task_category", "difficulty"), ("task_category", "input_quality")]
    return [
        crossing
        for down, across in pairs
        if down in by_name and across in by_name
        if (crossing := _crossing(by_name[down], by_name[across], readings)) is not None
    ]


def titled(name: str) -> str:
    """A column's name for people."""
    owner, _, last = name.rpartition(".")
    if last in _TITLES:
        return _TITLES[last] + (f" ({owner})" if owner else "")
    plain = name.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def _place(name: str) -> tuple[int, int, str]:
    last = name.rpartition(".")[2].lower()
    for number, group in enumerate(((*_LENGTHS, *_LENGTHS_TOO), _ORDER, _NEIGHBOURS)):
        if last in group:
            return number, group.index(last), name
    return 3, 0, name


def _section(name: str) -> Section:
    last = name.rpartition(".")[2].lower()
    if last in _LENGTHS or last in _LENGTHS_TOO:
        return "length"
    if last in _NEIGHBOURS or last.startswith("text_"):
        return "neighbours"
    if last.endswith(("_confidence", "_note", "_explanation")):
        return "other"
    likely = ("quality", "difficult", "categor", "language", "safe", "guard", "reward", "score")
    return "labels" if any(one in last for one in likely) else "other"


def _distribution(name: str, readings: Sequence[Reading]) -> Distribution | None:
    columns = [one.columns.get(name) for one in readings]
    kinds = {one.kind for one in columns if one is not None}
    empty = Distribution(name=name, title=short(titled(name), 80), section=_section(name))
    if kinds <= {"int", "float"} and not _few(name, readings, kinds):
        return _numbers(empty, readings, whole=kinds == {"int"})
    return _labels(empty, readings)


def _few(name: str, readings: Sequence[Reading], kinds: set[str]) -> bool:
    if kinds != {"int"}:
        return False
    different: set[int] = set()
    for one in readings:
        if column := one.columns.get(name):
            sql = f"SELECT DISTINCT {column.sql} FROM joined WHERE {column.sql} IS NOT NULL LIMIT {FEW + 1}"
            different |= {value for (value,) in one.table.query(sql)}
    return len(different) <= (1 if name in _LENGTHS else FEW)


def _numbers(
    found: Distribution, readings: Sequence[Reading], *, whole: bool
) -> Distribution | None:
    cuts = ", ".join(str(one) for one in (0.01, *QUANTILES, 0.99))
    facts: list[Fact | None] = []
    for one in readings:
        column = one.columns.get(found.name)
        if column is None:
            facts.append(None)
            continue
        value = f"{column.sql}::DOUBLE"
        ((count, mean, least, most, quantiles),) = one.table.query(
            f"SELECT count(*), avg({value}), min({value}), max({value}), quantile_cont({value}, [{cuts}]) "
            f"FROM joined WHERE {_usable(value)}"
        )
        facts.append((count, mean, least, most, quantiles) if count else None)
    there = [one for one in facts if one is not None]
    if not there:
        return None
    low, high = min(one[4][0] for one in there), max(one[4][-1] for one in there)
    if low == high:
        low, high = low - 0.5, high + 0.5
    span = high - low
    if (
        min(one[2] for one in there) > low - 0.15 * span
    ):  # the last percent lies near: show all of it
        low = min(one[2] for one in there)
    if max(one[3] for one in there) < high + 0.15 * span:
        high = max(one[3] for one in there)
    edges = round_edges(low, high, whole=whole)
    found.edges = edges
    for one, fact in zip(readings, facts, strict=True):
        found.sets.append(None if fact is None else _counted(one, found.name, edges, fact))
    return found


def _usable(value: str) -> str:
    """The condition that a DOUBLE can be drawn and summed."""
    return f"isfinite({value}) AND abs({value}) <= {LARGEST!r}"


def _counted(
    reading: Reading,
    name: str,
    edges: Sequence[float],
    fact: Fact,
) -> Numbers:
    value = f"{reading.columns[name].sql}::DOUBLE"
    low, width, bins = edges[0], edges[1] - edges[0], len(edges) - 1
    place = (
        f"CASE WHEN {value} < {low!r} THEN -1 WHEN {value} = {edges[-1]!r} THEN {bins - 1} "
        f"ELSE floor(({value} - {low!r}) / {width!r}) END"
    )
    rows = reading.table.query(
        f"SELECT place, count(*) FROM (SELECT {place} AS place FROM joined WHERE {_usable(value)}) "
        "GROUP BY place"
    )
    counts, below, above = [0] * bins, 0, 0
    for at, count in rows:
        if at < 0:
            below += count
        elif at >= bins:
            above += count
        else:
            counts[int(at)] += count
    number, mean, least, most, quantiles = fact
    return Numbers(
        rows=number,
        mean=mean,
        least=least,
        most=most,
        quantiles={str(q): v for q, v in zip(QUANTILES, quantiles[1:-1], strict=True)},
        counts=counts,
        below=below,
        above=above,
    )


def round_edges(low: float, high: float, *, whole: bool) -> list[float]:
    """Edges of about ``BINS`` bins from ``low`` to ``high``, at round numbers.

    Args:
        low: the least number to show.
        high: the greatest.
        whole: whether all numbers are whole, so that no bin is narrower than one.
    """
    span = max(high - low, 1e-9 * max(abs(low), abs(high), 1.0))
    raw = span / BINS
    unit = 10.0 ** math.floor(math.log10(raw))
    width = next(step * unit for step in (1, 2, 2.5, 5, 10) if step * unit >= raw * 0.999)
    if whole:
        width = float(max(1, math.ceil(width)))
    first = math.floor(low / width)
    last = max(first + 1, math.ceil(high / width))
    if whole and last * width <= high:
        last += 1
    return [float(f"{number * width:.12g}") for number in range(first, last + 1)]


def _labels(found: Distribution, readings: Sequence[Reading]) -> Distribution | None:
    counted: list[Counter[str] | None] = []
    scale: tuple[str, ...] = ()
    numeric = True
    for one in readings:
        column = one.columns.get(found.name)
        if column is None:
            counted.append(None)
            continue
        if column.scale is not None and column.scale.ordered:
            scale = column.scale.labels
        numeric = numeric and column.kind == "int"
        counts: Counter[str] = Counter()
        for label, count in one.table.query(label_query(column.sql, column.kind)):
            counts[short(label, 60)] += count
        counted.append(counts)
    total: Counter[str] = Counter()
    for some in counted:
        total.update(some or {})
    if not total:
        return None
    if scale and set(total) <= set(scale):
        labels = list(scale)
    elif numeric:
        labels = sorted(total, key=float)[:NAMED]
    else:
        labels = [label for label, _ in sorted(total.items(), key=lambda one: (-one[1], one[0]))][
            :NAMED
        ]
    found.labels, found.ordered = labels, bool(scale) or numeric
    for some in counted:
        if some is None:
            found.sets.append(None)
            continue
        named = [some.get(one, 0) for one in labels]
        found.sets.append(Labels(rows=some.total(), counts=named, others=some.total() - sum(named)))
    return found


def label_query(sql: str, kind: str) -> str:
    """Each label of a column as text, with how many records have it."""
    shown = f"CASE WHEN {sql} THEN 'yes' ELSE 'no' END" if kind == "bool" else f"{sql}::VARCHAR"
    return f"SELECT {shown}, count(*) FROM joined WHERE {sql} IS NOT NULL GROUP BY 1"


def _crossing(
    down: Distribution, across: Distribution, readings: Sequence[Reading]
) -> Crossing | None:
    tables: list[list[list[int]]] = []
    for one in readings:
        counts = [[0] * len(across.labels) for _ in down.labels]
        tables.append(counts)
        first, second = one.columns.get(down.name), one.columns.get(across.name)
        if first is None or second is None:
            continue
        rows = one.table.query(
            f"SELECT {first.sql}::VARCHAR, {second.sql}::VARCHAR, count(*) FROM joined "
            f"WHERE {first.sql} IS NOT NULL AND {second.sql} IS NOT NULL GROUP BY 1, 2"
        )
        for row, column, count in rows:
            row, column = short(row, 60), short(column, 60)
            if row in down.labels and column in across.labels:
                counts[down.labels.index(row)][across.labels.index(column)] += count
    if not any(count for table in tables for row in table for count in row):
        return None
    return Crossing(
        down=down.title, across=across.title, rows=down.labels, columns=across.labels, counts=tables
    )
