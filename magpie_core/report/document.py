"""The numbers of a report, as ``--json`` prints them. Plain data; no text a model wrote is in it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Section = Literal["length", "labels", "neighbours", "other"]


class Numbers(msgspec.Struct, kw_only=True):
    """A column of numbers in one data set."""

    rows: int
    """Records that have a number."""
    mean: float
    least: float
    most: float
    quantiles: dict[str, float]
    """By ``0.05``, ``0.25``, ``0.5``, ``0.75``, ``0.95``."""
    counts: list[int]
    """Records in each bin; see ``Distribution.edges``."""
    below: int
    """Records left of the first bin."""
    above: int
    """Records right of the last bin."""


class Labels(msgspec.Struct, kw_only=True):
    """A column of labels in one data set."""

    rows: int
    """Records that have a label."""
    counts: list[int]
    """Records with each of ``Distribution.labels``."""
    others: int
    """Records with a label that is too rare to be named."""


class Distribution(msgspec.Struct, kw_only=True):
    """One column in every data set."""

    name: str
    """As expressions of `magpie select` call it."""
    title: str
    section: Section
    edges: list[float] = []
    """Of the bins, one more than there are; the same for all data sets. Empty for labels."""
    labels: list[str] = []
    """In the order of the scale where the column has one, else the commonest first."""
    ordered: bool = False
    sets: list[Numbers | Labels | None] = []
    """In the order of the data sets; None where it has no such column."""


class Stage(msgspec.Struct, kw_only=True):
    """One step that turned records down."""

    name: str
    before: int
    kept: int


class Reason(msgspec.Struct, kw_only=True):
    """Why samples were turned down."""

    step: str
    """``instruction`` or ``response``."""
    filter: str
    reason: str
    count: int


class Pace(msgspec.Struct, kw_only=True):
    """What happened between two moments of a run."""

    hours: float
    """Working time so far at its end; pauses between sessions are left out."""
    records: int
    """Accepted so far."""
    records_per_minute: float
    tokens_per_second: float
    session: int


class Spent(msgspec.Struct, kw_only=True):
    """What a run took; tokens are those of all samples, the rejected ones included."""

    hours: float
    sessions: int
    prompt_tokens: int
    sampled_tokens: int
    money: float | None = None
    """In the currency of the prices that were given; None where none was."""


class Diversity(msgspec.Struct, kw_only=True):
    """How far the instructions of one data set differ; what needs embeddings is None without them."""

    sample: int
    """Records that all but the distance are of; the same number in every data set."""
    distance: float | None
    """Mean ``min_neighbor_distance`` of all records that have one."""
    distinct: dict[str, float | None]
    """Different n-grams per n-gram, by n."""
    figures: dict[str, float | None]
    """Of each plugin, by name."""


class DataSet(msgspec.Struct, kw_only=True):
    """One run or file."""

    name: str
    """The last part of its path."""
    kind: str
    """``run``, ``import``, ``merge`` or ``file``."""
    records: int
    damaged: int
    facts: dict[str, str]
    """Checkpoint, family, seed, key … as people read them."""
    stages: list[Stage]
    reasons: list[Reason]
    selections: dict[str, list[Stage]]
    """Steps of each selection beside it, by its name."""
    spent: Spent | None
    pace: list[Pace]
    diversity: Diversity
    settings: dict[str, str]
    """Of run.toml, by their dotted name, without secrets and paths."""
    notes: list[str]
    """What is missing, and the command that makes it."""


class Crossing(msgspec.Struct, kw_only=True):
    """How often two labels meet in one data set."""

    down: str
    across: str
    rows: list[str]
    columns: list[str]
    counts: list[list[list[int]]]
    """[data set][row][column]."""


class Map(msgspec.Struct, kw_only=True):
    """A plane on which instructions that mean the same are near each other."""

    model: str
    """Whose embeddings they are."""
    coloured_by: str | None
    points: list[list[list[float]]]
    """[data set][record](x, y)."""
    labels: list[list[str]]
    """[data set][record]: what it is coloured by."""
    nearest: list[list[float]]
    """[data set a][data set b]: mean squared L2 distance from a record of a to the nearest one of b."""


class Numbered(msgspec.Struct, kw_only=True):
    """Everything."""

    magpie: str
    seed: int
    sets: list[DataSet]
    distributions: list[Distribution]
    crossings: list[Crossing]
    map: Map | None
    took: dict[str, float]
    """Seconds of each part of the work."""


def plain(numbers: Numbered) -> dict[str, Any]:
    """As JSON prints it."""
    found: dict[str, Any] = msgspec.to_builtins(numbers)
    return found
