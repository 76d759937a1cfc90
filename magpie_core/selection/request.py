"""What a selection asks for, checked before anything is read. Knows no data."""

from __future__ import annotations

from typing import Any

import msgspec

from magpie_core.errors import UsageError

DIVERSE = 0.2
"""Squared L2 distance of unit vectors: cosine 0.9, the threshold of DEITA (arXiv 2312.15685)."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions, then one way to choose among what they keep, then a sample. See ``magpie select``."""

    where: tuple[str, ...] = ()
    """SQL expressions; a record must fulfil all of them."""
    top: int | None = None
    """So many records with the highest ``by``."""
    by: str | None = None
    """SQL expression that ranks: for ``top``, and within ``balance`` and ``quota``."""
    balance: tuple[str, ...] = ()
    """Columns: as many records of each combination of their values."""
    weights: dict[str, float] = {}
    """Of values of the one column of ``balance``: so many parts of each, and none of the others."""
    quota: dict[str, float] = {}
    """Largest share, above 0 and up to 1, that any one value of a column may have in the result."""
    n: int | None = None
    """How many records ``balance`` or ``quota`` choose; None for as many as can be."""
    diverse: float | None = None
    """Keep no record nearer than this to a better one that is kept: squared L2 distance of unit vectors.
    ``by`` says what is better, else the source's order."""
    picker: str | None = None
    """Plugin that does it; None for the only one."""
    embedder: str | None = None
    """Model of the embeddings it looks at; None for the one that ``magpie dedup`` used."""
    sample: int | None = None
    """So many records at random."""
    seed: int = 42
    shuffle: bool = False
    """Write in a random order instead of the source's."""
    prefer: tuple[str, ...] = ()
    """Sets of columns that win where a name stands in several."""

    def check(self) -> None:
        """See that it makes sense.

        Raises:
            UsageError: options that do not go together, or a number that cannot be meant.
        """
        if self.top is not None and (self.balance or self.quota):
            raise UsageError(
                "--top does not go with --balance or --quota",
                hint="say how many with -n; --by ranks within them too",
            )
        if self.diverse is not None and (self.balance or self.quota):
            raise UsageError(
                "--diverse does not go with --balance or --quota",
                hint="in two steps: write with --out, then select from that file",
            )
        if self.diverse is None and (self.picker or self.embedder):
            raise UsageError("--picker and --embedder are for --diverse", hint="add --diverse")
        if self.diverse is not None and not 0 < self.diverse < 2:
            raise UsageError(
                f"--diverse {self.diverse:g} is no distance above 0 and below 2",
                hint=f"--diverse {DIVERSE} is cosine 0.9",
            )
        if self.balance and self.quota:
            raise UsageError("--balance and --quota do not go together", hint="choose one of them")
        if self.top is not None and not self.by:
            raise UsageError(
                f"the {self.top:,} highest by what?", hint=f"--top {self.top} --by instruct_reward"
            )
        chooses = self.top is not None or self.diverse is not None
        if self.by and not (chooses or self.balance or self.quota):
            raise UsageError("--by alone chooses nothing", hint=f"--top 1000 --by '{self.by}'")
        if self.n is not None and not (self.balance or self.quota):
            raise UsageError(
                "-n is for --balance and --quota",
                hint=f"--sample {self.n}, or --top {self.n} --by instruct_reward",
            )
        for column, share in self.quota.items():
            if not 0 < share <= 1:
                raise UsageError(
                    f"--quota {column}={share} is no share", hint=f"--quota {column}=0.1 is a tenth"
                )
        if min(one for one in (self.top, self.n, self.sample, 1) if one is not None) < 1:
            raise UsageError(
                "cannot choose fewer than 1 record", hint="--top, --sample and -n take 1 or more"
            )

    def said(self) -> dict[str, Any]:
        """What was asked for, for JSON; only what differs from nothing."""
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        nothing = msgspec.json.decode(msgspec.json.encode(Request()))
        return {
            key: value for key, value in plain.items() if key == "seed" or value != nothing[key]
        }


def parse_balance(typed: str | None) -> tuple[tuple[str, ...], dict[str, float]]:
    """``A,B`` as columns, or ``COLUMN=VALUE:WEIGHT,VALUE:WEIGHT`` as one and weights of its values.

    Raises:
        UsageError: a weight that is no number above 0, or a value that comes twice.
    """
    if not typed:
        return (), {}
    column, equals, listed = typed.partition("=")
    if not equals:
        return tuple(one.strip() for one in typed.split(",")), {}
    weights: dict[str, float] = {}
    for one in listed.split(","):
        value, colon, weight = one.rpartition(":")
        value = (value if colon else weight).strip()
        try:
            number = float(weight) if colon else 1.0
        except ValueError:
            number = 0.0
        if not value or value in weights or not 0 < number < float("inf"):
            raise UsageError(
                f"`{one}` is no value with a weight above 0, or comes twice",
                hint=f"--balance '{column}=DE:2,FR:1'",
            )
        weights[value] = number
    return (column.strip(),), weights


def parse_quotas(typed: tuple[str, ...]) -> dict[str, float]:
    """``COLUMN=SHARE``, as often as there are columns.

    Raises:
        UsageError: one is not of that form, or a column comes twice.
    """
    quotas: dict[str, float] = {}
    for one in typed:
        column, equals, share = one.rpartition("=")
        try:
            value = float(share)
        except ValueError:
            equals = ""
        if not equals or not column.strip():
            raise UsageError(
                f"`{one}` is no quota", hint="a column and a share: --quota task_category=0.1"
            )
        if column.strip() in quotas:
            raise UsageError(f"--quota names `{column}` twice", hint=f"--quota {column}={share}")
        quotas[column.strip()] = value
    return quotas
