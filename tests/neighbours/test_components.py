from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.neighbours import components
from magpie_core.neighbours.components import Components


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=60), st.integers(1, 10))
def test_lowest_row_of_every_component_however_often_pairs_are_folded(pairs, fold_at):
    expected = list(range(20))
    for _ in range(20):
        for one, other in pairs:
            expected[one] = expected[other] = min(expected[one], expected[other])
    before, components.PAIRS = components.PAIRS, fold_at
    try:
        joined = Components(20)
        for one, other in pairs:
            joined.join(np.array([one]), np.array([other]))
        assert joined.lowest().tolist() == expected
    finally:
        components.PAIRS = before
