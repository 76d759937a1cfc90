"""From what each benchmark prints to the figures of its row in docs/benchmarks.md. Measures nothing."""

from __future__ import annotations

from statistics import median
from typing import Any


def layout(said: Any) -> str:
    """Figures of ``published_layout.py``."""
    return f"{said['ratio_with_start']}, without start {said['ratio_without_start']}"


def ceiling(said: Any) -> str:
    """Figures of ``ceiling.py``."""
    return f"{said['ratio']} (instructions first: {said['ratio_to_phases']})"


def overhead(said: Any) -> str:
    """Figures of ``overhead.py``, by number of records."""
    return "; ".join(
        f"{row['records']:,}: {row['cpu_ms_per_record']:.2f} ms, "
        f"{row['peak_mib'] - row['peak_mib_before']:.0f} MiB"
        for row in said["overhead"]
    )


def search(said: Any) -> str:
    """Figures of ``neighbours.py``: the ratio where there is one, and our own seconds and memory."""
    sizes = [row for row in said if row.get("side") == "exact"]
    own = [
        f"{row['rows']:,} rows: {row['seconds']} s, {row['memory_with_embeddings_in_matrices']} matrices"
        for row in sizes
    ]
    return "; ".join([*(f"{row['ratio']} times" for row in said if "ratio" in row), *own])


def selecting(said: Any) -> str:
    """Figures of ``selection.py``: its slowest and its largest."""
    runs = [one for one in said.values() if isinstance(one, dict)]
    slowest, largest = (max(one[key] for one in runs) for key in ("seconds", "peak_gib"))
    return f"{slowest} s, {largest} GiB"


def language(said: Any) -> str:
    """Figures of ``language.py``."""
    label, columns = said["label"], said["all_columns"]
    differ = label["different_labels"] + columns["different_labels"]
    return f"{label['ratio']} (with mixed languages {columns['ratio']}), {differ} labels differ"


def million(said: Any) -> str:
    """Figures of ``million.py``: memory of the run, and of what came after it wall and processor time."""
    told = [
        f"{name} {said[key]['seconds']} s (processor {said[key]['processor_seconds']} s)"
        for name, key in (("resume", "resume_at_the_end"), ("status", "status"))
    ]
    return "; ".join([f"{said['run']['peak_mib']:.0f} MiB", *told])


def streams(said: Any) -> str:
    """Figures of ``streams.py``: the step that grows most, and the median."""
    steps = said["steps"]
    grown = sorted(steps, key=lambda one: steps[one]["bytes_a_record"])
    most, median = grown[-1], grown[len(grown) // 2]
    return (
        f"{median} {steps[median]['bytes_a_record']} bytes, most: "
        f"{most} {steps[most]['bytes_a_record']}"
    )


def ray(said: Any) -> str:
    """Figures of ``on_ray.py``: medians over the rounds, of the seconds and of the processor's."""
    told = [
        f"{words} {median(said[f'seconds_{key}'])} (processor {said[f'median_processor_{key}']})"
        for words, key in (("one worker", "one_worker"), ("two", "two_workers"))
    ]
    return ", ".join(told)


def report(said: Any) -> str:
    """Figures of ``report.py``: writing the page, its size, and opening it in a browser."""
    return f"{said['seconds']} s; {said['megabytes']} MB; opens in {max(said['opening_seconds'])} s"


def viewer(said: Any) -> str:
    """Figures of ``view.py``: the slowest answer of each kind of question."""
    asked = {
        name: one["max"]
        for name, one in said.items()
        if "max" in (one if isinstance(one, dict) else {})
    }
    search = asked.pop("a search")
    return f"{max(asked.values())} ms; a search in the texts {search} ms"
