"""What every figure promises. It knows the role, not what a figure measures.

Inherit it and name the class::

    class TestVendi(FigureContract):
        figure = VendiFigure
"""

from __future__ import annotations

import math
from typing import ClassVar

import pytest

from magpie_core.embedded import Figure
from magpie_core.plugins import load_plugins
from magpie_core.testing.contracts.contract import Contract, check_offered, check_snake_case


class FigureContract(Contract):
    """Checks for one figure class."""

    figure: ClassVar[type[Figure]]
    """The class under test, as registered."""

    def test_is_named_and_says_what_it_is(self) -> None:
        """In snake case, for programs; in words, for people."""
        check_snake_case(self.figure.name, "the figure's name")
        assert self.figure.what.strip(), "`what` is empty: say in a few words what the number tells"

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_figures``, and no other plugin has its name."""
        plugins = load_plugins()
        check_offered(plugins.figures(), self.figure, plugins.broken, "magpie_register_figures")

    @pytest.mark.parametrize("rows", [1, 2, 50])
    def test_gives_a_number_for_any_rows(self, rows: int) -> None:
        """Equal rows among them."""
        import numpy as np

        one = np.zeros((rows, 8), np.float32)
        one[:, 0] = 1
        found = self.figure().figure(one)
        assert math.isfinite(found), f"{rows} equal rows give {found}, which no table can hold"

    def test_is_higher_where_rows_differ(self) -> None:
        """And the order of the rows does not count."""
        import numpy as np

        apart = np.eye(8, dtype=np.float32)
        alike = np.repeat(apart[:2], 4, axis=0)
        figure = self.figure().figure
        assert figure(apart) > figure(alike), (
            f"eight rows at right angles give {figure(apart)}, four pairs of equal ones {figure(alike)}: "
            "more diverse sets have the higher figure"
        )
        assert figure(alike[::-1]) == pytest.approx(figure(alike)), "it depends on the rows' order"
