"""The output formats that come with the core."""

from __future__ import annotations

from magpie_core.export.alpaca import AlpacaExporter
from magpie_core.export.axolotl_preference import AxolotlPreferenceExporter
from magpie_core.export.exporter import Exporter
from magpie_core.export.handbook_preference import HandbookPreferenceExporter
from magpie_core.export.jsonl import JsonlExporter
from magpie_core.export.messages import MessagesExporter
from magpie_core.export.parquet import ParquetExporter
from magpie_core.export.sharegpt import ShareGptExporter
from magpie_core.export.trl_preference import TrlPreferenceExporter
from magpie_core.hookspecs import hookimpl


@hookimpl
def magpie_register_exporters() -> list[type[Exporter]]:
    """Offer them."""
    return [
        AlpacaExporter,
        AxolotlPreferenceExporter,
        HandbookPreferenceExporter,
        JsonlExporter,
        MessagesExporter,
        ParquetExporter,
        ShareGptExporter,
        TrlPreferenceExporter,
    ]
