"""What the filter and the tagger have in common: their options, and the index made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from magpie_core import UsageError
from magpie_filter_decontamination.items import read_items
from magpie_filter_decontamination.overlap import Benchmarks

Words = Annotated[int, Meta(ge=2)]


def nothing_to_compare_with(kind: Literal["filter", "tagger"], name: str) -> UsageError:
    """The error where no file is named: everything would pass, and nobody would see why."""
    return UsageError(
        f"{kind} `{name}` has no benchmark to compare with",
        hint=f'in a recipe: [{kind}s.{name}] files = ["gsm8k.jsonl"]',
    )


def open_benchmarks(files: Sequence[str], columns: Sequence[str], words: int) -> Benchmarks:
    """The index of ``files``; empty where none is named.

    Raises:
        UsageError: a file is missing or cannot be read, or there is nothing in them to compare with.
        MissingEngineError: Parquet without pyarrow. StorageError: a file cannot be read.
    """
    found = Benchmarks(read_items(files, columns), words)
    if files and not found:
        raise UsageError(
            f"no item with a word in it in {', '.join(f'`{one}`' for one in files)}",
            hint="look at the files, and at `columns`",
        )
    return found
