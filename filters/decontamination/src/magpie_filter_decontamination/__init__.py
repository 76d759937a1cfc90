"""Instructions that share n-grams with your benchmark files: a filter and a tagger, one comparison.

``words`` makes text comparable, ``items`` reads benchmark files, ``overlap`` compares. They know no run.
"""

from __future__ import annotations

from magpie_core import Cleaner, Filter, Tagger, hookimpl
from magpie_filter_decontamination.filter import DecontaminationFilter
from magpie_filter_decontamination.tagger import DecontaminationTagger

__all__ = ["DecontaminationFilter", "DecontaminationTagger"]


@hookimpl
def magpie_register_filters() -> list[type[Filter] | type[Cleaner]]:
    """Offer the filter that keeps benchmark items out of a run."""
    return [DecontaminationFilter]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the tagger that finds them in records that are there already."""
    return [DecontaminationTagger]
