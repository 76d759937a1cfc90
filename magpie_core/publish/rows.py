"""A record as a published row: the format's own columns, and beside them what tags say."""

from __future__ import annotations

from typing import Any

from magpie_core.errors import UsageError
from magpie_core.export.columns import added, flat
from magpie_core.export.exporter import Exporter
from magpie_core.export.kinds import as_json
from magpie_core.export.pairs import PairRows
from magpie_core.export.rows import JsonRows
from magpie_core.publish.names import checkpoint_name
from magpie_core.publish.redact import redact
from magpie_core.record import WHOLE, Record

PREFERENCE = frozenset(
    {
        *("prompt", "responses", "rewards", "objections", "response_reasonings", "pair", "no_pair"),
        *("chosen", "rejected", "chosen_reward", "rejected_reward", "margin"),
        *("chosen_reasoning", "rejected_reasoning"),
    }
)
"""Columns of ``magpie prefer``: they go with pairs, not with conversations."""
MODELS = ("reward_model", "ifd_model")
"""Columns with a checkpoint's name, as those that end in ``_generator``; it may be a folder."""
FILES = ("source_file", "contaminated_by")
"""Columns that name a file."""

PRIVATE = "mark_note"
"""What readers of ``magpie view`` wrote for themselves."""


class RowMaker:
    """Makes the rows of one configuration.

    Args:
        exporter: the format.

    Raises:
        UsageError: its files are no rows of JSON.
    """

    def __init__(self, exporter: Exporter) -> None:
        if not isinstance(exporter, JsonRows) and not exporter.all_columns:
            raise UsageError(
                f"`{exporter.name}` has no rows that could be published",
                hint="--to messages, or --to parquet",
            )
        self.exporter = exporter
        self.pairs = isinstance(exporter, PairRows)

    def takes(self, record: Record) -> bool:
        """Whether ``record`` becomes a row."""
        return self.exporter.takes(record)

    def row(self, record: Record) -> dict[str, Any]:
        """The row. Conversations carry the columns of tags; pairs only what a trainer reads."""
        if self.exporter.all_columns:
            return as_plain(flat(record))
        assert isinstance(self.exporter, JsonRows)
        row = self.exporter.row(record)
        if not self.pairs:
            row = row | {name: one for name, one in labels(record).items() if name not in row}
        return as_plain(row)


def labels(record: Record) -> dict[str, Any]:
    """What was added to ``record`` and is neither a conversation nor a pair."""
    return as_plain(
        {
            name: one
            for name, one in added(record).items()
            if name != WHOLE and name.rpartition(".")[2] not in PREFERENCE
        }
    )


def as_plain(row: dict[str, Any]) -> dict[str, Any]:
    """``row`` as JSON has it, without readers' notes and the paths that steps write into their columns."""
    plain: dict[str, Any] = as_json(row)
    for name, value in list(plain.items()):
        bare = name.rpartition(".")[2]
        if bare == PRIVATE:
            del plain[name]
        elif isinstance(value, str) and (bare in MODELS or bare.endswith("_generator")):
            plain[name] = checkpoint_name(value)
        elif bare in FILES:
            plain[name] = redact(value)
    return plain
