"""The filter ``repetition``: turns down looping instructions and responses. It knows texts only.

=======================  ==================================================================
reason                   what loops
=======================  ==================================================================
``repeated_characters``  a run of one character or a short unit: ``aaaa…``, ``hahaha…``
``repeated_lines``       one line many times in a row, or most of the text is lines again
``repeated_ngrams``      words or sentences, in any script: ``the the the``, ``很好很好很好``
=======================  ==================================================================

The thresholds are explained in the README.
"""

from __future__ import annotations

from magpie_core import Cleaner, Filter, hookimpl
from magpie_filter_repetition.repetition import RepetitionFilter

__all__ = ["RepetitionFilter"]


@hookimpl
def magpie_register_filters() -> list[type[Filter] | type[Cleaner]]:
    """Offer the filter for looping text."""
    return [RepetitionFilter]
