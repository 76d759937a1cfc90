"""Structs by ascending index: with few and with many entries alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.record import Record
from magpie_core.run import order
from magpie_core.run.order import in_order
from magpie_core.run.parts import PartWriter, read_entries


@pytest.mark.parametrize("many", [0, 3, 10**9])
@settings(deadline=None)
@given(indexes=st.lists(st.integers(0, 12), max_size=30))
def test_ascending_each_once_and_the_first_line_wins(tmp_path_factory, many, indexes):
    folder = tmp_path_factory.mktemp("records")
    writer = PartWriter(folder, roll_bytes=200)
    for place, index in enumerate(indexes):
        writer.append(Record(id=str(place), index=index, instruction="i", response="r"))
    writer.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "_MANY", many or 1)
        found = list(in_order(read_entries(folder, Record), Record))
    assert [one.index for one in found] == sorted(set(indexes))
    assert [int(one.id) for one in found] == [indexes.index(one) for one in sorted(set(indexes))]
