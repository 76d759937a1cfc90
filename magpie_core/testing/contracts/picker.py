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
from magpie_core.testing.contracts.filter import SNAKE_CASE, refuse_quiet_overrides

ROWS = 300


class PickerContract:
    """Checks for one picker class, on rows in clusters."""

    picker: ClassVar[type[Picker]]
    """The class under test, as registered."""

    def __init_subclass__(cls) -> None:
        refuse_quiet_overrides(cls, PickerContract)

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
        assert SNAKE_CASE.fullmatch(self.picker.name)

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_pickers``, and no other plugin has its name."""
        plugins = load_plugins()
        assert plugins.pickers().get(self.picker.name) is self.picker
        assert not [info for info in plugins.broken if self.picker.name in str(info.problem)]

    def test_works_without_options_and_refuses_unknown_ones(self) -> None:
        """Its name alone is enough; a misspelt option is an error."""
        assert msgspec.convert({}, self.picker) == self.picker()
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"no_such_option": 1}, self.picker)

    def test_keeps_rows_of_the_order_as_they_come_in_it(self) -> None:
        """None twice, and no row that nobody offered."""
        order = self.order().tolist()
        kept = self.picker().pick(self.vectors(), self.order())
        assert kept
        places = [order.index(row) for row in kept]
        assert places == sorted(set(places))
        assert all(type(row) is int for row in kept)

    @pytest.mark.parametrize("n", [1, 7, ROWS])
    def test_keeps_no_more_than_asked_for(self, n: int) -> None:
        """And the same ones as without a limit, so far as they go."""
        every = self.picker().pick(self.vectors(), self.order())
        assert self.picker().pick(self.vectors(), self.order(), n) == every[:n]

    def test_rows_farther_apart_are_fewer(self) -> None:
        """``distance`` is what it says, on rows whose near ones are many."""
        counts = [
            len(self.picker(distance=one).pick(self.vectors(), self.order()))
            for one in (0.001, 0.5, 1.9)
        ]
        assert counts[0] > counts[1] > counts[2] >= 1

    def test_no_rows_are_none(self) -> None:
        """A condition may leave nothing to pick from."""
        assert self.picker().pick(self.vectors(), self.order()[:0]) == []

    def test_a_text_without_an_embedding_does_no_harm(self) -> None:
        """Its row is zeros."""
        vectors = self.vectors()
        vectors[:5] = 0
        assert self.picker().pick(vectors, self.order())

    def test_changes_nothing_it_is_given(self) -> None:
        """Vectors may be mapped from a file."""
        vectors, order = self.vectors(), self.order()
        self.picker().pick(vectors, order)
        assert (vectors == self.vectors()).all()
        assert (order == self.order()).all()

    def test_tells_how_far_it_is(self) -> None:
        """Ascending, up to what it was given."""
        told: list[int] = []
        self.picker().pick(self.vectors(), self.order(), None, told.append)
        assert told == sorted(told)
        assert told[-1] == len(self.order())
