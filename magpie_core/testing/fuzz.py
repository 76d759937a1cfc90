"""How much is fuzzed, and with what: the same inputs in every test run, many others on request.

    MAGPIE_FUZZ=50 .venv/bin/pytest tests/fuzz      fifty times as many, drawn anew

Needs hypothesis.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("MAGPIE_FUZZ", "1"))
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
"""Of every character there is: surrogates that stand alone, NUL, what turns the reading direction."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
"""Values as JSON has them, and Python's own besides: integers of any size, NaN."""


def fuzzed(inputs: int) -> settings:
    """Settings of a test over so many inputs, or ``MAGPIE_FUZZ`` times as many."""
    return settings(
        max_examples=inputs * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
