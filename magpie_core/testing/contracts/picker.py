"""What every picker promises. It knows the role, not how a picker chooses.

Inherit it and name the class::

    class TestDeita(PickerContract):
        picker = DeitaPicker
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
import pytest

from magpie_core.embedded import Picker
from magpie_core.plugins import load_plugins
from magpie_core.testing.contracts.contract import Contract, check_offered, check_snake_case

ROWS = 300


class PickerContract(Contract):
    """Checks for one picker class, on rows in clusters."""

    picker: ClassVar[type[Picker]]
    """The class under test, as registered."""

    def vectors(self) -> Any:
        """Unit vectors in forty narrow clusters of the same number of rows, and rows of their own."""
        import numpy as np

        random = np.random.default_rng(7)
        centres = random.normal(size=(40, 16))
        rows = centres[np.arange(ROWS) % 60 % 40] + 0.05 * random.normal(size=(ROWS, 16))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def order(self) -> Any:
        """Most of the rows, in an order of their own."""
        import numpy as np

        return np.random.default_rng(8).permutation(ROWS)[: ROWS - 20]

    def test_is_named_in_snake_case(self) -> None:
        """People type it."""
        check_snake_case(self.picker.name, "the picker's name")

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_pickers``, and no other plugin has its name."""
        plugins = load_plugins()
        check_offered(plugins.pickers(), self.picker, plugins.broken, "magpie_register_pickers")

    def test_works_without_options_and_refuses_unknown_ones(self) -> None:
        """Its name alone is enough; a misspelt option is an error."""
        assert msgspec.convert({}, self.picker) == self.picker(), (
            "made without options twice, it is not equal: keep no state outside its fields"
        )
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"no_such_option": 1}, self.picker)

    def test_keeps_rows_of_the_order_as_they_come_in_it(self) -> None:
        """None twice, and no row that nobody offered."""
        order = self.order().tolist()
        kept = self.picker().pick(self.vectors(), self.order())
        assert kept, f"of {len(order)} rows in narrow clusters it keeps none"
        strange = [row for row in kept if type(row) is not int or row not in order]
        assert not strange, f"it keeps {strange[:5]}, no rows of the order as Python's integers"
        places = [order.index(row) for row in kept]
        assert places == sorted(set(places)), (
            f"rows twice, or not as they come in the order: {places}"
        )

    @pytest.mark.parametrize("n", [1, 7, ROWS])
    def test_keeps_no_more_than_asked_for(self, n: int) -> None:
        """And the same ones as without a limit, so far as they go."""
        every = self.picker().pick(self.vectors(), self.order())
        found = self.picker().pick(self.vectors(), self.order(), n)
        assert found == every[:n], f"asked for {n} it keeps {found}, without a limit {every}"

    def test_rows_farther_apart_are_fewer(self) -> None:
        """``distance`` is what it says, on rows whose near ones are many."""
        counts = [
            len(self.picker(distance=one).pick(self.vectors(), self.order()))
            for one in (0.001, 0.5, 1.9)
        ]
        assert counts[0] > counts[1] > counts[2] >= 1, (
            f"distances of 0.001, 0.5 and 1.9 keep {counts} rows: the farther apart, the fewer, "
            "but one at least"
        )

    def test_no_rows_are_none(self) -> None:
        """A condition may leave nothing to pick from."""
        found = self.picker().pick(self.vectors(), self.order()[:0])
        assert found == [], f"of no rows it keeps {found}"

    def test_a_text_without_an_embedding_does_no_harm(self) -> None:
        """Its row is zeros."""
        vectors = self.vectors()
        vectors[:5] = 0
        assert self.picker().pick(vectors, self.order()), "rows of zeros make it keep none at all"

    def test_changes_nothing_it_is_given(self) -> None:
        """Vectors may be mapped from a file."""
        vectors, order = self.vectors(), self.order()
        self.picker().pick(vectors, order)
        assert (vectors == self.vectors()).all(), "it wrote to the vectors: copy what it changes"
        assert (order == self.order()).all(), "it wrote to the order: copy what it changes"

    def test_tells_how_far_it_is(self) -> None:
        """Ascending, up to what it was given."""
        told: list[int] = []
        self.picker().pick(self.vectors(), self.order(), None, told.append)
        assert told, "it never called on_progress: a pick of a million rows would look hung"
        assert told == sorted(told), f"progress went back: {told}"
        assert told[-1] == len(self.order()), f"it ended at {told[-1]} of {len(self.order())} rows"
